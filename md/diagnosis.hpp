// Names the atoms behind a failure, for messages: pairs on top of each other, runaways, values that are not numbers.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "md/forces.hpp"
#include "md/system.hpp"

namespace splicemd::md {

// The two atoms of all ranks that are nearest to each other; ids of 0 if no atom has a listed neighbour.
struct NearestPair {
  std::int64_t first = 0, second = 0;
  double distance = std::numeric_limits<double>::infinity();  // Å
};

// From the neighbour lists, so up to cutoff + skin. Collective.
NearestPair nearest_pair(const System& system, const NeighbourBuilder& lists);

// InputError that names two atoms closer than 0.01 Å: no potential has a meaning there. Lists must be up to date.
// Collective.
void refuse_overlaps(const System& system, const Forces& forces);

// Why an energy or a force may not be a number, as the end of a message. Forces must have been computed. Collective.
std::string suspects(const System& system, const Forces& forces);

// The atom of all ranks that has moved farthest since the lists were built; a position that is not a number is
// farther than any. Collective.
struct Leap {
  std::int64_t id = 0;
  double distance = 0.0;  // Å; NaN if its position is not a number
};
Leap farthest_leap(const System& system, const Forces& forces);

// The atom of all ranks that lies farthest outside the box along `axis`, an open one. Collective.
std::int64_t atom_outside(const System& system, int axis);

}  // namespace splicemd::md
