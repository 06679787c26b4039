// The SNAP kernels through Kokkos in mixed precision.
#define SPLICEMD_SNAP_REAL float
#define SPLICEMD_SNAP_DEVICE device_mixed
#include "snap/device_run.hpp"

namespace splicemd::snap {
std::unique_ptr<DeviceSnap> make_device_snap_mixed(const TableStorage& tables,
                                                   const std::vector<int>& type_to_element,
                                                   std::int64_t chunksize) {
  return std::make_unique<device_mixed::Run>(tables, type_to_element, chunksize);
}
}  // namespace splicemd::snap
