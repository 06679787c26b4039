// The stages of SNAP as bodies of Kokkos kernels: one call is one item of work of one atom, body(tile, item, lane).
//
// Included inside the namespace of one precision, after kernel_math.hpp and kernel_stages.hpp, which hold the
// equations. Arrays of a chunk of atoms are [tile][element][lane]: neighbouring threads are lanes, so that all
// of a warp's reads are of consecutive numbers. Who writes what:
//   pack        the slots of an atom: its neighbours inside the cutoff, by density
//   geometry    item = slot
//   density     item = rows p and twojmax − p of A of one density
//   transform   item = block of cells of U of one density
//   couple      item = share of the cells of Y (device_forms.hpp): no two threads add to one number
//   bispectrum, quadratic, betas   quadratic potentials: item = share of targets, row of α, entry of betas
//   adjoint     item = block of G of one density
//   force       item = every n-th slot; forces are added atomically
//   energy      an atom's energy

constexpr int kLanes = Backend::lanes;

// One lane's column of an array [element][lane].
template <class T>
struct Column {
  T* first;
  SPLICEMD_SNAP_FN T& operator[](int n) const { return first[n * kLanes]; }
  SPLICEMD_SNAP_FN Column operator+(int n) const { return {first + n * kLanes}; }
  SPLICEMD_SNAP_FN Column operator-(int n) const { return {first - n * kLanes}; }
};
typedef Column<Real> Reals;
typedef Column<int> Ints;

// Where a tile's arrays lie, in rows of lanes.
struct Layout {
  int density, g, u, y, betas, bispectrum, slots, reals;  // reals: rows of a tile
  int centre, element, starts, partners, ints;
  int capacity;  // neighbours of an atom

  Layout(const Tables& t, int max_count) : capacity(max_count) {
    int at = 0;
    const auto take = [&at](int n) {
      const int start = at;
      at += n;
      return start;
    };
    density = take(t.n_poly * t.channels);
    g = take(t.n_poly * t.channels);
    u = take(2 * t.n_u * t.channels);
    y = take(2 * t.n_chain * t.channels);
    betas = take(t.quadratic ? t.n_beta : 0);
    bispectrum = take(t.quadratic ? 2 * t.n_bispectrum : 0);
    slots = take(kSlotFields * capacity);
    reals = at;
    at = 0;
    centre = take(1);
    element = take(1);
    starts = take(t.channels + 1);
    partners = take(capacity);
    ints = at;
  }
};

// What every stage of a chunk reads.
struct Chunk {
  Tables t;
  KernelInput in;
  const double* energy0;
  Layout layout;
  Real* reals;  // (tiles, layout.reals, lanes)
  int* ints;    // (tiles, layout.ints, lanes)
  int first;    // place of the chunk's first atom among the centres

  SPLICEMD_SNAP_FN Reals real(int tile, int row, int lane) const {
    return {reals + (static_cast<std::size_t>(tile) * layout.reals + row) * kLanes + lane};
  }
  SPLICEMD_SNAP_FN Ints integer(int tile, int row, int lane) const {
    return {ints + (static_cast<std::size_t>(tile) * layout.ints + row) * kLanes + lane};
  }
  SPLICEMD_SNAP_FN Reals slot(int tile, int n, int lane) const {
    return real(tile, layout.slots + n * kSlotFields, lane);
  }
};

// Neighbours of density `channel` lie at starts[channel] … starts[channel + 1].
struct Pack {
  Chunk c;
  KOKKOS_FUNCTION void operator()(int tile, int, int lane) const {
    const KernelInput& in = c.in;
    const int place = c.first + tile * kLanes + lane;
    const bool filled = place < in.n_centres;
    const int i = !filled ? -1 : (in.centres != nullptr ? in.centres[place] : place);
    const int ei = filled ? in.element[in.type[i]] : 0;
    c.integer(tile, c.layout.centre, lane)[0] = i;
    c.integer(tile, c.layout.element, lane)[0] = ei;
    const Ints starts = c.integer(tile, c.layout.starts, lane);
    const Ints partners = c.integer(tile, c.layout.partners, lane);
    starts[0] = 0;
    int n = 0;
    for (int channel = 0; channel < c.t.channels; ++channel) {
      if (filled) gather(tile, lane, i, ei, channel, partners, n);
      starts[channel + 1] = n;
    }
  }
  KOKKOS_FUNCTION void gather(int tile, int lane, int i, int ei, int channel, Ints partners,
                              int& n) const {
    const KernelInput& in = c.in;
    const Tables& t = c.t;
    const double xi = in.x[3L * i], yi = in.x[3L * i + 1], zi = in.x[3L * i + 2];
    const int* list = in.neighbours + in.stride * i;
    const int count = in.count[i];
    for (int k = 0; k < count; ++k) {
      const int j = list[k];
      const int ej = in.element[in.type[j]];
      if (t.channels > 1 && ej != channel) continue;
      const double dx = in.x[3L * j] - xi, dy = in.x[3L * j + 1] - yi, dz = in.x[3L * j + 2] - zi;
      const double rsq = dx * dx + dy * dy + dz * dz;
      const int pair = ei * t.n_elements + ej;
      if (!(rsq < t.cutsq[pair] && rsq > 1e-20)) continue;
      const Reals s = c.slot(tile, n, lane);
      s[kUnitX] = static_cast<Real>(dx);
      s[kUnitY] = static_cast<Real>(dy);
      s[kUnitZ] = static_cast<Real>(dz);
      s[kInverseR] = t.kappa[pair];
      s[kWeight] = t.weight[ej];
      s[kSlope] = t.inner_centre[pair];
      s[kCos] = t.inner_inverse[pair];
      partners[n++] = j;
    }
  }
};

struct Geometry {
  Chunk c;
  KOKKOS_FUNCTION void operator()(int tile, int n, int lane) const {
    if (n >= c.integer(tile, c.layout.starts, lane)[c.t.channels]) return;
    geometry<Real, Reals>(c.t, c.slot(tile, n, lane));
  }
};

template <int J>
struct Density {
  Chunk c;
  int rows;  // pairs of rows of one density

  KOKKOS_FUNCTION void operator()(int tile, int item, int lane) const {
    const int top = twojmax_of<J>(c.t), channel = item / rows, row = item % rows;
    const Reals a = c.real(tile, c.layout.density + channel * c.t.n_poly, lane);
    const int element = c.integer(tile, c.layout.element, lane)[0];
    const Real self = c.t.channels == 1 || c.t.wselfall || element == channel ? 1 : 0;
    start(a, row, self);
    if (top - row != row) start(a, top - row, self);
    const Ints starts = c.integer(tile, c.layout.starts, lane);
    const int last = starts[channel + 1];
    int n = starts[channel];
    for (; n + 2 <= last; n += 2) add<2>(a, c.slot(tile, n, lane), row);
    if (n < last) add<1>(a, c.slot(tile, n, lane), row);
  }
  // Row p of the self term: a neighbour at a = 1, b = 0, t = 1.
  KOKKOS_FUNCTION void start(Reals a, int p, Real self) const {
    const int top = twojmax_of<J>(c.t), first = first_block(top, p);
    for (int n = first; n <= first + top - p; ++n) {
      const PolyBlock& block = c.t.blocks[n];
      for (int k = 0; k <= block.k_max; ++k) {
        for (int r = 0; r < block.n_real; ++r)
          a[block.poly + k * block.n_real + r] = r == 0 && block.q == 0 ? self : Real(0.0);
      }
    }
  }
  template <int N>
  KOKKOS_FUNCTION void add(Reals a, Reals slot, int row) const {
    Monomials<Real, J> m[N];
    Real weights[N];
    for (int i = 0; i < N; ++i) {
      const Reals s = slot + i * kSlotFields;
      m[i].template set<Reals>(c.t, s);
      weights[i] = s[kWeight];
    }
    const int top = twojmax_of<J>(c.t), other = top - row;
    for (int p = row; p <= other; p += other > row ? other - row : 1)
      add_density_row<Real, Reals, J, N>(m, weights, a, c.t.blocks[first_block(top, p)].poly, p,
                                         top);
  }
};

struct Transform {
  Chunk c;
  KOKKOS_FUNCTION void operator()(int tile, int item, int lane) const {
    const Tables& t = c.t;
    const int channel = item / t.n_blocks;
    transform_block<Real, Reals>(t, t.blocks[item % t.n_blocks],
                                 c.real(tile, c.layout.density + channel * t.n_poly, lane),
                                 c.real(tile, c.layout.u + 2 * channel * t.n_u, lane));
  }
};

// What multiplies Z in Y: of the element, the same for all lanes that hold it; or of the atom.
struct Betas {
  const Real* first;
  int stride;
  SPLICEMD_SNAP_FN Real operator[](int n) const { return first[n * stride]; }
};

// What is done with Z of the forms of a run: summed up in Y of one density, added to those of several, or to B.
struct IntoAdjoint {
  const Tables& t;
  Betas betas;
  Reals y;

  SPLICEMD_SNAP_FN void clear(const FormOwner& owner) const {
    for (int e = 0; e < t.channels; ++e) {
      const Reals out = y + 2 * (e * t.n_chain + owner.zero_first);
      for (int n = 0; n < 2 * owner.zeros; ++n) out[n] = Real(0.0);
    }
  }
  template <int NJ>
  SPLICEMD_SNAP_FN void take(const CouplingForm& form, const Real* z, Real* sum) const {
    if (t.channels == 1) {
      SPLICEMD_SNAP_UNROLL
      for (int j = 0; j < NJ; ++j) {
        const Real beta = betas[form.target + j];
        sum[2 * j] += beta * z[2 * j];
        sum[2 * j + 1] += beta * z[2 * j + 1];
      }
      return;
    }
    for (int e = 0; e < t.channels; ++e) {
      const Reals out = y + 2 * (e * t.n_chain + form.out);
      SPLICEMD_SNAP_UNROLL
      for (int j = 0; j < NJ; ++j) {
        const Real beta = betas[form.target + e * form.n_targets + j];
        out[-2 * j] += beta * z[2 * j];
        out[-2 * j + 1] += beta * z[2 * j + 1];
      }
    }
  }
  template <int NJ>
  SPLICEMD_SNAP_FN void finish_run(const CouplingForm& form, const Real* sum) const {
    if (t.channels > 1) return;
    const Reals out = y + 2 * form.out;
    SPLICEMD_SNAP_UNROLL
    for (int j = 0; j < NJ; ++j) {
      out[-2 * j] += sum[2 * j];
      out[-2 * j + 1] += sum[2 * j + 1];
    }
  }
  SPLICEMD_SNAP_FN void finish(const FormOwner&) const {}
};

struct IntoBispectrum {
  const Tables& t;
  Reals u, b;
  const Real* b_zero;  // of the element

  SPLICEMD_SNAP_FN void clear(const FormOwner& owner) const {
    for (int n = 0; n < owner.zeros; ++n) b[t.b_index[2 * (owner.zero_first + n)]] = Real(0.0);
  }
  template <int NJ>
  SPLICEMD_SNAP_FN void take(const CouplingForm& form, const Real* z, Real*) const {
    add_bispectrum<Real, Reals, NJ>(t, form, z, u, b);
  }
  template <int NJ>
  SPLICEMD_SNAP_FN void finish_run(const CouplingForm&, const Real*) const {}
  // Components less the isolated atom's, and their equals.
  SPLICEMD_SNAP_FN void finish(const FormOwner& owner) const {
    for (int n = 0; n < owner.zeros; ++n) {
      const int* index = t.b_index + 2 * (owner.zero_first + n);
      const Real value = b[index[0]];
      b[index[0]] = value - b_zero[index[0]];
      if (index[1] >= 0) b[index[1]] = value - b_zero[index[1]];
    }
  }
};

template <int NJ, bool kHalf, class Target>
SPLICEMD_SNAP_FN void couple_run(const Tables& t, const DeviceForms& list, const FormRun& run,
                                 Reals u, const Target& target) {
  Real sum[2 * NJ] = {};
  for (int n = run.first; n < run.last; ++n) {
    Real z[2 * NJ];
    const CouplingForm& form = list.forms[n];
    couple_form<Real, Reals, NJ, kHalf>(t.cg, form, form.nb, form.na, u, z);
    target.template take<NJ>(form, z, sum);
  }
  target.template finish_run<NJ>(list.forms[run.first], sum);
}

// The number of j of a run becomes a constant.
template <int NJ, int kMost, class Target>
SPLICEMD_SNAP_FN void couple_any(const Tables& t, const DeviceForms& list, const FormRun& run,
                                 Reals u, const Target& target) {
  if (run.n_j == NJ) {
    if (run.half) {
      couple_run<NJ, true>(t, list, run, u, target);
    } else {
      couple_run<NJ, false>(t, list, run, u, target);
    }
  } else if constexpr (NJ < kMost) {
    couple_any<NJ + 1, kMost>(t, list, run, u, target);
  }
}

// kMost: the largest number of j of a pair.
template <int kMost, class Target>
SPLICEMD_SNAP_FN void couple_share(const Tables& t, const DeviceForms& list, int spread, int share,
                                   Reals u, const Target& target) {
  const int* range = list.share_first[spread] + share;
  for (int n = range[0]; n < range[1]; ++n) {
    const FormOwner& owner = list.owners[list.share_owners[spread][n]];
    target.clear(owner);
    for (int run = owner.first; run < owner.last; ++run)
      couple_any<1, kMost>(t, list, list.runs[run], u, target);
    target.finish(owner);
  }
}

template <int kMost>
struct Couple {
  Chunk c;
  DeviceForms list;
  int spread;
  KOKKOS_FUNCTION void operator()(int tile, int share, int lane) const {
    const Tables& t = c.t;
    const int element = c.integer(tile, c.layout.element, lane)[0];
    const Betas betas = t.quadratic ? Betas{c.real(tile, c.layout.betas, lane).first, kLanes}
                                    : Betas{t.betas + element * t.n_beta, 1};
    couple_share<kMost>(t, list, spread, share, c.real(tile, c.layout.u, lane),
                        IntoAdjoint{t, betas, c.real(tile, c.layout.y, lane)});
  }
};

template <int kMost>
struct Bispectrum {
  Chunk c;
  DeviceForms list;
  int spread;
  KOKKOS_FUNCTION void operator()(int tile, int share, int lane) const {
    const Tables& t = c.t;
    const int element = c.integer(tile, c.layout.element, lane)[0];
    const Reals u = c.real(tile, c.layout.u, lane);
    couple_share<kMost>(t, list, spread, share, u,
                        IntoBispectrum{t, u, c.real(tile, c.layout.bispectrum, lane),
                                       t.b_zero + element * t.n_bispectrum});
  }
};

// β + αB, after B.
struct Quadratic {
  Chunk c;
  KOKKOS_FUNCTION void operator()(int tile, int k, int lane) const {
    const int n = c.t.n_bispectrum;
    const long row = long(c.integer(tile, c.layout.element, lane)[0]) * n + k;
    const Reals b = c.real(tile, c.layout.bispectrum, lane);
    const Real* alpha = c.t.alpha + row * n;
    Real sum = c.t.beta[row];
    for (int l = 0; l < n; ++l) sum += alpha[l] * b[l];
    b[n + k] = sum;
  }
};

struct QuadraticBetas {
  Chunk c;
  const int* first;  // of the terms of each entry
  KOKKOS_FUNCTION void operator()(int tile, int target, int lane) const {
    const Reals effective =
        c.real(tile, c.layout.bispectrum, lane) + static_cast<int>(c.t.n_bispectrum);
    Real sum = 0;
    for (int n = first[target]; n < first[target + 1]; ++n)
      sum += static_cast<Real>(c.t.beta_terms[n].factor) * effective[c.t.beta_terms[n].source];
    c.real(tile, c.layout.betas, lane)[target] = sum;
  }
};

struct Adjoint {
  Chunk c;
  KOKKOS_FUNCTION void operator()(int tile, int item, int lane) const {
    const Tables& t = c.t;
    const int channel = item / t.n_blocks;
    adjoint_block<Real, Reals>(t, t.blocks[item % t.n_blocks],
                               c.real(tile, c.layout.y + 2 * channel * t.n_chain, lane),
                               c.real(tile, c.layout.g + channel * t.n_poly, lane));
  }
};

// Linear: E_0 + ⟨Y, U⟩/3; quadratic: E_0 + ½ B·(β + (β + αB)).
struct Energy {
  Chunk c;
  KOKKOS_FUNCTION void operator()(int tile, int, int lane) const {
    const Tables& t = c.t;
    const int i = c.integer(tile, c.layout.centre, lane)[0];
    if (i < 0) return;
    const int element = c.integer(tile, c.layout.element, lane)[0];
    double sum = 0.0;
    if (t.quadratic) {
      const Reals b = c.real(tile, c.layout.bispectrum, lane);
      const Real* beta = t.beta + static_cast<long>(element) * t.n_bispectrum;
      for (int k = 0; k < t.n_bispectrum; ++k)
        sum += 0.5 * b[k] * (beta[k] + b[t.n_bispectrum + k]);
    } else {
      const Reals a = c.real(tile, c.layout.density, lane), g = c.real(tile, c.layout.g, lane);
      for (int n = 0; n < t.n_poly * t.channels; ++n) sum += a[n] * g[n];
      sum /= 3.0;
    }
    c.in.energy[i] += c.energy0[element] + sum;
  }
};

template <int J>
struct Force {
  Chunk c;
  int items;  // threads of an atom, which take turns at its slots

  KOKKOS_FUNCTION void operator()(int tile, int item, int lane) const {
    const int i = c.integer(tile, c.layout.centre, lane)[0];
    if (i < 0) return;
    const Ints starts = c.integer(tile, c.layout.starts, lane);
    const Ints partners = c.integer(tile, c.layout.partners, lane);
    double own[3] = {}, virial[6] = {};
    for (int channel = 0; channel < c.t.channels; ++channel) {
      const Reals g = c.real(tile, c.layout.g + channel * c.t.n_poly, lane);
      for (int n = starts[channel] + item; n < starts[channel + 1]; n += items)
        add(c.slot(tile, n, lane), g, partners[n], own, virial);
    }
    for (int k = 0; k < 3; ++k) Kokkos::atomic_add(c.in.f + 3L * i + k, own[k]);
    if (c.in.virial == nullptr) return;
    for (int k = 0; k < 6; ++k) Kokkos::atomic_add(c.in.virial + 6L * i + k, virial[k]);
  }
  // The pair's force, and its virial (r_k − r_i) ⊗ F_k.
  KOKKOS_FUNCTION void add(Reals s, Reals g, int partner, double* own, double* virial) const {
    Real d[3];
    pair_gradient<Real, Reals, J>(c.t, s, g, d);
    for (int k = 0; k < 3; ++k) {
      own[k] += d[k];
      Kokkos::atomic_add(c.in.f + 3L * partner + k, -static_cast<double>(d[k]));
    }
    if (c.in.virial == nullptr) return;
    const Real r = Real(1.0) / s[kInverseR];
    const Real x = -r * s[kUnitX], y = -r * s[kUnitY], z = -r * s[kUnitZ];
    virial[0] += x * d[0];
    virial[1] += y * d[1];
    virial[2] += z * d[2];
    virial[3] += x * d[1];
    virial[4] += x * d[2];
    virial[5] += y * d[2];
  }
};
