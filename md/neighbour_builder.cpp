// The cell list and the loops over it that fill full and half neighbour lists.
#include "md/neighbour_builder.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "md/lanes.hpp"

namespace splicemd::md {

namespace {

#if defined(SPLICEMD_HOST_LANES)
constexpr int kRoom = lanes::kWidth;  // entries from the last one wanted on, see Candidates
#else
constexpr int kRoom = 1;
#endif
constexpr double kSelfImageTolerance = 1e-4;  // Å: far below any lattice vector, far above rounding

NeighbourBuilder::Cells choose_cells(const double lo[3], const double hi[3], int n_atoms,
                                     double cutoff) {
  NeighbourBuilder::Cells cells{};
  const double edge = 0.5 * cutoff;
  const double limit = 4.0 * n_atoms + 1000.0;
  double n[3];
  for (int k = 0; k < 3; ++k) {
    cells.lo[k] = lo[k];
    cells.inverse[k] = 1.0 / edge;
    cells.reach[k] = 2;
    n[k] = std::floor((hi[k] - lo[k]) / edge) + 1.0;
  }
  // The longest axis is folded in two until few enough are left; that stops far above 2·reach + 1.
  while (n[0] * n[1] * n[2] > limit) {
    const long longest = std::max_element(n, n + 3) - n;
    n[longest] = std::ceil(0.5 * n[longest]);
    cells.folded[longest] = true;
  }
  for (int k = 0; k < 3; ++k) cells.n[k] = static_cast<int>(n[k]);
  return cells;
}

// The cells of a column within reach of cell `c`: one run, or two where the column is folded.
struct CellRuns {
  int count = 1;
  int first[2], last[2];

  KOKKOS_INLINE_FUNCTION CellRuns(const NeighbourBuilder::Cells& cells, int c) {
    const int n = cells.n[2], low = c - cells.reach[2], high = c + cells.reach[2];
    first[0] = low < 0 ? 0 : low;
    last[0] = high >= n ? n - 1 : high;
    first[1] = low < 0 ? low + n : 0;
    last[1] = low < 0 ? n - 1 : high - n;
    if (cells.folded[2] && (low < 0 || high >= n)) count = 2;
  }
};

// Atoms in the order of their cells. Arrays are longer than that, and rows used up to kRoom before their stride only:
// lanes that are not wanted are read and written there.
struct Candidates {
  DeviceView<const double*> x, y, z;  // Å
  DeviceView<const int*> order;
  double cutoff_sq;  // Å²

  // Writes those of [begin, end) that are closer than the cutoff behind the n in `row`, as far as there is room;
  // returns how many there are then.
  KOKKOS_INLINE_FUNCTION int append(int begin, int end, const double here[3], int* row, int stride,
                                    int n) const {
#if defined(SPLICEMD_HOST_LANES)
    using namespace lanes;  // NOLINT(google-build-using-namespace): one instruction set's vectors
    const M8 lane = {0, 1, 2, 3, 4, 5, 6, 7};
    const D8 limit = broadcast(cutoff_sq), far = broadcast(HUGE_VAL);
    const D8 hx = broadcast(here[0]), hy = broadcast(here[1]), hz = broadcast(here[2]);
    for (int e = begin; e < end; e += kWidth) {
      const D8 dx = load(&x(e)) - hx, dy = load(&y(e)) - hy, dz = load(&z(e)) - hz;
      const D8 r_sq = dx * dx + dy * dy + dz * dz;
      const Packer inside(lane < end - e ? r_sq : far, limit);
      if (n + kRoom <= stride) inside.pack(row + n, load(&order(e)));
      n += inside.count();
    }
#else
    for (int e = begin; e < end; ++e) {
      const double dx = x(e) - here[0], dy = y(e) - here[1], dz = z(e) - here[2];
      if (dx * dx + dy * dy + dz * dz >= cutoff_sq) continue;
      if (n + kRoom <= stride) row[n] = order(e);
      ++n;
    }
#endif
    return n;
  }
};

// Throws; names the atom farthest along axis k, or one whose position is not a number.
[[noreturn]] void report_flown_apart(const Atoms& atoms, int k) {
  const auto x = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), atoms.x);
  const auto id = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), atoms.id);
  int found = 0;
  for (int i = 0; i < atoms.n_all() && std::isfinite(x(found, k)); ++i) {
    if (!(std::abs(x(i, k)) <= std::abs(x(found, k)))) found = i;
  }
  throw RunError(fmt::format(
      "atom {} has flown away: its position along {} is {:g} Å; is the timestep too long?",
      id(found), "xyz"[k], x(found, k)));
}

}  // namespace

void NeighbourBuilder::bin_atoms(const Atoms& atoms, double cutoff) {
  const int n_all = atoms.n_all();
  const auto x = atoms.x;
  double lo[3], hi[3];
  for (int k = 0; k < 3; ++k) {
    Kokkos::parallel_reduce(
        "neighbour::bounds", RangePolicy(0, n_all),
        KOKKOS_LAMBDA(const int i, double& low, double& high) {
          if (x(i, k) < low) low = x(i, k);
          if (x(i, k) > high) high = x(i, k);
        },
        Kokkos::Min<double>(lo[k]), Kokkos::Max<double>(hi[k]));
    if (n_all > 0 && !(std::isfinite(lo[k]) && std::isfinite(hi[k]) && hi[k] - lo[k] < 1e12))
      report_flown_apart(atoms, k);
    if (n_all == 0) lo[k] = hi[k] = 0.0;
  }
  cells_ = choose_cells(lo, hi, n_all, cutoff);
  const int n_cells = cells_.n[0] * cells_.n[1] * cells_.n[2];
  grow(cell_start_, n_cells + 1);
  grow(cell_fill_, n_cells);
  grow(place_, n_all);
  grow(order_, n_all + kRoom);
  grow(sorted_x_, n_all + kRoom);
  grow(sorted_y_, n_all + kRoom);
  grow(sorted_z_, n_all + kRoom);
  const auto cells = cells_;
  const auto start = cell_start_;
  const auto fill = cell_fill_;
  const auto order = order_, place = place_;
  const auto sorted_x = sorted_x_, sorted_y = sorted_y_, sorted_z = sorted_z_;

  Kokkos::deep_copy(ExecSpace(), Kokkos::subview(fill, std::make_pair(0, n_cells)), 0);
  Kokkos::parallel_for(
      "neighbour::count_cells", RangePolicy(0, n_all), KOKKOS_LAMBDA(const int i) {
        const int c =
            (cells.along(0, x(i, 0)) * cells.n[1] + cells.along(1, x(i, 1))) * cells.n[2] +
            cells.along(2, x(i, 2));
        Kokkos::atomic_add(&fill(c), 1);
      });
  Kokkos::parallel_scan(
      "neighbour::cell_offsets", RangePolicy(0, n_cells),
      KOKKOS_LAMBDA(const int c, int& sum, const bool final) {
        const int n = fill(c);
        if (final) {
          start(c) = sum;
          fill(c) = sum;
          if (c == n_cells - 1) start(n_cells) = sum + n;
        }
        sum += n;
      });
  Kokkos::parallel_for(
      "neighbour::fill_cells", RangePolicy(0, n_all), KOKKOS_LAMBDA(const int i) {
        const int c =
            (cells.along(0, x(i, 0)) * cells.n[1] + cells.along(1, x(i, 1))) * cells.n[2] +
            cells.along(2, x(i, 2));
        order(Kokkos::atomic_fetch_add(&fill(c), 1)) = i;
      });
  // Atomics fill a cell in any order; sorting each cell makes the lists reproducible.
  Kokkos::parallel_for(
      "neighbour::order_cells", RangePolicy(0, n_cells), KOKKOS_LAMBDA(const int c) {
        for (int a = start(c) + 1; a < start(c + 1); ++a) {
          const int value = order(a);
          int b = a - 1;
          for (; b >= start(c) && order(b) > value; --b) order(b + 1) = order(b);
          order(b + 1) = value;
        }
        for (int a = start(c); a < start(c + 1); ++a) {
          place(order(a)) = a;
          sorted_x(a) = x(order(a), 0);
          sorted_y(a) = x(order(a), 1);
          sorted_z(a) = x(order(a), 2);
        }
      });
}

int NeighbourBuilder::fill_rows(const Atoms& atoms, double cutoff) {
  const auto x = atoms.x;
  const auto cells = cells_;
  const auto start = cell_start_;
  const auto place = place_;
  const Candidates candidates{sorted_x_, sorted_y_, sorted_z_, order_, cutoff * cutoff};
  const auto count = count_;
  const auto neighbours = neighbours_;
  const int stride = static_cast<int>(neighbours_.extent(1));
  int longest = 0;
  std::int64_t pairs = 0;
  Kokkos::parallel_reduce(
      "neighbour::fill_rows", RangePolicy(0, atoms.n_local),
      KOKKOS_LAMBDA(const int i, int& max_count, std::int64_t& sum) {
        const double here[3] = {x(i, 0), x(i, 1), x(i, 2)};
        const int self = place(i);
        const int cx = cells.along(0, here[0]), cy = cells.along(1, here[1]),
                  cz = cells.along(2, here[2]);
        const CellRuns runs(cells, cz);
        int* const row = &neighbours(i, 0);
        int n = 0;
        for (int a = cx - cells.reach[0]; a <= cx + cells.reach[0]; ++a) {
          const int ca = cells.existing(0, a);
          if (ca < 0) continue;
          for (int b = cy - cells.reach[1]; b <= cy + cells.reach[1]; ++b) {
            const int cb = cells.existing(1, b);
            if (cb < 0) continue;
            const int column = (ca * cells.n[1] + cb) * cells.n[2];
            for (int r = 0; r < runs.count; ++r) {
              int begin = start(column + runs.first[r]);
              const int end = start(column + runs.last[r] + 1);
              if (begin <= self && self < end) {
                n = candidates.append(begin, self, here, row, stride, n);
                begin = self + 1;
              }
              n = candidates.append(begin, end, here, row, stride, n);
            }
          }
        }
        count(i) = n;
        sum += n;
        if (n > max_count) max_count = n;
      },
      Kokkos::Max<int>(longest), pairs);
  pairs_ = pairs;
  return atoms.n_local == 0 ? 0 : longest;
}

void NeighbourBuilder::fill_half(const Atoms& atoms) {
  grow(half_count_, atoms.n_local);
  if (half_neighbours_.extent(0) < static_cast<std::size_t>(atoms.n_local) ||
      half_neighbours_.extent(1) < neighbours_.extent(1)) {
    half_neighbours_ =
        DeviceView<int**>(Kokkos::view_alloc("neighbour::half", Kokkos::WithoutInitializing),
                          neighbours_.extent(0), neighbours_.extent(1));
  }
  const auto x = atoms.x;
  const auto id = atoms.id;
  const auto count = count_, half_count = half_count_;
  const auto neighbours = neighbours_, half = half_neighbours_;
  Kokkos::parallel_for(
      "neighbour::fill_half", RangePolicy(0, atoms.n_local), KOKKOS_LAMBDA(const int i) {
        int n = 0;
        for (int k = 0; k < count(i); ++k) {
          const int j = neighbours(i, k);
          bool keep;
          if (id(i) != id(j)) {
            // By identity, so that two ranks (or two images) agree without comparing coordinates;
            // the parity balances the rows.
            const bool even = ((id(i) + id(j)) & 1) == 0;
            keep = even == (id(i) < id(j));
          } else {
            // An image of the atom itself: of the two opposite lattice vectors keep the positive one.
            keep = false;
            for (int c = 0; c < 3; ++c) {
              const double d = x(j, c) - x(i, c);
              if (d > kSelfImageTolerance || d < -kSelfImageTolerance) {
                keep = d > 0.0;
                break;
              }
            }
          }
          if (keep) half(i, n++) = j;
        }
        half_count(i) = n;
      });
}

void NeighbourBuilder::split_interior(const Atoms& atoms) {
  const int n_local = atoms.n_local;
  grow(interior_, n_local);
  grow(boundary_, n_local);
  const auto count = count_;
  const auto neighbours = neighbours_;
  const auto interior = interior_, boundary = boundary_;
  grow(inside_, n_local);
  const auto inside = inside_;
  int n_interior = 0;
  Kokkos::parallel_reduce(
      "neighbour::inside", RangePolicy(0, n_local),
      KOKKOS_LAMBDA(const int i, int& sum) {
        bool all = true;
        for (int k = 0; k < count(i); ++k) all = all && neighbours(i, k) < n_local;
        inside(i) = all ? 1 : 0;
        if (all) ++sum;
      },
      n_interior);
  // Kernels work on atoms a vector at a time: those that would fill the last one in part wait for the others.
  n_interior -= n_interior % kInteriorMultiple;
  const int limit = n_interior;
  Kokkos::parallel_scan(
      "neighbour::split", RangePolicy(0, n_local),
      KOKKOS_LAMBDA(const int i, int& sum, const bool final) {
        const int before = sum < limit ? sum : limit;
        const bool early = inside(i) != 0 && sum < limit;
        if (final) {
          if (early)
            interior(before) = i;
          else
            boundary(i - before) = i;
        }
        sum += inside(i);
      });
  n_interior_ = n_interior;
  n_boundary_ = n_local - n_interior;
}

void NeighbourBuilder::build(const Atoms& atoms, double cutoff, bool half, bool split) {
  bin_atoms(atoms, cutoff);
  grow(count_, atoms.n_local);
  const auto rows = static_cast<std::size_t>(atoms.n_local);
  std::size_t stride = std::max<std::size_t>(neighbours_.extent(1), 16);
  while (true) {
    if (neighbours_.extent(0) < rows || neighbours_.extent(1) < stride) {
      neighbours_ = DeviceView<int**>();
      neighbours_ =
          DeviceView<int**>(Kokkos::view_alloc("neighbour::full", Kokkos::WithoutInitializing),
                            rows + rows / 16 + 8, stride);
    }
    const auto longest = static_cast<std::size_t>(fill_rows(atoms, cutoff));
    if (longest + kRoom <= stride) break;
    stride = (longest + longest / 8 + 2 * kRoom) / 8 * 8;
  }
  if (half) fill_half(atoms);
  if (split) split_interior(atoms);
  ExecSpace().fence();
}

DeviceView<const int*> NeighbourBuilder::interior() const {
  return Kokkos::subview(interior_, std::make_pair(0, n_interior_));
}

DeviceView<const int*> NeighbourBuilder::boundary() const {
  return Kokkos::subview(boundary_, std::make_pair(0, n_boundary_));
}

double NeighbourBuilder::bytes() const {
  return 4.0 * (neighbours_.size() + place_.size() + inside_.size() + count_.size() +
                half_count_.size() + half_neighbours_.size() + order_.size() + cell_start_.size() +
                cell_fill_.size() + interior_.size() + boundary_.size()) +
         24.0 * sorted_x_.size();
}

}  // namespace splicemd::md
