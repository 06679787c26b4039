// Arithmetic of the SNAP kernels on one number or on a vector of lanes (compiler vector extensions).
//
// Included inside the namespace of one instruction set, so that no symbol built with its flags can be
// merged with another's. Defines: Lanes<V>, select, root, sin_cos.
// Uses: SPLICEMD_SNAP_FN, the function attributes.

template <class V>
struct Lanes {
  static constexpr int count = static_cast<int>(sizeof(V) / sizeof(double));
};

SPLICEMD_SNAP_FN double select(bool condition, double a, double b) { return condition ? a : b; }
SPLICEMD_SNAP_FN double root(double x) { return __builtin_sqrt(x); }

#if defined(SPLICEMD_SNAP_WIDTH)
typedef double Pack __attribute__((vector_size(8 * SPLICEMD_SNAP_WIDTH)));
typedef long PackMask __attribute__((vector_size(8 * SPLICEMD_SNAP_WIDTH)));

SPLICEMD_SNAP_FN Pack select(PackMask condition, Pack a, Pack b) { return condition ? a : b; }
SPLICEMD_SNAP_FN Pack root(Pack x) {
#if defined(__AVX512F__) && SPLICEMD_SNAP_WIDTH == 8
  return (Pack)_mm512_maskz_sqrt_pd(0xff, (__m512d)x);
#elif defined(__AVX2__) && SPLICEMD_SNAP_WIDTH == 4
  return (Pack)_mm256_sqrt_pd((__m256d)x);
#else
  Pack y = x;
  for (int lane = 0; lane < SPLICEMD_SNAP_WIDTH; ++lane) y[lane] = __builtin_sqrt(x[lane]);
  return y;
#endif
}
#endif

// Nearest integer, ties to even, for |x| < 2^51.
template <class V>
SPLICEMD_SNAP_FN V nearest(V x) {
  const double magic = 6755399441055744.0;  // 1.5 · 2^52
  return (x + magic) - magic;
}

// sin and cos for |x| < 1000 by their Taylor series about the nearest (n + 1/2)π: with |y| ≤ π/2 the
// first omitted terms are y^23/23! = 1.3e-18 and y^24/24! = 8e-20; measured error below 3e-16.
template <class V>
SPLICEMD_SNAP_FN void sin_cos(V x, V& s, V& c) {
  const V n = nearest<V>(x * 0.31830988618379067154 - 0.5);
  const V m = n + 0.5;
  V y = x - m * 3.1415926535897931160;  // π in two parts
  y = y - m * 1.2246467991473531772e-16;
  const V z = y * y;
  V p = z * (1.0 / 51090942171709440000.0) - 1.0 / 121645100408832000.0;
  p = p * z + 1.0 / 355687428096000.0;
  p = p * z - 1.0 / 1307674368000.0;
  p = p * z + 1.0 / 6227020800.0;
  p = p * z - 1.0 / 39916800.0;
  p = p * z + 1.0 / 362880.0;
  p = p * z - 1.0 / 5040.0;
  p = p * z + 1.0 / 120.0;
  p = p * z - 1.0 / 6.0;
  const V sine = y + y * (z * p);
  V q = z * (-1.0 / 1124000727777607680000.0) + 1.0 / 2432902008176640000.0;
  q = q * z - 1.0 / 6402373705728000.0;
  q = q * z + 1.0 / 20922789888000.0;
  q = q * z - 1.0 / 87178291200.0;
  q = q * z + 1.0 / 479001600.0;
  q = q * z - 1.0 / 3628800.0;
  q = q * z + 1.0 / 40320.0;
  q = q * z - 1.0 / 720.0;
  q = q * z + 1.0 / 24.0;
  q = q * z - 0.5;
  const V cosine = q * z + 1.0;
  // sin(y + (n+½)π) = (−1)^n cos y, cos(y + (n+½)π) = −(−1)^n sin y
  const V odd = n * 0.5 - nearest<V>(n * 0.5);
  const V sign = 1.0 - 8.0 * odd * odd;
  s = sign * cosine;
  c = -sign * sine;
}
