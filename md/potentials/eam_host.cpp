// The vectorised EAM kernels for CPU cores; see the header for how work is divided.
#include "md/potentials/eam_host.hpp"

#if defined(SPLICEMD_HOST_LANES)

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/units.hpp"
#include "md/potentials/eam_host_kernels.hpp"

namespace splicemd::md {

namespace {

using eam_host::Batch;
using eam_host::Work;
using lanes::kWidth;

constexpr double kFarAway = 1e100;  // Å: the coordinates of the row that pads the lists

std::int64_t round_up(std::int64_t n) { return (n + kWidth - 1) / kWidth * kWidth; }

// The owned atoms of one thread's range that a phase covers.
struct RangeRows {
  const int* rows;  // ascending; null: all
  int n_rows;

  template <class Body>
  void each(int first, int last, Body&& body) const {
    if (!rows) {
      for (int i = first; i < last; ++i) body(i);
      return;
    }
    const int* end = std::lower_bound(rows, rows + n_rows, last);
    for (const int* row = std::lower_bound(rows, end, first); row != end; ++row) body(*row);
  }
};

RangeRows rows_of(const ForceInput& in, Phase phase) {
  if (phase == Phase::all) return {nullptr, in.n_local};
  const auto& rows = phase == Phase::interior ? in.interior : in.boundary;
  return {rows.data(), static_cast<int>(rows.extent(0))};
}

}  // namespace

template <class Stage>
void EamHost::for_ranges(const char* label, const Stage& stage) {
  const int* const start = range_start_.data();
  for_rows(label, ranges_, [=](const int range) { stage(range, start[range], start[range + 1]); });
}

bool EamHost::lists_are_current(const ForceInput& in) const {
  return list_id_ == in.list_id && list_data_ == in.full.neighbours.data() &&
         n_local_ == in.n_local && n_all_ == in.n_all;
}

// Ranges with about the same number of listed neighbours.
void EamHost::cut_into_ranges(const ForceInput& in) {
  ranges_ = std::max(1, std::min(ExecSpace().concurrency(), in.n_local / kWidth));
  range_start_ = HostView<int*>("eam::range_start", ranges_ + 1);
  std::int64_t total = 0;
  for (int i = 0; i < in.n_local; ++i) total += in.full.count(i) + 1;
  std::int64_t seen = 0;
  int range = 0;
  for (int i = 0; i < in.n_local; ++i) {
    while (range < ranges_ && seen * ranges_ >= total * range) range_start_(range++) = i;
    seen += in.full.count(i) + 1;
  }
  while (range <= ranges_) range_start_(range++) = in.n_local;
}

// Writes row_start_, row_shared_ and list_; returns the longest row's number of entries.
std::int64_t EamHost::fill_lists(const ForceInput& in) {
  const int n = in.n_local, pad = in.n_all;
  grow(row_start_, static_cast<std::size_t>(n) + 1);
  grow(row_shared_, n);
  const auto full = in.full;
  const auto row_start = row_start_;
  const auto row_shared = row_shared_;
  for_ranges("md::eam_count", [=](int, int first, int last) {
    for (int i = first; i < last; ++i) {
      int both = 0, one = 0;
      for (int q = 0; q < full.count(i); ++q) {
        const int j = full.neighbours(i, q);
        one += j < first || j >= last;
        both += j > i && j < last;
      }
      row_shared(i) = static_cast<int>(round_up(both));
      row_start(i + 1) = round_up(both) + round_up(one);
    }
  });
  Kokkos::fence();
  row_start(0) = 0;
  std::int64_t longest = 0;
  for (int i = 0; i < n; ++i) {
    longest = std::max(longest, row_start(i + 1));
    row_start(i + 1) += row_start(i);
  }
  grow(list_, row_start(n));
  const auto list = list_;
  for_ranges("md::eam_fill", [=](int, int first, int last) {
    for (int i = first; i < last; ++i) {
      int* both = list.data() + row_start(i);
      int* one = both + row_shared(i);
      int *const middle = one, *const end = list.data() + row_start(i + 1);
      for (int q = 0; q < full.count(i); ++q) {
        const int j = full.neighbours(i, q);
        if (j < first || j >= last) *one++ = j;
        if (j > i && j < last) *both++ = j;
      }
      std::fill(both, middle, pad);
      std::fill(one, end, pad);
    }
  });
  Kokkos::fence();
  return longest;
}

void EamHost::size_work_arrays(int n_local, std::int64_t longest_row) {
  // Eight lanes are stored at once, also behind a range's last pair.
  const auto pairs = static_cast<std::size_t>(row_start_(n_local) + std::int64_t{kWidth} * ranges_);
  grow(packed_, pairs);
  grow(slope_r_, pairs);
  if (tables_.n_species > 1) grow(slope_r_other_, pairs);
  grow(packed_start_, n_local);
  grow(packed_count_, n_local);
  const auto ranges = static_cast<std::size_t>(ranges_);
  grow(packed_end_, ranges);
  batch_capacity_ = std::max<std::int64_t>(eam_host::kBatchPairs, longest_row) + kWidth;
  const std::size_t doubles = Batch::doubles(static_cast<std::size_t>(batch_capacity_));
  if (batches_.extent(0) < ranges || batches_.extent(1) < doubles) {
    batches_ = HostView<double**>("eam::batches", ranges, doubles);
  }
}

double EamHost::bytes(const WorkSize& work) const {
  // A pair is listed once if both atoms are in one range, else from both sides. On average 3/16 of the
  // neighbours lie beyond the face of a cube per ghost and owned atom, the same beyond a range's two cuts.
  const double reach =
      std::cbrt(3.0 * work.neighbours / (4.0 * units::kPi * std::max(work.owned, 1.0)));
  const double cuts = ExecSpace().concurrency() - 1.0;
  const double outside =
      3.0 / 16.0 * work.ghosts / std::max(work.owned, 1.0) + 3.0 / 8.0 * reach * cuts;
  const double entries =
      work.owned * (work.neighbours * 0.5 * (1.0 + std::min(outside, 1.0)) + kWidth);
  const double per_entry = 2.0 * sizeof(int) + sizeof(double) * (tables_.n_species > 1 ? 2.0 : 1.0);
  const double per_atom = 3.0 * sizeof(std::int64_t) + sizeof(int) + 4.0 * sizeof(double);
  constexpr double kSlack = 1.125;  // of grow()
  return kSlack * (entries * per_entry + work.owned * per_atom +
                   (work.owned + work.ghosts) * 5.0 * sizeof(double));
}

void EamHost::prepare_lists(const ForceInput& in) {
  if (lists_are_current(in)) return;
  Kokkos::fence();
  cut_into_ranges(in);
  size_work_arrays(in.n_local, fill_lists(in));
  grow(x_, static_cast<std::size_t>(in.n_all) + 1);
  grow(f_, in.n_local);
  grow(slope_, in.n_all);
  for (int c = 0; c < 4; ++c) x_(in.n_all, c) = kFarAway;
  list_id_ = in.list_id;
  list_data_ = in.full.neighbours.data();
  n_local_ = in.n_local;
  n_all_ = in.n_all;
}

Work EamHost::pointers(const ForceInput& in, const ForceOutput& out) const {
  Work w;
  w.pair = tables_.pair.data();
  w.embedding = tables_.embedding.data();
  w.n_species = tables_.n_species;
  w.n_r = tables_.n_r;
  w.n_rho = tables_.n_rho;
  w.inv_dr = tables_.inv_dr;
  w.inv_drho = tables_.inv_drho;
  w.rho_max = tables_.rho_max;
  w.cutoff_sq = tables_.cutoff_sq;
  w.type = in.type.data();
  w.list = list_.data();
  w.row_shared = row_shared_.data();
  w.row_start = row_start_.data();
  w.packed_start = packed_start_.data();
  w.packed = packed_.data();
  w.packed_count = packed_count_.data();
  w.slope_r = slope_r_.data();
  w.slope_r_other = slope_r_other_.data();
  w.x = x_.data();
  w.f = f_.data();
  w.energy = in.energy ? out.energy.data() : nullptr;
  w.virial = in.virial ? out.virial.data() : nullptr;
  return w;
}

// Positions into rows of four: owned atoms unless they are there already, ghosts unless they are in flight.
void EamHost::load_positions(const Work& w, const ForceInput& in, Phase phase) {
  const double* const x = in.x.data();
  const int n_local = in.n_local, n_all = in.n_all, ranges = ranges_;
  const auto load_rows = [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      for (int c = 0; c < 3; ++c) w.x[4 * i + c] = x[3 * i + c];
    }
  };
  for_ranges("md::eam_load", [=](int range, int first, int last) {
    if (phase != Phase::boundary) {
      load_rows(first, last);
      std::fill(w.f + 4 * std::int64_t{first}, w.f + 4 * std::int64_t{last}, 0.0);
    }
    if (phase == Phase::interior) return;
    const std::int64_t ghosts = n_all - n_local;
    load_rows(n_local + ghosts * range / ranges, n_local + ghosts * (range + 1) / ranges);
  });
}

// The first pass over the phase's atoms and, once all densities are complete, the embedding energies.
template <bool multi, bool observe>
void EamHost::densities(const Work& w, const ForceInput& in, Phase phase) {
  double* const memory = batches_.data();
  const std::size_t stride = batches_.extent(1),
                    capacity = static_cast<std::size_t>(batch_capacity_);
  std::int64_t* const packed_end = packed_end_.data();
  double* const slope = slope_.data();
  const RangeRows rows = rows_of(in, phase);
  for_ranges("md::eam_density", [=](int range, int first, int last) {
    const Batch batch(memory + stride * static_cast<std::size_t>(range), capacity);
    const std::int64_t begin = w.row_start[first] + std::int64_t{kWidth} * range;
    eam_host::FirstPass<multi, observe> pass(w, batch,
                                             phase == Phase::boundary ? packed_end[range] : begin);
    rows.each(first, last, pass);
    packed_end[range] = pass.flush();
    if (phase == Phase::interior) return;
    for (int i = first; i < last; ++i) eam_host::embed_one(w, i, multi ? w.type[i] : 0, slope);
  });
}

// The second pass over the atoms of `phase`; with the last of them, the forces go out.
template <bool multi, bool observe>
void EamHost::forces(const Work& w, const ForceInput& in, Phase phase, const ForceOutput& out) {
  double* const f_out = out.f.data();
  const RangeRows rows = rows_of(in, phase);
  for_ranges("md::eam_force", [=](int, int first, int last) {
    rows.each(first, last, [&](int i) { eam_host::second_pass<multi, observe>(w, i); });
    if (phase == Phase::interior) return;
    for (std::int64_t i = first; i < last; ++i) {
      for (int c = 0; c < 3; ++c) f_out[3 * i + c] += w.f[4 * i + c];
    }
  });
}

void EamHost::load_ghost_slopes(const Work& w, const ForceInput& in) {
  if (in.n_all == in.n_local) return;
  const double* const slope = slope_.data();
  const std::int64_t n_local = in.n_local, ghosts = in.n_all - in.n_local, ranges = ranges_;
  for_ranges("md::eam_load_slopes", [=](int range, int, int) {
    const std::int64_t end = n_local + ghosts * (range + 1) / ranges;
    for (std::int64_t i = n_local + ghosts * range / ranges; i < end; ++i)
      w.x[4 * i + 3] = slope[i];
  });
}

template <bool multi, bool observe>
void EamHost::run(const ForceInput& in, Phase phase, const ForceOutput& out) {
  prepare_lists(in);
  const Work w = pointers(in, out);
  load_positions(w, in, phase);
  densities<multi, observe>(w, in, phase);
  if (phase == Phase::interior) return;
  if (in.exchange) in.exchange->begin(slope_);
  if (phase == Phase::boundary) forces<multi, observe>(w, in, Phase::interior, out);
  if (in.exchange) in.exchange->finish(slope_);
  load_ghost_slopes(w, in);
  forces<multi, observe>(w, in, phase, out);
}

void EamHost::compute(const ForceInput& in, Phase phase, const ForceOutput& out) {
  const bool observe = in.energy || in.virial;
  if (tables_.n_species == 1) {
    observe ? run<false, true>(in, phase, out) : run<false, false>(in, phase, out);
  } else {
    observe ? run<true, true>(in, phase, out) : run<true, false>(in, phase, out);
  }
}

}  // namespace splicemd::md

#endif
