// Moves atoms to the ranks that own their positions, and keeps each rank's atoms in spatial order.
#pragma once

#include "base/mpi.hpp"
#include "md/atoms.hpp"
#include "md/box.hpp"
#include "md/rank_grid.hpp"

namespace splicemd::md {

// Brings owned atoms back into the box along periodic axes, counting crossings in `image`.
void wrap_atoms(Atoms& atoms, const Box& box);

// Sends every owned atom whose (wrapped) position lies in another rank's brick to that rank, however
// far away (positions, velocities, ids, types, images, groups; not forces). Collective. Drops ghosts.
// Received atoms are appended by source rank, so the result does not depend on message timing.
void migrate_atoms(Atoms& atoms, const Box& box, const RankGrid& grid, const Communicator& comm);

// Reorders owned atoms by cells of `cell` Å (stable within a cell), so that neighbours are close in memory.
void sort_atoms(Atoms& atoms, const Box& box, double cell);

}  // namespace splicemd::md
