// Neighbour lists as potentials see them: for each owned atom the rows of the atoms within cutoff + skin.
#pragma once

#include "base/execution.hpp"

namespace splicemd::md {

enum class ListKind {
  full,  // each pair (i, j) of owned i with any j appears in i's row (and in j's row if j is owned)
  half  // each pair appears once; a pair with a ghost appears on exactly one of the two ranks/images
};

// A view of one list; copied by value into kernels.
struct NeighbourList {
  DeviceView<const int*> count;        // (n_local) neighbours of each owned atom
  DeviceView<const int**> neighbours;  // (n_local, stride) their rows in the atom arrays
};

}  // namespace splicemd::md
