// The fused tile pipeline of one CPU instruction set: pack → density → transform → couple → force for
// SPLICEMD_SNAP_WIDTH atoms at a time, everything of a tile staying in cache.
//
// A kernel_<isa>.cpp defines SPLICEMD_SNAP_WIDTH, SPLICEMD_SNAP_ISA (its namespace and name) and for mixed
// precision SPLICEMD_SNAP_REAL, and includes this file alone: no header that could leave symbols compiled with
// its flags for others. In mixed precision a tile is of floats; positions, forces, energies and virials, and
// the sums over neighbours that make them, stay double.
#include "snap/kernel_ops.hpp"

#if defined(__AVX2__) || defined(__AVX512F__)
#include <immintrin.h>
#endif

#define SPLICEMD_SNAP_FN inline __attribute__((always_inline))

namespace splicemd::snap {
namespace SPLICEMD_SNAP_ISA {

#include "snap/kernel_math.hpp"
#include "snap/kernel_stages.hpp"

constexpr int W = SPLICEMD_SNAP_WIDTH;

inline const Tables& pick(const Tables* own, const void*) { return *own; }
template <class Other>
inline const Tables& pick(const Other*, const Tables* own) {
  return *own;
}
// Adds single-precision terms to a sum in double (or just adds).
SPLICEMD_SNAP_FN void accumulate(WidePack& sum, const Pack& x) {
  sum += __builtin_convertvector(x, WidePack);
}

// Some tiles are packed one after another before the first of them is computed: where a core has to be supplied
// with more current before it runs wide multiply-adds at full rate, that costs some microseconds after every
// stretch of scalar code (docs/snap_kernel.md). They have room for all listed neighbours; about half are inside.
constexpr int kMostPacked = 8;
constexpr long kPackedBytes = 512 << 10;

// Where a tile's arrays lie in the work memory, in units of Pack.
struct Layout {
  long density, g, u, y, betas, bispectrum, slots, total;
  long partners;  // in units of int from the end of the Packs
  int capacity;   // slots per density
  int rows;       // slots of a tile
  int packed;     // tiles packed one after another

  Layout(const Tables& t, int max_count) {
    capacity = max_count + 1;
    rows = capacity * t.channels;
    const long fit = kPackedBytes / (long(kSlotFields) * rows * static_cast<long>(sizeof(Pack)));
    packed = fit < 1 ? 1 : fit > kMostPacked ? kMostPacked : static_cast<int>(fit);
    long at = 0;
    const auto take = [&at](long n) {
      const long start = at;
      at += n;
      return start;
    };
    density = take(long(t.n_poly) * t.channels);
    g = take(long(t.n_poly) * t.channels);
    u = take(2L * t.n_u * t.channels);
    y = take(2L * t.n_chain * t.channels);
    betas = take(t.n_beta);
    bispectrum = take(2L * t.n_bispectrum);
    slots = take(long(kSlotFields) * rows * packed);
    total = at;
    partners = at * W * static_cast<long>(sizeof(Real) / sizeof(int));
  }
  long bytes() const {
    return total * static_cast<long>(sizeof(Pack)) + 4L * W * rows * packed + 128;
  }
};

// The atoms of a tile and how many neighbours they have; `place` says which of the packed tiles' slots are its own.
struct TileAtoms {
  int place = 0;
  int first = 0;  // place of the first lane in the list of centres
  int lanes = 0;  // atoms in this tile
  int centre[W] = {};
  int element[W] = {};
  int n_slots[64] = {};  // of each density
};

struct Tile : TileAtoms {
  const KernelInput& in;
  const Tables& t;
  Layout layout;
  Pack* base;
  int* partners;    // (packed, channels, capacity, W) rows of the neighbours, −1 for none
  int loaded = -1;  // element whose betas fill all lanes, or −1

  Tile(const KernelInput& input, void* workspace)
      : in(input), t(pick(input.tables, input.mixed)), layout(t, input.max_count) {
    const unsigned long address = reinterpret_cast<unsigned long>(workspace);
    base = reinterpret_cast<Pack*>((address + 63) & ~63UL);
    partners = reinterpret_cast<int*>(base) + layout.partners;
  }
  long row(int channel, int n) const {
    return long(place) * layout.rows + long(channel) * layout.capacity + n;
  }
  Pack* slot(int channel, int n) { return base + layout.slots + row(channel, n) * kSlotFields; }
  int* partner(int channel, int n) { return partners + row(channel, n) * W; }
};

inline Real* lane_of(Pack* p) { return reinterpret_cast<Real*>(p); }

// A place no atom is, with weight 0, for lanes that have fewer neighbours than others.
inline void clear_slot(Tile& tile, int channel, int n, int lane) {
  Pack* s = tile.slot(channel, n);
  for (int field = 0; field < kSlotFields; ++field) lane_of(s + field)[lane] = Real(0.0);
  lane_of(s + kUnitX)[lane] = Real(1.0);
  lane_of(s + kInverseR)[lane] = Real(1.0);
  lane_of(s + kCos)[lane] = Real(1.0);
  tile.partner(channel, n)[lane] = -1;
}

// Gathers the neighbours of atom i inside the cutoff into a lane's slots, by density; `filled` counts them. What
// depends on the pair of elements is left out where there is only one (kOne).
template <bool kOne>
inline void pack_lane(Tile& tile, int lane, int i, int (*filled)[W]) {
  const KernelInput& in = tile.in;
  const SnapTables& t = *in.tables;
  const int* const list = in.neighbours + in.stride * i;
  const double* const x = in.x;
  const int count = in.count[i], first_pair = kOne ? 0 : tile.element[lane] * t.n_elements;
  const double xi = x[3L * i], yi = x[3L * i + 1], zi = x[3L * i + 2], only_cutsq = t.cutsq[0];
  constexpr int kChunk = 64;
  int inside[kChunk];
  for (int begin = 0; begin < count; begin += kChunk) {
    const int end = count - begin < kChunk ? count : begin + kChunk;
    // Which are inside cannot be predicted: each is written, over the one before if that was outside.
    int found = 0;
    for (int k = begin; k < end; ++k) {
      const int j = list[k];
      const double dx = x[3L * j] - xi, dy = x[3L * j + 1] - yi, dz = x[3L * j + 2] - zi;
      const double rsq = dx * dx + dy * dy + dz * dz;
      const double cutsq = kOne ? only_cutsq : t.cutsq[first_pair + in.element[in.type[j]]];
      inside[found] = j;
      found += int(rsq < cutsq) & int(rsq > 1e-20);
    }
    for (int m = 0; m < found; ++m) {
      const int j = inside[m], ej = kOne ? 0 : in.element[in.type[j]];
      const int channel = t.channels == 1 ? 0 : ej, n = filled[channel][lane]++;
      Real* s = lane_of(tile.slot(channel, n)) + lane;
      s[kUnitX * W] = Real(x[3L * j] - xi);
      s[kUnitY * W] = Real(x[3L * j + 1] - yi);
      s[kUnitZ * W] = Real(x[3L * j + 2] - zi);
      tile.partner(channel, n)[lane] = j;
      if (kOne) continue;
      const int pair = first_pair + ej;
      s[kInverseR * W] = Real(t.kappa[pair]);
      s[kWeight * W] = Real(t.weight[ej]);
      s[kSlope * W] = Real(t.inner_centre[pair]);
      s[kCos * W] = Real(t.inner_inverse[pair]);
    }
  }
}

// Gathers the neighbours of every lane's atom.
inline void pack(Tile& tile, int place, int first, int lanes) {
  const KernelInput& in = tile.in;
  const SnapTables& t = *in.tables;
  const bool one = t.n_elements == 1;
  tile.place = place;
  tile.first = first;
  tile.lanes = lanes;
  int filled[64][W] = {};
  for (int lane = 0; lane < lanes; ++lane) {
    const int i = in.centres ? in.centres[first + lane] : first + lane;
    tile.centre[lane] = i;
    tile.element[lane] = in.element[in.type[i]];
    if (one) {
      pack_lane<true>(tile, lane, i, filled);
    } else {
      pack_lane<false>(tile, lane, i, filled);
    }
  }
  for (int lane = lanes; lane < W; ++lane) {
    tile.centre[lane] = -1;
    tile.element[lane] = tile.element[0];
  }
  for (int channel = 0; channel < t.channels; ++channel) {
    int most = 0;
    for (int lane = 0; lane < W; ++lane)
      most = filled[channel][lane] > most ? filled[channel][lane] : most;
    tile.n_slots[channel] = most;
    for (int n = 0; one && n < most; ++n) {
      Pack* s = tile.slot(channel, n);
      s[kInverseR] = Pack{} + Real(t.kappa[0]);
      s[kWeight] = Pack{} + Real(t.weight[0]);
      s[kSlope] = Pack{} + Real(t.inner_centre[0]);
      s[kCos] = Pack{} + Real(t.inner_inverse[0]);
    }
    for (int lane = 0; lane < W; ++lane) {
      for (int n = filled[channel][lane]; n < most; ++n) clear_slot(tile, channel, n, lane);
    }
  }
}

template <int J, int N>
inline __attribute__((always_inline)) void add_neighbours(Tile& tile, int channel, int n,
                                                          Pack* density) {
  Monomials<Pack, J> m[N];
  Pack weights[N];
  for (int i = 0; i < N; ++i) {
    Pack* s = tile.slot(channel, n + i);
    geometry<Pack, Pack*>(tile.t, s);
    m[i].template set<Pack*>(tile.t, s);
    weights[i] = s[kWeight];
  }
  int at = 0;
  const auto last = loop_top<J>(tile.t);
  up_to(last, [&](auto p) SPLICEMD_SNAP_INLINE {
    at = add_density_row<Pack, Pack*, J, N>(m, weights, density, at, p, last);
  });
}

template <int J>
inline void density(Tile& tile) {
  const Tables& t = tile.t;
  for (int channel = 0; channel < t.channels; ++channel) {
    Pack* a = tile.base + tile.layout.density + long(channel) * t.n_poly;
    Pack self{};
    for (int lane = 0; lane < W; ++lane) {
      self[lane] =
          t.channels == 1 || t.wselfall || tile.element[lane] == channel ? Real(1.0) : Real(0.0);
    }
    start_density<Pack, Pack*, J>(t, self, a);
    int n = 0;
    for (; n + 4 <= tile.n_slots[channel]; n += 4) add_neighbours<J, 4>(tile, channel, n, a);
    for (; n + 2 <= tile.n_slots[channel]; n += 2) add_neighbours<J, 2>(tile, channel, n, a);
    for (; n < tile.n_slots[channel]; ++n) add_neighbours<J, 1>(tile, channel, n, a);
  }
}

inline void transform(Tile& tile) {
  const Tables& t = tile.t;
  for (int channel = 0; channel < t.channels; ++channel) {
    Pack* a = tile.base + tile.layout.density + long(channel) * t.n_poly;
    Pack* u = tile.base + tile.layout.u + 2L * channel * t.n_u;
    for (int k = 0; k < t.n_blocks; ++k) transform_block<Pack, Pack*>(t, t.blocks[k], a, u);
  }
}

inline void adjoint(Tile& tile) {
  const Tables& t = tile.t;
  for (int channel = 0; channel < t.channels; ++channel) {
    Pack* y = tile.base + tile.layout.y + 2L * channel * t.n_chain;
    Pack* g = tile.base + tile.layout.g + long(channel) * t.n_poly;
    for (int k = 0; k < t.n_blocks; ++k) adjoint_block<Pack, Pack*>(t, t.blocks[k], y, g);
  }
}

// What is done with Z of one form: it adds to Y, or to B.
struct ToAdjoint {
  Pack *betas, *y;
  template <int NJ>
  SPLICEMD_SNAP_FN void take(const Tables& t, const CouplingForm& c, const Pack* z) const {
    add_adjoint<Pack, Pack*, NJ>(t, c, z, betas, y);
  }
};

struct ToBispectrum {
  Pack *u, *bispectrum;
  template <int NJ>
  SPLICEMD_SNAP_FN void take(const Tables& t, const CouplingForm& c, const Pack* z) const {
    add_bispectrum<Pack, Pack*, NJ>(t, c, z, u, bispectrum);
  }
};

template <int NA, int NJ, bool kHalf, class Target>
__attribute__((noinline)) void run_group(const Tables& t, const CouplingList& list,
                                         const CouplingGroup& group, Pack* u,
                                         const Target& target) {
  for (int n = group.first; n < group.last; ++n) {
    const CouplingForm& form = list.forms[n];
    Pack z[2 * NJ];
    couple_form<Pack, Pack*, NJ, kHalf>(t.cg, form, group.nb, NA > 0 ? NA : group.na, u, z);
    target.template take<NJ>(t, form, z);
  }
}

// Short rows of few j are unrolled; longer ones are loops, which processors predict as well since all forms
// of a group have the same lengths, and all the narrow generic kernel needs.
constexpr int kUnrolledColumns = sizeof(Pack) >= 32 ? 7 : 0, kUnrolledJ = 4, kMaxNJ = kMaxJ / 2 + 1;

template <class Target>
using GroupFunction = void (*)(const Tables&, const CouplingList&, const CouplingGroup&, Pack*,
                               const Target&);

template <class Target>
struct GroupFunctions {
  GroupFunction<Target> of[2][kUnrolledColumns + 1][kMaxNJ + 1] = {};

  template <int NJ = 1>
  constexpr void fill() {
    of[0][0][NJ] = run_group<0, NJ, false, Target>;
    of[1][0][NJ] = run_group<0, NJ, true, Target>;
    if constexpr (kUnrolledColumns > 0) fill_columns<1, NJ>();
    if constexpr (NJ < kMaxNJ) fill<NJ + 1>();
  }
  template <int NA, int NJ>
  constexpr void fill_columns() {
    constexpr int kColumns = NJ <= kUnrolledJ ? NA : 0;
    of[0][NA][NJ] = run_group<kColumns, NJ, false, Target>;
    of[1][NA][NJ] = run_group<kColumns, NJ, true, Target>;
    if constexpr (NA < kUnrolledColumns) fill_columns<NA + 1, NJ>();
  }
  constexpr GroupFunctions() { fill(); }
};

template <class Target>
inline void run_forms(const Tables& t, const CouplingList& list, Pack* u, const Target& target) {
  static constexpr GroupFunctions<Target> kFunctions;
  for (int n = 0; n < list.n_groups; ++n) {
    const CouplingGroup& group = list.groups[n];
    const int columns = group.na <= kUnrolledColumns ? group.na : 0;
    kFunctions.of[group.half][columns][group.n_j](t, list, group, u, target);
  }
}

inline void couple(Tile& tile) {
  const Tables& t = tile.t;
  Pack* y = tile.base + tile.layout.y;
  for (long n = 0; n < 2L * t.n_chain * t.channels; ++n) y[n] = Pack{};
  run_forms(t, t.adjoint, tile.base + tile.layout.u, ToAdjoint{tile.base + tile.layout.betas, y});
}

// betas of a linear potential: those of each lane's element.
inline void linear_betas(Tile& tile) {
  const Tables& t = tile.t;
  bool uniform = true;
  for (int lane = 1; lane < W; ++lane) uniform = uniform && tile.element[lane] == tile.element[0];
  if (uniform && tile.loaded == tile.element[0]) return;
  Pack* out = tile.base + tile.layout.betas;
  for (int n = 0; n < t.n_beta; ++n) {
    for (int lane = 0; lane < W; ++lane)
      lane_of(out + n)[lane] = t.betas[long(tile.element[lane]) * t.n_beta + n];
  }
  tile.loaded = uniform ? tile.element[0] : -1;
}

// Bispectrum, energy β·B + ½ BᵀαB, and betas from β + αB.
inline void quadratic_betas(Tile& tile, WidePack& energy) {
  const Tables& t = tile.t;
  const int n = t.n_bispectrum;
  Pack* b = tile.base + tile.layout.bispectrum;
  Pack* effective = b + n;
  for (int k = 0; k < n; ++k) b[k] = Pack{};
  run_forms(t, t.bispectrum, tile.base + tile.layout.u, ToBispectrum{tile.base + tile.layout.u, b});
  for (int m = 0; m < t.n_equal; ++m) {
    const int* index = t.b_index + 2L * m;
    if (index[1] >= 0) b[index[1]] = b[index[0]];
  }
  bool uniform = true;
  for (int lane = 1; lane < W; ++lane) uniform = uniform && tile.element[lane] == tile.element[0];
  for (int k = 0; k < n; ++k) {
    Pack zero{}, linear{};
    for (int lane = 0; lane < W; ++lane) {
      zero[lane] = t.b_zero[long(tile.element[lane]) * n + k];
      linear[lane] = t.beta[long(tile.element[lane]) * n + k];
    }
    b[k] -= zero;
    effective[k] = linear;
  }
  WidePack sum{};
  for (int k = 0; k < n; ++k) {
    Pack row{};
    if (uniform) {
      const Real* alpha = t.alpha + (long(tile.element[0]) * n + k) * n;
      for (int l = 0; l < n; ++l) row += alpha[l] * b[l];
    } else {
      for (int l = 0; l < n; ++l) {
        for (int lane = 0; lane < W; ++lane) {
          row[lane] += t.alpha[(long(tile.element[lane]) * n + k) * n + l] * b[l][lane];
        }
      }
    }
    accumulate(sum, b[k] * (effective[k] + Real(0.5) * row));
    effective[k] += row;
  }
  energy = sum;
  Pack* out = tile.base + tile.layout.betas;
  for (int k = 0; k < t.n_beta; ++k) out[k] = Pack{};
  for (int k = 0; k < t.n_beta_terms; ++k) {
    const BetaTerm& term = t.beta_terms[k];
    out[term.target] += Real(term.factor) * effective[term.source];
  }
}

template <int J>
inline void forces(Tile& tile) {
  const Tables& t = tile.t;
  double* f = tile.in.f;
  WidePack own[3] = {}, virial[6] = {};
  for (int channel = 0; channel < t.channels; ++channel) {
    Pack* g = tile.base + tile.layout.g + long(channel) * t.n_poly;
    for (int n = 0; n < tile.n_slots[channel]; ++n) {
      Pack* s = tile.slot(channel, n);
      Pack d[3];
      pair_gradient<Pack, Pack*, J>(t, s, g, d);
      for (int k = 0; k < 3; ++k) accumulate(own[k], d[k]);
      const int* partner = tile.partner(channel, n);
      for (int lane = 0; lane < W; ++lane) {
        if (partner[lane] < 0) continue;
        double* fj = f + 3L * partner[lane];
        fj[0] -= d[0][lane];
        fj[1] -= d[1][lane];
        fj[2] -= d[2][lane];
      }
      if (tile.in.virial == nullptr) continue;
      // (r_k − r_i) ⊗ F_k
      const Pack r = Real(1.0) / s[kInverseR];
      const Pack x = -r * s[kUnitX], y = -r * s[kUnitY], z = -r * s[kUnitZ];
      accumulate(virial[0], x * d[0]);
      accumulate(virial[1], y * d[1]);
      accumulate(virial[2], z * d[2]);
      accumulate(virial[3], x * d[1]);
      accumulate(virial[4], x * d[2]);
      accumulate(virial[5], y * d[2]);
    }
  }
  for (int lane = 0; lane < tile.lanes; ++lane) {
    const long i = tile.centre[lane];
    for (int k = 0; k < 3; ++k) f[3 * i + k] += own[k][lane];
    if (tile.in.virial == nullptr) continue;
    for (int k = 0; k < 6; ++k) tile.in.virial[6 * i + k] += virial[k][lane];
  }
}

// E = E_0 + ⟨Y, U⟩/3 for linear potentials; `quadratic` otherwise.
inline void add_energy(Tile& tile, const WidePack& quadratic) {
  const Tables& t = tile.t;
  WidePack e = quadratic;
  if (!t.quadratic) {
    WidePack sum{};
    const Pack* a = tile.base + tile.layout.density;
    const Pack* g = tile.base + tile.layout.g;
    for (long n = 0; n < long(t.n_poly) * t.channels; ++n) accumulate(sum, a[n] * g[n]);
    e = sum * (1.0 / 3.0);
  }
  for (int lane = 0; lane < tile.lanes; ++lane) {
    tile.in.energy[tile.centre[lane]] += tile.in.tables->energy0[tile.element[lane]] + e[lane];
  }
}

struct Clock {
  KernelProfile* profile;
  long last;
  explicit Clock(KernelProfile* p) : profile(p), last(p ? p->now() : 0) {}
  void lap(KernelStage stage) {
    if (profile == nullptr) return;
    const long now = profile->now();
    profile->ticks[stage] += now - last;
    last = now;
  }
};

template <int J>
void run_tiles(const KernelInput& in, int first, int last, void* workspace,
               KernelProfile* profile) {
  Tile tile(in, workspace);
  Clock clock(profile);
  TileAtoms packed[kMostPacked];
  for (int n = first; n < last;) {
    int ready = 0;
    for (; ready < tile.layout.packed && n < last; ++ready, ++n) {
      const int begin = n * W;
      pack(tile, ready, begin, in.n_centres - begin < W ? in.n_centres - begin : W);
      packed[ready] = tile;
    }
    clock.lap(kPack);
    for (int k = 0; k < ready; ++k) {
      static_cast<TileAtoms&>(tile) = packed[k];
      density<J>(tile);
      clock.lap(kDensity);
      transform(tile);
      WidePack energy{};
      clock.lap(kTransform);
      if (tile.t.quadratic) {
        quadratic_betas(tile, energy);
      } else {
        linear_betas(tile);
      }
      couple(tile);
      clock.lap(kCouple);
      adjoint(tile);
      clock.lap(kTransform);
      if (in.energy != nullptr) add_energy(tile, energy);
      forces<J>(tile);
      clock.lap(kForce);
    }
  }
}

inline long workspace_bytes(const KernelInput& in) {
  const Tables& tables = pick(in.tables, in.mixed);
  return Layout(tables, in.max_count).bytes();
}

inline void run(const KernelInput& in, int first, int last, void* workspace,
                KernelProfile* profile) {
  switch (in.tables->twojmax) {
    case 2:
      return run_tiles<2>(in, first, last, workspace, profile);
    case 4:
      return run_tiles<4>(in, first, last, workspace, profile);
    case 6:
      return run_tiles<6>(in, first, last, workspace, profile);
    case 8:
      return run_tiles<8>(in, first, last, workspace, profile);
    case 10:
      return run_tiles<10>(in, first, last, workspace, profile);
    case 12:
      return run_tiles<12>(in, first, last, workspace, profile);
    case 14:
      return run_tiles<14>(in, first, last, workspace, profile);
    default:
      return run_tiles<-1>(in, first, last, workspace, profile);
  }
}

}  // namespace SPLICEMD_SNAP_ISA
}  // namespace splicemd::snap
