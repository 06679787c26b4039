// The SNAP kernels through Kokkos, several launches over chunks of atoms: what runs on GPUs.
#pragma once

#include <memory>
#include <vector>

#include "snap/snap.hpp"
#include "snap/tables.hpp"

namespace splicemd::snap {

// As Snap, in ExecSpace. Forces of neighbours are added atomically, so that results agree from call to call
// up to rounding. Launches are not waited for.
class DeviceSnap {
 public:
  virtual ~DeviceSnap() = default;
  virtual void compute(const SnapInput& in, const SnapOutput& out) = 0;
  virtual long bytes() const = 0;  // of work memory after the last compute()
  // Estimated, for so many atoms with so many listed neighbours each.
  virtual double bytes(double centres, int neighbours) const = 0;
};

// `tables` is copied. At most about `chunksize` atoms are worked on at a time, which bounds the memory.
std::unique_ptr<DeviceSnap> make_device_snap(const TableStorage& tables,
                                             const std::vector<int>& type_to_element,
                                             std::int64_t chunksize);
// In single precision but for the sums of energies, forces and virials.
std::unique_ptr<DeviceSnap> make_device_snap_mixed(const TableStorage& tables,
                                                   const std::vector<int>& type_to_element,
                                                   std::int64_t chunksize);

}  // namespace splicemd::snap
