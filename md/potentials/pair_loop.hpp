// The one loop over pairs of atoms: a pair potential gives the term of one pair, this does the rest.
#pragma once

#include "base/error.hpp"
#include "base/execution.hpp"
#include "md/potential.hpp"

namespace splicemd::md {

// What a pair term returns for a pair at distance r: the energy (eV) and −(dE/dr)/r (eV/Å²).
struct PairValue {
  double energy = 0.0;
  double force_over_r = 0.0;
};

// A pair term is a copyable object with
//   double cutoff_sq(int type_i, int type_j) const;                          Å²
//   PairValue operator()(double r_sq, int type_i, int type_j) const;         for r_sq < cutoff_sq
// both KOKKOS_FUNCTIONs.

// How the rows of a full list are walked. `both_sides` meets each pair from both atoms and writes only
// to the row's own atom: any number of threads, any backend. `once` computes a pair of owned atoms once
// and writes to both: half the arithmetic, one thread only. Pairs with ghosts are met from the owned side
// in either way, so no force, energy or virial ever has to be brought home from a ghost.
enum class PairWalk { both_sides, once };

inline PairWalk best_pair_walk() {
  return kHostExecution && ExecSpace().concurrency() == 1 ? PairWalk::once : PairWalk::both_sides;
}

namespace pair_detail {

KOKKOS_INLINE_FUNCTION void add_virial(const DeviceView<double* [6]>& virial, int i, double g,
                                       double dx, double dy, double dz) {
  virial(i, 0) += g * dx * dx;
  virial(i, 1) += g * dy * dy;
  virial(i, 2) += g * dz * dz;
  virial(i, 3) += g * dx * dy;
  virial(i, 4) += g * dx * dz;
  virial(i, 5) += g * dy * dz;
}

}  // namespace pair_detail

// The work of one row of the list.
template <class Term, PairWalk walk>
struct PairRow {
  Term term;
  ForceInput in;
  ForceOutput out;
  DeviceView<const int*> rows;
  bool listed;

  KOKKOS_FUNCTION void operator()(const int k) const {
    const int i = listed ? rows(k) : k;
    const int ti = in.type(i);
    const double xi = in.x(i, 0), yi = in.x(i, 1), zi = in.x(i, 2);
    double fx = 0.0, fy = 0.0, fz = 0.0, e = 0.0;
    for (int q = 0; q < in.full.count(i); ++q) {
      const int j = in.full.neighbours(i, q);
      if (walk == PairWalk::once && j < i) continue;
      const double dx = xi - in.x(j, 0), dy = yi - in.x(j, 1), dz = zi - in.x(j, 2);
      const double r_sq = dx * dx + dy * dy + dz * dz;
      if (r_sq >= term.cutoff_sq(ti, in.type(j))) continue;
      const PairValue value = term(r_sq, ti, in.type(j));
      const double g = value.force_over_r;
      fx += g * dx;
      fy += g * dy;
      fz += g * dz;
      e += 0.5 * value.energy;
      if (in.virial) pair_detail::add_virial(out.virial, i, 0.5 * g, dx, dy, dz);
      if (walk == PairWalk::once && j < in.n_local) react(j, value, dx, dy, dz);
    }
    out.f(i, 0) += fx;
    out.f(i, 1) += fy;
    out.f(i, 2) += fz;
    if (in.energy) out.energy(i) += e;
  }

  // The other atom's part of a pair of owned atoms.
  KOKKOS_FUNCTION void react(int j, const PairValue& value, double dx, double dy, double dz) const {
    out.f(j, 0) -= value.force_over_r * dx;
    out.f(j, 1) -= value.force_over_r * dy;
    out.f(j, 2) -= value.force_over_r * dz;
    if (in.energy) out.energy(j) += 0.5 * value.energy;
    if (in.virial) pair_detail::add_virial(out.virial, j, 0.5 * value.force_over_r, dx, dy, dz);
  }
};

// Adds the pair sum over the atoms that `phase` covers. PairWalk::once needs a single thread.
template <class Term>
void add_pair_forces(const char* label, const Term& term, const ForceInput& in, Phase phase,
                     const ForceOutput& out, PairWalk walk = best_pair_walk()) {
  const bool listed = phase != Phase::all;
  DeviceView<const int*> rows;
  if (listed) rows = phase == Phase::interior ? in.interior : in.boundary;
  const RangePolicy policy(ExecSpace(), 0, listed ? static_cast<int>(rows.extent(0)) : in.n_local);
  if (walk == PairWalk::both_sides) {
    Kokkos::parallel_for(label, policy,
                         PairRow<Term, PairWalk::both_sides>{term, in, out, rows, listed});
  } else {
    ensure(ExecSpace().concurrency() == 1, "{}: pairs can be met once only by a single thread",
           label);
    Kokkos::parallel_for(label, policy, PairRow<Term, PairWalk::once>{term, in, out, rows, listed});
  }
}

}  // namespace splicemd::md
