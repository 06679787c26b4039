// The SNAP kernel for processors with AVX512: 8 atoms per tile. Built with its own -march flags.
#if defined(__AVX512F__)
#define SPLICEMD_SNAP_WIDTH 8
#define SPLICEMD_SNAP_ISA avx512
#include "snap/kernel_tile.hpp"

namespace splicemd::snap {
const KernelOps* kernel_avx512() {
  static const KernelOps ops{"avx512", 8, avx512::workspace_bytes, avx512::run};
  return &ops;
}
}  // namespace splicemd::snap
#else
#include "snap/kernel_ops.hpp"

namespace splicemd::snap {
const KernelOps* kernel_avx512() { return nullptr; }
}  // namespace splicemd::snap
#endif
