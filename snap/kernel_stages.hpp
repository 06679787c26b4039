// The device functions of the SNAP kernels: one source for vectors of lanes (CPU) and single lanes (GPU).
//
// Included inside the namespace of one instruction set, after kernel_math.hpp. V is the number of one
// tile element (a vector of lanes, or Real); P indexes an array of them ([i] → V&): a V* on CPUs, a
// strided pointer to one lane's column on GPUs. J is twojmax, or −1 if known at run time only.
//
// Per atom i with neighbours k inside the cutoff (notation: snap/kernel_tables.hpp):
//   density   A_{pQk} = self + Σ_k w f_c(r) {Re a^p, Im a^p}{Re b^Q, Im b^Q} T_k(t)
//   transform U_j(mb, ma) = Σ_k C_{jk} A_{pQk}, A → U for every cell and its mirror image
//   couple    Y_j = Σ_{j1 ≥ j2} β Z^j_{j1 j2}: each product u_j1 u_j2 formed once for all j
//   adjoint   G_{pQk} = Σ_j C_{jk} conj Y_j, so that Σ_j ⟨Y_j, u_j⟩ = S(a, b, t) = Σ G · monomials
//   force     dE_i/dr_k = w (f_c′ r̂ S + f_c ∇S), with ∇S by the chain rule through a, b, t
//   energy    linear: Σ_j ⟨Y_j, U_j⟩ = 3 (E − E_0), since E is a cubic form of U
// U is linear in A and S is A's adjoint, so no u_j is ever formed per neighbour: A and S cost one
// multiply-add per real coefficient of the expansion (285 at 2J = 8).

// Fields of a packed neighbour.
enum SlotField {
  kUnitX,
  kUnitY,
  kUnitZ,     // packed: r_k − r_i, Å; after geometry(): the unit vector
  kInverseR,  // packed: κ = π/(rcut − rmin0); then 1/r
  kWeight,    // packed: w; then w f_c
  kSlope,     // packed: inner switching centre; then w f_c′
  kCos,       // packed: inner switching 1/width; then cosθ
  kSin,       // sinθ
  kRate,      // dθ/dr
  kSlotFields
};

constexpr int kMaxJ = 24;

template <int J>
SPLICEMD_SNAP_FN constexpr int twojmax_of(const Tables& t) {
  return J >= 0 ? J : t.twojmax;
}

// A number known when compiling: loops up to it are unrolled completely, with indices known as well.
template <int N>
struct Known {
  SPLICEMD_SNAP_FN constexpr operator int() const { return N; }
};
template <int A, int B>
SPLICEMD_SNAP_FN constexpr Known<A - B> operator-(Known<A>, Known<B>) {
  return {};
}
template <int N>
SPLICEMD_SNAP_FN constexpr Known<N / 2> half(Known<N>) {
  return {};
}
SPLICEMD_SNAP_FN constexpr int half(int n) { return n / 2; }

// Body for 0, 1, … last.
template <int K = 0, int N, class Body>
SPLICEMD_SNAP_FN void up_to(Known<N> last, const Body& body) {
  if constexpr (K <= N) {
    body(Known<K>{});
    up_to<K + 1>(last, body);
  }
}
template <class Body>
SPLICEMD_SNAP_FN void up_to(int last, const Body& body) {
  for (int k = 0; k <= last; ++k) body(k);
}

// twojmax as the bound of loops over p and q. Beyond kUnrolledTop the code would not fit into the instruction cache.
template <int J>
SPLICEMD_SNAP_FN constexpr auto loop_top(const Tables& t) {
  if constexpr (J >= 0 && J <= kUnrolledTop) {
    return Known<J>{};
  } else {
    return twojmax_of<J>(t);
  }
}

// Turns a packed neighbour into its direction, switching function and angle.
template <class V, class P>
SPLICEMD_SNAP_FN void geometry(const Tables& t, P slot) {
  const V dx = slot[kUnitX], dy = slot[kUnitY], dz = slot[kUnitZ], kappa = slot[kInverseR];
  const V rsq = dx * dx + dy * dy + dz * dz;
  const V inverse = Real(1.0) / root(rsq);
  const V r = rsq * inverse;
  V f = slot[kWeight], df = Real(0.0) * r;
  const V phase = kappa * (r - t.rmin0);
  if (t.switchflag) {
    V s, c;
    sin_cos<V>(phase, s, c);
    const V weight = f;
    f = select(r > t.rmin0, weight * (Real(0.5) * c + Real(0.5)), weight);
    df = select(r > t.rmin0, weight * (-Real(0.5) * kappa * s), df);
  }
  if (t.inner) {
    const V centre = slot[kSlope], inverse_width = slot[kCos];
    V x = (r - centre) * inverse_width;
    x = select(x > Real(1.0), Real(0.0) * x + Real(1.0), x);
    x = select(x < -Real(1.0), Real(0.0) * x - Real(1.0), x);
    V s, c;
    sin_cos<V>(Real(1.57079632679489661923) * (x + Real(1.0)), s, c);
    const V g = Real(0.5) - Real(0.5) * c;
    df = df * g + f * (Real(0.78539816339744830962) * s * inverse_width);
    f = f * g;
  }
  V s, c;
  sin_cos<V>(t.rfac0 * phase, s, c);
  slot[kUnitX] = dx * inverse;
  slot[kUnitY] = dy * inverse;
  slot[kUnitZ] = dz * inverse;
  slot[kInverseR] = inverse;
  slot[kWeight] = f;
  slot[kSlope] = df;
  slot[kCos] = c;
  slot[kSin] = s;
  slot[kRate] = t.rfac0 * kappa;
}

// (re + i im)^n for n = 0 … top, as re, im pairs.
template <class V>
SPLICEMD_SNAP_FN void complex_powers(V re, V im, int top, V* out) {
  out[0] = Real(0.0) * re + Real(1.0);
  out[1] = Real(0.0) * re;
  for (int n = 1; n <= top; ++n) {
    out[2 * n] = out[2 * n - 2] * re - out[2 * n - 1] * im;
    out[2 * n + 1] = out[2 * n - 2] * im + out[2 * n - 1] * re;
  }
}

// Monomials of one neighbour: powers of a and b and Chebyshev polynomials of t.
template <class V, int J>
struct Monomials {
  static constexpr int kTop = J >= 0 ? J : kMaxJ;
  V a[2 * kTop + 2];
  V b[2 * kTop + 2];
  V cheb[kTop / 2 + 1];

  template <class P>
  SPLICEMD_SNAP_FN void set(const Tables& t, P slot) {
    const int top = twojmax_of<J>(t);
    const V s = slot[kSin];
    const V bx = s * slot[kUnitY], by = -s * slot[kUnitX];
    complex_powers<V>(slot[kCos], -s * slot[kUnitZ], top, a);
    complex_powers<V>(bx, by, top, b);
    const V arg = Real(1.0) - Real(2.0) * (bx * bx + by * by);
    cheb[0] = Real(0.0) * arg + Real(1.0);
    if (top >= 2) cheb[1] = arg;
    for (int k = 2; k <= top / 2; ++k) cheb[k] = Real(2.0) * arg * cheb[k - 1] - cheb[k - 2];
  }
};

// Starts A with the self term: a neighbour at a = 1, b = 0, t = 1, where every T_k is 1.
template <class V, class P, int J>
SPLICEMD_SNAP_FN void start_density(const Tables& t, V self, P density) {
  const int top = twojmax_of<J>(t);
  int n = 0;
  for (int p = 0; p <= top; ++p) {
    for (int q = 0; p + q <= top; ++q) {
      const int reals = (p > 0 ? 2 : 1) * (q > 0 ? 2 : 1);
      for (int k = 0; k <= (top - p - q) / 2; ++k) {
        for (int r = 0; r < reals; ++r) density[n++] = r == 0 && q == 0 ? self : Real(0.0) * self;
      }
    }
  }
}

// The block of cells (p, 0); those of (p, 1), (p, 2), … follow it.
SPLICEMD_SNAP_FN int first_block(int top, int p) { return p * (top + 1) - p * (p - 1) / 2; }

// Adds N neighbours' monomials to the cells (p, Q) of A from density[n] on, and returns where they end;
// `weights` are w f_c, `last` is twojmax, as P p and last may be Known.
template <class V, class P, int J, int N, class Index, class Last>
SPLICEMD_SNAP_FN int add_density_row(const Monomials<V, J>* m, const V* weights, P density, int n,
                                     Index p, Last last) {
  V re[N], im[N];
  for (int i = 0; i < N; ++i) {
    re[i] = weights[i] * m[i].a[2 * p];
    im[i] = weights[i] * m[i].a[2 * p + 1];
  }
  up_to(last - p, [&](auto q) SPLICEMD_SNAP_INLINE {
    V rc[N], ic[N], rs[N], is[N];
    for (int i = 0; i < N; ++i) {
      rc[i] = re[i] * m[i].b[2 * q];
      ic[i] = im[i] * m[i].b[2 * q];
      rs[i] = re[i] * m[i].b[2 * q + 1];
      is[i] = im[i] * m[i].b[2 * q + 1];
    }
    up_to(half(last - p - q), [&](auto k) SPLICEMD_SNAP_INLINE {
      const auto add = [&](const V* factor) SPLICEMD_SNAP_INLINE {
        V sum = density[n];
        for (int i = 0; i < N; ++i) sum += factor[i] * m[i].cheb[k];
        density[n++] = sum;
      };
      add(rc);
      if (p > 0) add(ic);
      if (q > 0) add(rs);
      if (p > 0 && q > 0) add(is);
    });
  });
  return n;
}

// U of one block's cells from A: row n of C times the complex chains of (p, Q) and (p, −Q).
template <class V, class P>
SPLICEMD_SNAP_FN void write_u(const Tables& t, int entry, V re, V im, P u) {
  const int to = t.u_index[entry], mirror = t.u_mirror[entry];
  u[2 * to] = re;
  u[2 * to + 1] = im;
  if (mirror < 0) return;
  const Real sign = t.u_sign[entry];
  u[2 * mirror] = sign * re;
  u[2 * mirror + 1] = -sign * im;
}

template <class V, class P>
SPLICEMD_SNAP_FN void transform_block(const Tables& t, const PolyBlock& block, P density, P u) {
  const int stride = block.n_real, size = block.k_max + 1;
  for (int n = 0; n < size; ++n) {
    const Real* plus = t.chain + block.to_plus + n * size;
    V re1 = Real(0.0) * density[block.poly], im1 = re1, re2 = re1, im2 = re1;  // Σ C A1, Σ C A2
    for (int k = 0; k <= n; ++k) {
      const int at = block.poly + k * stride;
      re1 += plus[k] * density[at];
      if (stride == 4) {
        im1 += plus[k] * density[at + 1];
        re2 += plus[k] * density[at + 2];
        im2 += plus[k] * density[at + 3];
      } else if (stride == 2) {
        if (block.p > 0) im1 += plus[k] * density[at + 1];
        if (block.p == 0) re2 += plus[k] * density[at + 1];
      }
    }
    write_u<V, P>(t, block.plus + n, re1 - im2, im1 + re2, u);
    if (block.minus < 0) continue;
    const Real* minus = t.chain + block.to_minus + n * size;
    V re = Real(0.0) * re1, im = re;
    for (int k = 0; k <= n; ++k) {
      const int at = block.poly + k * stride;
      re += minus[k] * (density[at] + density[at + 3]);
      im += minus[k] * (density[at + 1] - density[at + 2]);
    }
    write_u<V, P>(t, block.minus + n, re, im, u);
  }
}

// Adds one row of products u1[x + a] u2[y − a], a < columns, to the sums of its NJ values of j.
template <class V, class P, int NJ>
SPLICEMD_SNAP_FN void couple_row(const Real* cg, int columns, P u1, P u2, Real scale, V* sum) {
  SPLICEMD_SNAP_UNROLL_COLUMNS
  for (int a = 0; a < columns; ++a) {
    const V xr = u1[2 * a], xi = u1[2 * a + 1], yr = u2[-2 * a], yi = u2[-2 * a + 1];
    V re = xr * yr - xi * yi, im = xr * yi + xi * yr;
    if (scale != Real(1.0)) {
      re = re * scale;
      im = im * scale;
    }
    SPLICEMD_SNAP_UNROLL
    for (int j = 0; j < NJ; ++j) {
      sum[2 * j] += cg[a * NJ + j] * re;
      sum[2 * j + 1] += cg[a * NJ + j] * im;
    }
  }
}

// Z^j of one form of nb rows and na columns for the NJ largest j of its pair, as re, im pairs. With equal operands
// (kHalf) the terms (b, a) and (nb−1−b, na−1−a) are the same.
template <class V, class P, int NJ, bool kHalf>
SPLICEMD_SNAP_FN void couple_form(const Real* cg, const CouplingForm& c, int nb, int na, P u,
                                  V* z) {
  const Real* cg_a = cg + c.cg_a;
  const Real* cg_b = cg + c.cg_b;
  P u1 = u + 2L * c.x, u2 = u + 2L * c.y;
  const long step1 = 2L * c.dx, step2 = 2L * c.dy;
  SPLICEMD_SNAP_UNROLL
  for (int j = 0; j < 2 * NJ; ++j) z[j] = V{};
  const auto add = [&](const V* sum) {
    SPLICEMD_SNAP_UNROLL
    for (int j = 0; j < NJ; ++j) {
      z[2 * j] += cg_b[j] * sum[2 * j];
      z[2 * j + 1] += cg_b[j] * sum[2 * j + 1];
    }
  };
  const int rows = kHalf ? nb / 2 : nb;
  for (int b = 0; b < rows; ++b) {
    V sum[2 * NJ] = {};
    couple_row<V, P, NJ>(cg_a, na, u1, u2, Real(1.0), sum);
    add(sum);
    u1 = u1 + step1;
    u2 = u2 - step2;
    cg_b += NJ;
  }
  if (kHalf && nb % 2 != 0) {  // half of the middle row too, and half of its middle
    V sum[2 * NJ] = {};
    couple_row<V, P, NJ>(cg_a, na / 2, u1, u2, Real(1.0), sum);
    if (na % 2 != 0) {
      const int middle = na / 2;
      couple_row<V, P, NJ>(cg_a + middle * NJ, 1, u1 + 2 * middle, u2 - 2 * middle, Real(0.5), sum);
    }
    add(sum);
  }
}

// Adds β Z^j to Y of every density.
template <class V, class P, int NJ>
SPLICEMD_SNAP_FN void add_adjoint(const Tables& t, const CouplingForm& c, const V* z, P betas,
                                  P y) {
  P beta = betas + static_cast<long>(c.target);
  P out = y + 2L * c.out;
  for (int e = 0;;) {
    SPLICEMD_SNAP_UNROLL
    for (int j = 0; j < NJ; ++j) {
      out[-2 * j] += beta[j] * z[2 * j];
      out[-2 * j + 1] += beta[j] * z[2 * j + 1];
    }
    if (++e == t.channels) return;
    beta = beta + static_cast<long>(c.n_targets);
    out = out + 2L * t.n_chain;
  }
}

// Adds one cell's part of ⟨U_j, Z^j⟩ to the components of B with j ≥ j1.
template <class V, class P, int NJ>
SPLICEMD_SNAP_FN void add_bispectrum(const Tables& t, const CouplingForm& c, const V* z, P u,
                                     P bispectrum) {
  for (int e = 0; e < t.channels; ++e) {
    for (int j = 0; j < NJ; ++j) {
      const int entry = c.out - j;
      const int at = 2 * (e * t.n_u + t.u_index[entry]);
      const Real weight = t.u_mirror[entry] < 0 ? Real(1.0) : Real(2.0);
      const int component = t.b_index[2 * (c.target + e * c.n_targets + j)];
      bispectrum[component] +=
          weight * t.b_norm[component] * (z[2 * j] * u[at] + z[2 * j + 1] * u[at + 1]);
    }
  }
}

// G of one block from Y: the transpose of transform_block, mirror images counted by doubling.
template <class V, class P>
SPLICEMD_SNAP_FN void adjoint_block(const Tables& t, const PolyBlock& block, P y, P g) {
  const int stride = block.n_real, size = block.k_max + 1;
  const Real scale = block.p == 0 && block.q == 0 ? Real(1.0) : Real(2.0);
  for (int k = 0; k < size; ++k) {
    V pr = Real(0.0) * y[0], pi = pr, mr = pr, mi = pr;
    for (int n = k; n < size; ++n) {
      const Real c = t.chain[block.to_plus + n * size + k];
      pr += c * y[2 * (block.plus + n)];
      pi += c * y[2 * (block.plus + n) + 1];
    }
    for (int n = k; block.minus >= 0 && n < size; ++n) {
      const Real c = t.chain[block.to_minus + n * size + k];
      mr += c * y[2 * (block.minus + n)];
      mi += c * y[2 * (block.minus + n) + 1];
    }
    const int at = block.poly + k * stride;
    g[at] = scale * (pr + mr);
    if (stride == 4) {
      g[at + 1] = scale * (pi + mi);
      g[at + 2] = scale * (pi - mi);
      g[at + 3] = scale * (mr - pr);
    } else if (stride == 2) {
      g[at + 1] = scale * pi;
    }
  }
}

// S(a, b, t) = Σ G · monomials and its derivatives; then dE/dr of one neighbour.
template <class V, class P, int J>
SPLICEMD_SNAP_FN void pair_gradient(const Tables& t, P slot, P g, V* gradient) {
  const int top = twojmax_of<J>(t);
  const auto last = loop_top<J>(t);
  Monomials<V, J> m;
  m.template set<P>(t, slot);
  // T_k′ = k U_{k−1}
  V slope[Monomials<V, J>::kTop / 2 + 1];
  {
    V second_old = Real(0.0) * m.a[0], second = second_old + Real(1.0);  // U_{k−2}, U_{k−1}
    slope[0] = second_old;
    for (int k = 1; k <= top / 2; ++k) {
      slope[k] = Real(k) * second;
      const V next = Real(2.0) * m.cheb[1] * second - second_old;
      second_old = second;
      second = next;
    }
  }
  const V zero = Real(0.0) * m.a[0];
  V value = zero, d_ar = zero, d_ai = zero, d_br = zero, d_bi = zero, d_t = zero;
  int n = 0;
  up_to(last, [&](auto p) SPLICEMD_SNAP_INLINE {
    // Sums over Q of the coefficients of Re a^p and Im a^p, and their derivatives by b and t.
    V hr = zero, hi = zero, xr = zero, xi = zero, yr = zero, yi = zero, tr = zero, ti = zero;
    up_to(last - p, [&](auto q) SPLICEMD_SNAP_INLINE {
      V rc = zero, ic = zero, rs = zero, is = zero, rct = zero, ict = zero, rst = zero, ist = zero;
      up_to(half(last - p - q), [&](auto k) SPLICEMD_SNAP_INLINE {
        const V w = m.cheb[k], dw = slope[k];
        const auto add = [&](V& sum, V& derivative) SPLICEMD_SNAP_INLINE {
          const V c = g[n++];
          sum += c * w;
          if (k > 0) derivative += c * dw;
        };
        add(rc, rct);
        if (p > 0) add(ic, ict);
        if (q > 0) add(rs, rst);
        if (p > 0 && q > 0) add(is, ist);
      });
      const V c = m.b[2 * q], s = m.b[2 * q + 1];
      hr += rc * c;
      tr += rct * c;
      if (p > 0) {
        hi += ic * c;
        ti += ict * c;
      }
      if (q == 0) return;
      const V dc = Real(q) * m.b[2 * q - 2], ds = Real(q) * m.b[2 * q - 1];
      hr += rs * s;
      tr += rst * s;
      xr += rc * dc + rs * ds;
      yr += rs * dc - rc * ds;
      if (p > 0) {
        hi += is * s;
        ti += ist * s;
        xi += ic * dc + is * ds;
        yi += is * dc - ic * ds;
      }
    });
    const V ar = m.a[2 * p], ai = m.a[2 * p + 1];
    value += ar * hr;
    d_br += ar * xr;
    d_bi += ar * yr;
    d_t += ar * tr;
    if (p > 0) {
      value += ai * hi;
      d_br += ai * xi;
      d_bi += ai * yi;
      d_t += ai * ti;
      const V dr = Real(p) * m.a[2 * p - 2], di = Real(p) * m.a[2 * p - 1];
      d_ar += dr * hr + di * hi;
      d_ai += dr * hi - di * hr;
    }
  });
  // t = 1 − 2|b|²
  d_br -= Real(4.0) * d_t * m.b[2];
  d_bi -= Real(4.0) * d_t * m.b[3];
  const V x = slot[kUnitX], y = slot[kUnitY], z = slot[kUnitZ], c = slot[kCos], s = slot[kSin];
  const V d_theta = c * (y * d_br - x * d_bi - z * d_ai) - s * d_ar;
  const V hx = -s * d_bi, hy = s * d_br, hz = -s * d_ai;  // by the components of r̂
  const V f = slot[kWeight];
  const V tangent = f * slot[kInverseR];
  const V radial =
      slot[kSlope] * value + f * slot[kRate] * d_theta - tangent * (hx * x + hy * y + hz * z);
  gradient[0] = radial * x + tangent * hx;
  gradient[1] = radial * y + tangent * hy;
  gradient[2] = radial * z + tangent * hz;
}
