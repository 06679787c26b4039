// The SNAP kernel for processors with AVX2: mixed precision, 8 atoms per tile. Built with its own -march flags.
#if defined(__AVX2__)
#define SPLICEMD_SNAP_WIDTH 8
#define SPLICEMD_SNAP_REAL float
#define SPLICEMD_SNAP_ISA avx2_mixed
#include "snap/kernel_tile.hpp"

namespace splicemd::snap {
const KernelOps* kernel_avx2_mixed() {
  static const KernelOps ops{"avx2_mixed", 8, avx2_mixed::workspace_bytes, avx2_mixed::run};
  return &ops;
}
}  // namespace splicemd::snap
#else
#include "snap/kernel_ops.hpp"

namespace splicemd::snap {
const KernelOps* kernel_avx2_mixed() { return nullptr; }
}  // namespace splicemd::snap
#endif
