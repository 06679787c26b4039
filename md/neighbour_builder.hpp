// Builds neighbour lists with a cell list over owned and ghost atoms.
//
// Cells have half the cutoff's edge, and the atoms of a column of cells are contiguous in memory, so
// that the candidates of an atom are a few long runs. Rows have a fixed stride; a build that finds a
// longer row is repeated with more room. Deterministic for any number of threads.
//
// There are at most about four cells per atom. Where atoms lie so far apart (open boundaries) that more would be
// needed, cells a fixed number apart are one: the grid is folded, and strangers in a cell fail the distance check.
#pragma once

#include <cstdint>

#include "md/atoms.hpp"
#include "md/neighbour_list.hpp"

namespace splicemd::md {

// Not thread-safe.
class NeighbourBuilder {
 public:
  // The number of interior atoms is a multiple of this, which is one of the atoms that any kernel works on together.
  static constexpr int kInteriorMultiple = kHostExecution ? 16 : 64;

  // Lists all pairs closer than `cutoff` Å (interaction cutoff plus skin); also the half list if
  // `half`, and the split into interior and boundary atoms if `split`.
  void build(const Atoms& atoms, double cutoff, bool half, bool split);

  NeighbourList full() const { return {count_, neighbours_}; }
  NeighbourList half() const { return {half_count_, half_neighbours_}; }
  DeviceView<const int*> interior() const;
  DeviceView<const int*> boundary() const;
  std::int64_t pairs() const { return pairs_; }  // Σ of the full list's counts
  double bytes() const;

  // Kernel bodies need these to be public.
  void bin_atoms(const Atoms& atoms, double cutoff);
  int fill_rows(const Atoms& atoms, double cutoff);
  void fill_half(const Atoms& atoms);
  void split_interior(const Atoms& atoms);

  struct Cells {
    double lo[3];       // Å
    double inverse[3];  // 1/Å: cells per length
    int n[3];           // along z (index 2) contiguous
    int reach[3];       // cells to look at on either side
    bool folded[3];     // the cells continue periodically; n ≥ 2·reach + 1
    KOKKOS_INLINE_FUNCTION int along(int k, double x) const {
      double cell = (x - lo[k]) * inverse[k];
      if (folded[k]) cell -= n[k] * floor(floor(cell) / n[k]);
      const int c = static_cast<int>(cell);
      return c < 0 ? 0 : (c >= n[k] ? n[k] - 1 : c);
    }
    // The cell `c`, up to n outside, as one that exists; −1 if there is none.
    KOKKOS_INLINE_FUNCTION int existing(int k, int c) const {
      if (c >= 0 && c < n[k]) return c;
      if (!folded[k]) return -1;
      return c < 0 ? c + n[k] : c - n[k];
    }
  };

 private:
  Cells cells_{};
  std::int64_t pairs_ = 0;
  int n_interior_ = 0, n_boundary_ = 0;
  DeviceView<int*> cell_start_{"neighbour::cell_start", 0};  // (cells + 1)
  DeviceView<int*> cell_fill_{"neighbour::cell_fill", 0};    // (cells)
  DeviceView<int*> order_{"neighbour::order", 0};            // (n_all and some) atom rows by cell
  DeviceView<int*> place_{"neighbour::place", 0};            // (n_all) of an atom in it
  // (n_all and some) Å, in that order.
  DeviceView<double*> sorted_x_{"neighbour::sorted_x", 0}, sorted_y_{"neighbour::sorted_y", 0},
      sorted_z_{"neighbour::sorted_z", 0};
  DeviceView<int*> count_{"neighbour::count", 0};               // (n_local)
  DeviceView<int**> neighbours_{"neighbour::full", 0, 0};       // (n_local, stride)
  DeviceView<int*> half_count_{"neighbour::half_count", 0};     // (n_local)
  DeviceView<int**> half_neighbours_{"neighbour::half", 0, 0};  // (n_local, stride)
  DeviceView<int*> inside_{"neighbour::inside", 0};             // (n_local) 1: no ghost in its row
  DeviceView<int*> interior_{"neighbour::interior", 0};         // (n_interior)
  DeviceView<int*> boundary_{"neighbour::boundary", 0};         // (n_boundary)
};

}  // namespace splicemd::md
