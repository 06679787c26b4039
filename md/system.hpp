// One rank's part of the simulated system, and how it is filled from and returned to the host.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/mpi.hpp"
#include "md/atoms.hpp"
#include "md/box.hpp"
#include "md/configuration.hpp"
#include "md/rank_grid.hpp"

namespace splicemd::md {

// Bit 0 of Atoms::group marks frozen atoms: their velocities stay zero and they are never moved.
inline constexpr unsigned kFrozenBit = 1u;

struct System {
  explicit System(const Communicator& communicator) : comm(communicator) {}

  const Communicator& comm;
  Box box;
  RankGrid grid;
  std::vector<Species> species;
  DeviceView<double*> mass{"system::mass", 0};  // (species) g/mol
  Atoms atoms;
  std::int64_t n_global = 0;  // atoms on all ranks
  std::int64_t n_mobile = 0;  // of these, not frozen
  std::int64_t step = 0;
  double time = 0.0;  // ps

  // Distributes `configuration` (meaningful on rank 0 only; the others may pass an empty one) over
  // the ranks: wraps, assigns owners and sorts. `group` gives the group bits of atom k of the list
  // (empty: none). Collective. Throws InputError for duplicate or non-positive ids, missing masses.
  void distribute(const Configuration& configuration, const std::vector<unsigned>& group,
                  const std::array<int, 3>& requested_grid = {0, 0, 0});

  // Recounts n_global and n_mobile. Collective.
  void count_atoms();
  // Copies species masses to the device after `species` changed.
  void set_masses();
};

}  // namespace splicemd::md
