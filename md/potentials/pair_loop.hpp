// The one loop over pairs of atoms: a pair potential gives the term of one pair, this does the rest.
//
// Each pair is met from both atoms and written only to the row's own one: any number of threads, any backend,
// and no force, energy or virial ever has to be brought home from a ghost. On CPUs the neighbours inside the
// cutoff are packed first, so that the terms are evaluated a vector register at a time.
#pragma once

#include <type_traits>

#include "base/execution.hpp"
#include "md/potential.hpp"

namespace splicemd::md {

// What a pair term returns for a pair at distance r: the energy (eV) and −(dE/dr)/r (eV/Å²).
struct PairValue {
  double energy = 0.0;
  double force_over_r = 0.0;
};

// A pair term is a copyable object with
//   const Pair& pair(int type_i, int type_j) const;               coefficients of two species
//   double cutoff_sq(const Pair& pair) const;                     Å²
//   PairValue operator()(double r_sq, const Pair& pair) const;    for r_sq < cutoff_sq
// all inline KOKKOS_FUNCTIONs. On CPUs the last is called in a loop the compiler vectorises: without
// branches, and with functions of pair_math.hpp in place of those of the C library.

namespace pair_detail {

// Sums over the pairs of one atom: force (eV/Å), half the energy (eV) and half the virial (eV) of each.
struct PairSums {
  double fx = 0.0, fy = 0.0, fz = 0.0, energy = 0.0;
  double xx = 0.0, yy = 0.0, zz = 0.0, xy = 0.0, xz = 0.0, yz = 0.0;

  KOKKOS_INLINE_FUNCTION void add_to(int i, const ForceInput& in, const ForceOutput& out) const {
    out.f(i, 0) += fx;
    out.f(i, 1) += fy;
    out.f(i, 2) += fz;
    if (in.energy) out.energy(i) += energy;
    if (!in.virial) return;
    const double w[6] = {xx, yy, zz, xy, xz, yz};
    for (int k = 0; k < 6; ++k) out.virial(i, k) += w[k];
  }
};

// Pairs of one atom inside the cutoff, filled up with pairs that add nothing.
constexpr int kLanes = 8, kBatch = 8 * kLanes;
struct PairBatch {
  int n = 0;                                  // a multiple of kLanes
  double dx[kBatch], dy[kBatch], dz[kBatch];  // Å from the neighbour to the atom
  double r_sq[kBatch], share[kBatch];         // Å²; the part of the energy the atom is given
  int neighbour[kBatch];                      // its row
  int type[kBatch];                           // its species; only the first if they are all alike
};

// Adds the terms of a batch; `pair_of(k)` has the coefficients of its pair k. Energy and virial only if kObserve.
template <bool kObserve, class Term, class PairOf>
inline void add_batch(const Term& term, const PairOf& pair_of, const PairBatch& batch,
                      PairSums& sums) {
  double fx = 0.0, fy = 0.0, fz = 0.0, energy = 0.0;
  double xx = 0.0, yy = 0.0, zz = 0.0, xy = 0.0, xz = 0.0, yz = 0.0;
#pragma omp simd simdlen(kLanes) reduction(+ : fx, fy, fz, energy, xx, yy, zz, xy, xz, yz)
  for (int k = 0; k < batch.n; ++k) {
    const double dx = batch.dx[k], dy = batch.dy[k], dz = batch.dz[k];
    const PairValue value = term(batch.r_sq[k], pair_of(k));
    const double gx = value.force_over_r * dx, gy = value.force_over_r * dy,
                 gz = value.force_over_r * dz;
    fx += gx;
    fy += gy;
    fz += gz;
    if constexpr (kObserve) {
      energy += batch.share[k] * value.energy;
      xx += 0.5 * gx * dx;
      yy += 0.5 * gy * dy;
      zz += 0.5 * gz * dz;
      xy += 0.5 * gx * dy;
      xz += 0.5 * gx * dz;
      yz += 0.5 * gy * dz;
    }
  }
  sums.fx += fx;
  sums.fy += fy;
  sums.fz += fz;
  if constexpr (kObserve) {
    sums.energy += energy;
    sums.xx += xx;
    sums.yy += yy;
    sums.zz += zz;
    sums.xy += xy;
    sums.xz += xz;
    sums.yz += yz;
  }
}

// The work of one row of the list on a CPU: a batch of neighbours at a time.
template <class Term>
struct PairRowPacked {
  Term term;
  ForceInput in;
  ForceOutput out;
  DeviceView<const int*> rows;
  bool listed;

  void operator()(const int k) const {
    const int i = listed ? rows(k) : k;
    if (in.energy || in.virial) {
      add_row<true>(i);
    } else {
      add_row<false>(i);
    }
  }

 private:
  template <bool kObserve>
  void add_row(int i) const {
    const int type_i = in.type(i), count = in.full.count(i);
    PairSums sums;
    PairBatch batch;
    for (int begin = 0; begin < count; begin += kBatch) {
      const int end = count < begin + kBatch ? count : begin + kBatch;
      if (pack(i, type_i, begin, end, batch)) {
        const auto pair = term.pair(type_i, batch.type[0]);
        add_batch<kObserve>(
            term, [&pair](int) -> const auto& { return pair; }, batch, sums);
      } else {
        const auto pair_of = [&](int n) -> const auto& { return term.pair(type_i, batch.type[n]); };
        add_batch<kObserve>(term, pair_of, batch, sums);
      }
    }
    sums.add_to(i, in, out);
  }

  // Returns whether all neighbours are of one type: its coefficients need to be read only once then.
  bool pack(int i, int type_i, int begin, int end, PairBatch& batch) const {
    const double xi = in.x(i, 0), yi = in.x(i, 1), zi = in.x(i, 2);
    const int* const neighbours = &in.full.neighbours(i, 0);
    const int first = in.type(neighbours[begin]);
    const double first_cutoff_sq = term.cutoff_sq(term.pair(type_i, first));
    bool alike = true;
    // Which are inside cannot be predicted: each is written, over the one before if that was outside.
    int n = 0;
    for (int q = begin; q < end; ++q) {
      const int j = neighbours[q];
      const double dx = xi - in.x(j, 0), dy = yi - in.x(j, 1), dz = zi - in.x(j, 2);
      const int type_j = in.type(j);
      alike = alike && type_j == first;
      batch.neighbour[n] = j;
      n += dx * dx + dy * dy + dz * dz <
           (type_j == first ? first_cutoff_sq : term.cutoff_sq(term.pair(type_i, type_j)));
    }
    for (int m = 0; m < n; ++m) {
      const int j = batch.neighbour[m];
      const double dx = xi - in.x(j, 0), dy = yi - in.x(j, 1), dz = zi - in.x(j, 2);
      batch.dx[m] = dx;
      batch.dy[m] = dy;
      batch.dz[m] = dz;
      batch.r_sq[m] = dx * dx + dy * dy + dz * dz;
      batch.share[m] = 0.5;
    }
    batch.type[0] = first;
    for (int m = 0; !alike && m < n; ++m) batch.type[m] = in.type(batch.neighbour[m]);
    for (; n % kLanes != 0; ++n) {
      batch.dx[n] = batch.dy[n] = batch.dz[n] = batch.share[n] = 0.0;
      batch.r_sq[n] = first_cutoff_sq;
      batch.type[n] = first;
    }
    batch.n = n;
    return alike;
  }
};

// The same on a device, where a thread has a row: a pair at a time.
template <class Term>
struct PairRow {
  Term term;
  ForceInput in;
  ForceOutput out;
  DeviceView<const int*> rows;
  bool listed;

  KOKKOS_FUNCTION void operator()(const int k) const {
    const int i = listed ? rows(k) : k;
    const int type_i = in.type(i);
    const double xi = in.x(i, 0), yi = in.x(i, 1), zi = in.x(i, 2);
    PairSums sums;
    for (int q = 0; q < in.full.count(i); ++q) {
      const int j = in.full.neighbours(i, q);
      const double dx = xi - in.x(j, 0), dy = yi - in.x(j, 1), dz = zi - in.x(j, 2);
      const double r_sq = dx * dx + dy * dy + dz * dz;
      const auto& pair = term.pair(type_i, in.type(j));
      if (r_sq >= term.cutoff_sq(pair)) continue;
      const PairValue value = term(r_sq, pair);
      const double g = value.force_over_r, h = 0.5 * g;
      sums.fx += g * dx;
      sums.fy += g * dy;
      sums.fz += g * dz;
      sums.energy += 0.5 * value.energy;
      sums.xx += h * dx * dx;
      sums.yy += h * dy * dy;
      sums.zz += h * dz * dz;
      sums.xy += h * dx * dy;
      sums.xz += h * dx * dz;
      sums.yz += h * dy * dz;
    }
    sums.add_to(i, in, out);
  }
};

}  // namespace pair_detail

// Adds the pair sum over the atoms that `phase` covers.
template <class Term>
void add_pair_forces(const char* label, const Term& term, const ForceInput& in, Phase phase,
                     const ForceOutput& out) {
  const bool listed = phase != Phase::all;
  DeviceView<const int*> rows;
  if (listed) rows = phase == Phase::interior ? in.interior : in.boundary;
  const int n = listed ? static_cast<int>(rows.extent(0)) : in.n_local;
  using Row = std::conditional_t<kHostExecution, pair_detail::PairRowPacked<Term>,
                                 pair_detail::PairRow<Term>>;
  for_rows(label, n, Row{term, in, out, rows, listed});
}

}  // namespace splicemd::md
