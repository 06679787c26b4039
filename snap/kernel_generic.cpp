// The SNAP kernel for any processor: 2 atoms per tile.
#define SPLICEMD_SNAP_WIDTH 2
#define SPLICEMD_SNAP_ISA generic
#include "snap/kernel_tile.hpp"

namespace splicemd::snap {
const KernelOps* kernel_generic() {
  static const KernelOps ops{"generic", 2, generic::workspace_bytes, generic::run};
  return &ops;
}
}  // namespace splicemd::snap
