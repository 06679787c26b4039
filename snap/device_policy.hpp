// How the SNAP kernels that run through Kokkos are cut up on each backend.
#pragma once

#include "base/execution.hpp"

namespace splicemd::snap {

// lanes: atoms of a tile, one per vector lane of the backend. Teams are counted in rows of `lanes` threads:
// wide_team where a thread needs few registers, narrow_team where it needs many. The host's figures serve tests
// (its own kernels, kernel_tile.hpp, are faster).
template <class Space>
struct DevicePolicy {
  static constexpr int lanes = 4;
  static constexpr int vector = 1;
  static constexpr int wide_team = 1;
  static constexpr int narrow_team = 1;
};

#if defined(KOKKOS_ENABLE_CUDA)
// 512 threads of up to 128 registers, or 256 of 255, fill a multiprocessor with one tile, so that its U stays
// in the L1 cache (146 kB at 2J = 8).
template <>
struct DevicePolicy<Kokkos::Cuda> {
  static constexpr int lanes = 32;
  static constexpr int vector = 32;
  static constexpr int wide_team = 16;
  static constexpr int narrow_team = 8;
};
#endif

#if defined(KOKKOS_ENABLE_HIP)
template <>
struct DevicePolicy<ExecSpace> {
  static constexpr int lanes = 64;
  static constexpr int vector = 64;
  static constexpr int wide_team = 8;
  static constexpr int narrow_team = 4;
};
#endif

using Backend = DevicePolicy<ExecSpace>;

}  // namespace splicemd::snap
