// The SNAP kernel for processors with AVX512: mixed precision, 16 atoms per tile. Built with its own -march flags.
#if defined(__AVX512F__)
#define SPLICEMD_SNAP_WIDTH 16
#define SPLICEMD_SNAP_REAL float
#define SPLICEMD_SNAP_ISA avx512_mixed
#include "snap/kernel_tile.hpp"

namespace splicemd::snap {
const KernelOps* kernel_avx512_mixed() {
  static const KernelOps ops{"avx512_mixed", 16, avx512_mixed::workspace_bytes, avx512_mixed::run};
  return &ops;
}
}  // namespace splicemd::snap
#else
#include "snap/kernel_ops.hpp"

namespace splicemd::snap {
const KernelOps* kernel_avx512_mixed() { return nullptr; }
}  // namespace splicemd::snap
#endif
