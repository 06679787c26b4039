// The SNAP kernel for processors with AVX2: 4 atoms per tile. Built with its own -march flags.
#if defined(__AVX2__)
#define SPLICEMD_SNAP_WIDTH 4
#define SPLICEMD_SNAP_ISA avx2
#include "snap/kernel_tile.hpp"

namespace splicemd::snap {
const KernelOps* kernel_avx2() {
  static const KernelOps ops{"avx2", 4, avx2::workspace_bytes, avx2::run};
  return &ops;
}
}  // namespace splicemd::snap
#else
#include "snap/kernel_ops.hpp"

namespace splicemd::snap {
const KernelOps* kernel_avx2() { return nullptr; }
}  // namespace splicemd::snap
#endif
