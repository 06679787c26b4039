// The SNAP kernels through Kokkos in double precision.
#define SPLICEMD_SNAP_REAL double
#define SPLICEMD_SNAP_DEVICE device_full
#include "snap/device_run.hpp"

namespace splicemd::snap {
std::unique_ptr<DeviceSnap> make_device_snap(const TableStorage& tables,
                                             const std::vector<int>& type_to_element,
                                             std::int64_t chunksize) {
  return std::make_unique<device_full::Run>(tables, type_to_element, chunksize);
}
}  // namespace splicemd::snap
