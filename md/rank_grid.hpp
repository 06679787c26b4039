// The grid of ranks over the box: which rank owns which brick of fractional coordinates.
#pragma once

#include <Kokkos_Core.hpp>

#include <array>

#include "md/box.hpp"

namespace splicemd::md {

constexpr double kBoundaryTolerance = 1e-9;  // in units of a brick's width

// Ranks are numbered x slowest, z fastest. Brick (i, j, k) covers s0 in [i/P0, (i+1)/P0) and so on, less
// the tolerance.
struct RankGrid {
  int dims[3] = {1, 1, 1};
  int coords[3] = {0, 0, 0};  // of this rank

  int size() const { return dims[0] * dims[1] * dims[2]; }
  KOKKOS_INLINE_FUNCTION int rank_of(int i, int j, int k) const {
    return (i * dims[1] + j) * dims[2] + k;
  }

  // The rank that owns fractional position `s`; along open axes positions outside [0, 1) belong to
  // the nearest brick, along periodic ones `s` must have been wrapped.
  KOKKOS_INLINE_FUNCTION int owner(const double s[3]) const {
    int c[3];
    for (int k = 0; k < 3; ++k) {
      // Lattice planes often lie on a boundary: rounding must not share one among two bricks.
      // Clamped before the conversion: atoms may be far outside.
      const double position = s[k] * dims[k] + kBoundaryTolerance;
      c[k] = position <= 0.0 ? 0
                             : (position >= dims[k] - 1 ? dims[k] - 1 : static_cast<int>(position));
    }
    return rank_of(c[0], c[1], c[2]);
  }
};

// The grid of `ranks` bricks with the least surface for this box.
// `requested` gives the number of bricks per axis, 0 where free; InputError if no such grid exists.
RankGrid choose_rank_grid(int ranks, int my_rank, const Box& box,
                          const std::array<int, 3>& requested = {0, 0, 0});

}  // namespace splicemd::md
