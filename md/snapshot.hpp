// Copies of a running system for the outside: trajectory frames, checkpoints and evaluations; and back.
#pragma once

#include <array>
#include <vector>

#include "md/forces.hpp"
#include "md/io/checkpoint.hpp"
#include "md/io/trajectory.hpp"
#include "md/measure.hpp"
#include "md/system.hpp"

namespace splicemd::md {

// Which optional arrays of a frame to fill.
struct FrameFields {
  bool forces = false;
  bool energies = false;    // per atom; needs a force evaluation with energies
  unsigned group_mask = 0;  // only atoms with one of these group bits; 0: all atoms
};

// This rank's owned atoms as a frame, without totals.
Frame take_frame(const System& system, const FrameFields& fields);

// Atoms, box, forces and list state as a checkpoint; the caller adds stage, fingerprint and state.
Checkpoint take_checkpoint(const System& system, const Forces& forces);

// Puts a checkpoint's atoms and box into `system` (species must already be the checkpoint's). On the
// number of ranks that wrote it, order, ownership, lists and forces are restored exactly; on another
// number atoms are redistributed and forces recomputed. Energies and virials are recomputed. Collective.
void restore_checkpoint(System& system, Forces& forces, const Checkpoint& checkpoint);

// What all potentials together give for a configuration, on rank 0, atoms sorted by id.
struct Evaluation {
  double energy = 0.0;       // eV; on every rank
  Tensor virial_pressure{};  // bar, without the kinetic part; on every rank
  std::vector<std::int64_t> id;
  std::vector<std::array<double, 3>> x;       // Å, wrapped into the box
  std::vector<std::array<double, 3>> v;       // Å/ps
  std::vector<std::array<double, 3>> forces;  // eV/Å
  std::vector<double> energies;               // eV
};

// Gathers the result of the last forces.compute(true, true). Collective.
Evaluation gather_evaluation(const System& system, const Forces& forces);

}  // namespace splicemd::md
