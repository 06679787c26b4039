// The SNAP kernel for any processor: mixed precision, 4 atoms per tile.
#define SPLICEMD_SNAP_WIDTH 4
#define SPLICEMD_SNAP_REAL float
#define SPLICEMD_SNAP_ISA generic_mixed
#include "snap/kernel_tile.hpp"

namespace splicemd::snap {
const KernelOps* kernel_generic_mixed() {
  static const KernelOps ops{"generic_mixed", 4, generic_mixed::workspace_bytes,
                             generic_mixed::run};
  return &ops;
}
}  // namespace splicemd::snap
