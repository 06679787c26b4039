// The two passes of EamHost over a range of atoms, eight pairs at a time. Included by eam_host.cpp only.
//
// First pass, for a batch of atoms: `pack` writes displacements from the neighbours inside the cutoff one
// after another, whatever atom they belong to; `locate` and `evaluate` turn eight of them at a time into a
// row (force, density) each, with ρ′/r for the second pass; `distribute` adds the rows to the atoms. Batches keep the
// stages apart, so that none waits for the other's stores, and small enough for the first-level cache.
#pragma once

#include <algorithm>
#include <cstdint>

#include "md/lanes.hpp"
#include "md/potentials/eam_tables.hpp"

namespace splicemd::md::eam_host {

using namespace lanes;  // NOLINT(google-build-using-namespace): one instruction set's vectors

inline constexpr int kBatchPairs = 160;
inline constexpr int kBatchAtoms = 32;

// Everything the passes need, as plain pointers; what is in x, f and the lists is said in eam_host.hpp.
struct Work {
  const double *pair, *embedding;
  int n_species, n_r, n_rho;
  double inv_dr, inv_drho, rho_max, cutoff_sq;
  const int *type, *list, *row_shared;
  const std::int64_t* row_start;
  std::int64_t* packed_start;
  int *packed, *packed_count;
  double *slope_r, *slope_r_other, *x, *f;
  double *energy, *virial;
};

// Arrays of `capacity` pairs, capacity a multiple of eight.
struct BatchArrays {
  double *dx, *dy, *dz;   // Å: from the neighbour to the atom
  double* p;              // position in the table's interval
  double* inv_r;          // 1/Å
  double* row;            // (capacity, 4) force on the atom (eV/Å) and density at it
  double* density_there;  // several species: density at the neighbour
  double* energy;         // eV, when observed
  int* offset;            // of the interval in the pair tables
  int* offset_there;      // several species: for the density at the neighbour
  int* centre_type;       // several species
};

// One thread's batch.
struct Batch : BatchArrays {
  using Arrays = BatchArrays;
  int atoms = 0, pairs = 0;
  int atom[kBatchAtoms], shared_end[kBatchAtoms], end[kBatchAtoms];

  static std::size_t doubles(std::size_t capacity) { return 13 * capacity; }
  Batch(double* memory, std::size_t capacity) {
    double** const arrays[] = {&dx, &dy, &dz, &p, &inv_r, &density_there, &energy};
    for (double** array : arrays) {
      *array = memory;
      memory += capacity;
    }
    row = memory;
    offset = reinterpret_cast<int*>(row + 4 * capacity);
    offset_there = offset + capacity;
    centre_type = offset_there + capacity;
  }
};

// Packs the neighbours of atom i in the list entries [begin, end) behind the n already there.
SPLICEMD_LANES_INLINE int pack(const Work& w, int i, std::int64_t begin, std::int64_t end, int n,
                               const Batch& out, int* packed) {
  const double* const positions = w.x;
  const int* const list = w.list;
  double *const out_dx = out.dx, *const out_dy = out.dy, *const out_dz = out.dz;
  const double* const here = positions + 4 * std::int64_t{i};
  const D8 x = broadcast(here[0]), y = broadcast(here[1]), z = broadcast(here[2]);
  const D8 cutoff_sq = broadcast(w.cutoff_sq);
  for (std::int64_t q = begin; q < end; q += kWidth) {
    const Columns3 there(positions, list + q);
    const D8 dx = x - there.a, dy = y - there.b, dz = z - there.c;
    const D8 r_sq = dx * dx + dy * dy + dz * dz;
    const Packer inside(r_sq, cutoff_sq);
    inside.pack(out_dx + n, dx);
    inside.pack(out_dy + n, dy);
    inside.pack(out_dz + n, dz);
    inside.pack(packed + n, load(list + q));
    n += inside.count();
  }
  return n;
}

// The polynomial with coefficients c[0] p³ + … + c[3], and its slope per interval.
SPLICEMD_LANES_INLINE D8 value(const D8* c, const D8& p) {
  return ((c[0] * p + c[1]) * p + c[2]) * p + c[3];
}
SPLICEMD_LANES_INLINE D8 slope(const D8* c, const D8& p) {
  return (3.0 * c[0] * p + 2.0 * c[1]) * p + c[2];
}

// Interval and position in it of u ≥ 0, in units of the spacing, among `knots` knots.
SPLICEMD_LANES_INLINE I8 interval(const D8& u, int knots, D8& p) {
  const I8 m = min(truncate(u), I8{} + (knots - 2));
  p = min(u - to_double(m), broadcast(1.0));
  return m;
}

// Distances, and where in the tables they lie. Apart from `evaluate`, since a processor sees only a few
// turns of a loop ahead and table rows should not wait for square roots.
template <bool multi>
SPLICEMD_LANES_INLINE void locate(const Work& w, const Batch& b, const int* packed) {
  double *const dx = b.dx, *const dy = b.dy, *const dz = b.dz;
  double *const p_out = b.p, *const inv_r_out = b.inv_r;
  int* const offset_out = b.offset;
  const int pairs = b.pairs, n_r = w.n_r;
  const D8 inv_dr = broadcast(w.inv_dr);
  store(dx + pairs, broadcast(1.0));  // keeps the unused lanes of the last eight finite
  store(dy + pairs, broadcast(1.0));
  store(dz + pairs, broadcast(1.0));
  for (int k = 0; k < pairs; k += kWidth) {
    const D8 x = load(dx + k), y = load(dy + k), z = load(dz + k);
    const D8 r_sq = x * x + y * y + z * z;
    const D8 inv_r = inverse_sqrt(r_sq);
    D8 p;
    const I8 offset = interval(r_sq * inv_r * inv_dr, n_r, p) * kPairRow;
    store(inv_r_out + k, inv_r);
    store(p_out + k, p);
    store(offset_out + k, offset);
  }
  if constexpr (multi) {
    const int table = n_r * kPairRow;
    for (int k = 0; k < pairs; ++k) {
      const int centre = b.centre_type[k], neighbour = w.type[packed[k]];
      b.offset_there[k] = offset_out[k] + (centre * w.n_species + neighbour) * table;
      offset_out[k] += (neighbour * w.n_species + centre) * table;
    }
    // The unused lanes keep their place in the first table.
    for (int k = pairs; k % kWidth != 0; ++k) b.offset_there[k] = offset_out[k];
  }
}

template <bool multi, bool observe>
SPLICEMD_LANES_INLINE void evaluate(const Work& w, const Batch& batch, std::int64_t at) {
  const Batch::Arrays b = batch;
  const int pairs = batch.pairs;
  const double* const tables = w.pair;
  double* const slope_r = w.slope_r + at;
  const D8 inv_dr = broadcast(w.inv_dr);
  for (int k = 0; k < pairs; k += kWidth) {
    const D8 p = load(b.p + k), inv_r = load(b.inv_r + k);
    const Columns8 c(tables, b.offset + k);
    const D8 inv_dr_r = inv_dr * inv_r;
    const D8 phi = value(c.column + 4, p) * inv_r;
    const D8 g = (phi * inv_r - slope(c.column + 4, p) * inv_dr_r) * inv_r;
    store(slope_r + k, slope(c.column, p) * inv_dr_r);
    Rows4(g * load(b.dx + k), g * load(b.dy + k), g * load(b.dz + k), value(c.column, p))
        .store_rows(b.row + 4 * k);
    if constexpr (multi) {
      const Columns8 there(tables, b.offset_there + k);
      store(b.density_there + k, value(there.column, p));
      store(w.slope_r_other + at + k, slope(there.column, p) * inv_dr_r);
    }
    if constexpr (observe) store(b.energy + k, phi);
  }
}

// Books half a pair's energy and virial with each atom, or with i alone if j is another thread's.
inline void observe_pair(const Work& w, int i, int j, bool both, double energy, const D4& force,
                         double dx, double dy, double dz) {
  const double v[6] = {dx * force[0], dy * force[1], dz * force[2],
                       dx * force[1], dx * force[2], dy * force[2]};
  for (int side = 0; side < (both ? 2 : 1); ++side) {
    const std::int64_t atom = side == 0 ? i : j;
    if (w.energy) w.energy[atom] += 0.5 * energy;
    if (!w.virial) continue;
    for (int c = 0; c < 6; ++c) w.virial[6 * atom + c] += 0.5 * v[c];
  }
}

template <bool multi, bool observe>
SPLICEMD_LANES_INLINE void distribute(const Work& w, const Batch& b, const int* packed) {
  const D4 flip = {-1.0, -1.0, -1.0, 1.0};
  const double* const rows = b.row;
  double* const forces = w.f;
  int k = 0;
  for (int a = 0; a < b.atoms; ++a) {
    const int i = b.atom[a], begin = k, shared_end = b.shared_end[a], end = b.end[a];
    D4 sum = {};
    for (; k < shared_end; ++k) {
      const D4 row = load4(rows + 4 * k);
      sum += row;
      D4 there = row;
      if constexpr (multi) there[3] = b.density_there[k];
      double* const f = forces + 4 * std::int64_t{packed[k]};
      store4(f, load4(f) + there * flip);
    }
    for (; k < end; ++k) sum += load4(rows + 4 * k);
    double* const f = forces + 4 * std::int64_t{i};
    store4(f, load4(f) + sum);
    if constexpr (observe) {
      for (int q = begin; q < end; ++q) {
        observe_pair(w, i, packed[q], q < shared_end, b.energy[q], load4(rows + 4 * q), b.dx[q],
                     b.dy[q], b.dz[q]);
      }
    }
  }
}

// The first pass over one thread's atoms. Packed neighbours go to w.packed from `at` on; returns where
// they end.
template <bool multi, bool observe>
class FirstPass {
 public:
  FirstPass(const Work& work, const Batch& batch, std::int64_t at) : w_(work), b_(batch), at_(at) {}

  SPLICEMD_LANES_INLINE void operator()(int i) {
    const std::int64_t begin = w_.row_start[i], end = w_.row_start[i + 1];
    if (b_.atoms == kBatchAtoms || b_.pairs + (end - begin) > kBatchPairs) flush();
    const std::int64_t middle = begin + w_.row_shared[i];
    int* const packed = w_.packed + at_;
    const int first = b_.pairs;
    const int shared = pack(w_, i, begin, middle, first, b_, packed);
    const int n = pack(w_, i, middle, end, shared, b_, packed);
    if constexpr (multi) std::fill(b_.centre_type + first, b_.centre_type + n, w_.type[i]);
    w_.packed_start[i] = at_ + first;
    w_.packed_count[2 * i] = n - first;
    w_.packed_count[2 * i + 1] = shared - first;
    b_.atom[b_.atoms] = i;
    b_.shared_end[b_.atoms] = shared;
    b_.end[b_.atoms++] = n;
    b_.pairs = n;
  }

  std::int64_t flush() {
    const int* const packed = w_.packed + at_;
    locate<multi>(w_, b_, packed);
    evaluate<multi, observe>(w_, b_, at_);
    distribute<multi, observe>(w_, b_, packed);
    at_ += b_.pairs;
    b_.atoms = b_.pairs = 0;
    return at_;
  }

 private:
  const Work w_;
  Batch b_;
  std::int64_t at_;
};

// Second pass: the forces through the density. `both`: pairs that also act on the neighbour.
template <bool multi, bool observe, bool both>
SPLICEMD_LANES_INLINE D4 second_pass_part(const Work& w, int i, std::int64_t begin,
                                          std::int64_t end) {
  const D4 flip = {1.0, 1.0, 1.0, -1.0};
  const double *const x = w.x, *const slope_r = w.slope_r;
  double* const forces = w.f;
  const int* const packed = w.packed;
  const D4 here = load4(x + 4 * std::int64_t{i}) * flip;
  D4 sum = {};
  for (std::int64_t k = begin; k < end; ++k) {
    const std::int64_t j = packed[k];
    const D4 there = load4(x + 4 * j);
    const D4 d = here - there;  // and −(F′_i + F′_j)
    D4 g;
    if constexpr (multi) {
      const double s = here[3] * slope_r[k] - there[3] * w.slope_r_other[k];
      g = D4{s, s, s, s};
    } else {
      g = __builtin_shufflevector(d, d, 3, 3, 3, 3) * slope_r[k];
    }
    const D4 force = g * d;
    sum += force;
    if constexpr (both) store4(forces + 4 * j, load4(forces + 4 * j) - force);
    if constexpr (observe) {
      observe_pair(w, i, static_cast<int>(j), both, 0.0, force, d[0], d[1], d[2]);
    }
  }
  return sum;
}

template <bool multi, bool observe>
SPLICEMD_LANES_INLINE void second_pass(const Work& w, int i) {
  const std::int64_t begin = w.packed_start[i], end = begin + w.packed_count[2 * i];
  const std::int64_t middle = begin + w.packed_count[2 * i + 1];
  const D4 sum = second_pass_part<multi, observe, true>(w, i, begin, middle) +
                 second_pass_part<multi, observe, false>(w, i, middle, end);
  double* f = w.f + 4 * std::int64_t{i};
  store4(f, load4(f) + sum);
}

// F′(ρ_i) to x[i][3] and `slope`, F to the energy.
SPLICEMD_LANES_INLINE void embed_one(const Work& w, int i, int species, double* slope_out) {
  double p;
  const double rho = w.f[4 * std::int64_t{i} + 3];
  const int m = EamTables::interval(rho * w.inv_drho, w.n_rho, p);
  const double* c = w.embedding + kEmbeddingRow * (std::int64_t{species} * w.n_rho + m);
  const double derivative = EamTables::slope(c, p) * w.inv_drho;
  slope_out[i] = w.x[4 * std::int64_t{i} + 3] = derivative;
  if (w.energy) {
    const double excess = rho > w.rho_max ? rho - w.rho_max : 0.0;
    w.energy[i] += EamTables::value(c, p) + derivative * excess;
  }
}

}  // namespace splicemd::md::eam_host
