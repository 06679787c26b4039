// Arithmetic of the SNAP kernels on one number or on a vector of lanes (compiler vector extensions).
//
// Included inside the namespace of one instruction set, so that no symbol built with its flags can be
// merged with another's. Defines: Real, Tables, Pack (a vector of lanes), select, root, sin_cos.
// Uses: SPLICEMD_SNAP_FN, the function attributes; SPLICEMD_SNAP_REAL, float for mixed precision, else double;
// SPLICEMD_SNAP_WIDTH, the number of lanes, if there are vectors at all.

// Loops over registers, and over the columns of a row, whose number GPU kernels do not know.
#ifndef SPLICEMD_SNAP_UNROLL
#if defined(__CUDA_ARCH__) || defined(__HIPCC__)
#define SPLICEMD_SNAP_UNROLL _Pragma("unroll")
#define SPLICEMD_SNAP_UNROLL_COLUMNS _Pragma("unroll 2")
#elif defined(__CUDACC__)  // the host's half of a GPU build
#define SPLICEMD_SNAP_UNROLL
#define SPLICEMD_SNAP_UNROLL_COLUMNS
#else
#define SPLICEMD_SNAP_UNROLL _Pragma("GCC unroll 32")
#define SPLICEMD_SNAP_UNROLL_COLUMNS _Pragma("GCC unroll 16")
#endif
#endif

// Behind the parameters of a lambda.
#if defined(SPLICEMD_SNAP_WIDTH)
#define SPLICEMD_SNAP_INLINE __attribute__((always_inline))
#else
#define SPLICEMD_SNAP_INLINE
#endif

#ifndef SPLICEMD_SNAP_REAL
#define SPLICEMD_SNAP_REAL double
#endif
typedef SPLICEMD_SNAP_REAL Real;
typedef BasicTables<Real> Tables;
constexpr bool kDouble = sizeof(Real) == 8;

SPLICEMD_SNAP_FN Real select(bool condition, Real a, Real b) { return condition ? a : b; }
SPLICEMD_SNAP_FN Real root(Real x) { return kDouble ? __builtin_sqrt(x) : __builtin_sqrtf(x); }

#if defined(SPLICEMD_SNAP_WIDTH)
typedef Real Pack __attribute__((vector_size(sizeof(Real) * SPLICEMD_SNAP_WIDTH)));
typedef double WidePack __attribute__((vector_size(8 * SPLICEMD_SNAP_WIDTH)));
// Up to which 2J loops over the cells (p, q) are unrolled; the narrow generic kernel gains little by it.
constexpr int kUnrolledTop = sizeof(Pack) >= 32 ? 8 : -1;
template <int kBytes>
struct MaskOf {
  typedef long Type;
};
template <>
struct MaskOf<4> {
  typedef int Type;
};
typedef MaskOf<sizeof(Real)>::Type PackMask
    __attribute__((vector_size(sizeof(Real) * SPLICEMD_SNAP_WIDTH)));

SPLICEMD_SNAP_FN Pack select(PackMask condition, Pack a, Pack b) { return condition ? a : b; }
SPLICEMD_SNAP_FN Pack root(Pack x) {
#if defined(__AVX512F__) && SPLICEMD_SNAP_WIDTH == 8
  return (Pack)_mm512_maskz_sqrt_pd(0xff, (__m512d)x);
#elif defined(__AVX512F__) && SPLICEMD_SNAP_WIDTH == 16
  return (Pack)_mm512_maskz_sqrt_ps(0xffff, (__m512)x);
#elif defined(__AVX2__) && SPLICEMD_SNAP_WIDTH == 4
  return (Pack)_mm256_sqrt_pd((__m256d)x);
#elif defined(__AVX2__) && SPLICEMD_SNAP_WIDTH == 8
  return (Pack)_mm256_sqrt_ps((__m256)x);
#else
  Pack y = x;
  for (int lane = 0; lane < SPLICEMD_SNAP_WIDTH; ++lane) y[lane] = root(Real(x[lane]));
  return y;
#endif
}
#else
constexpr int kUnrolledTop = -1;
#endif

// Nearest integer, ties to even, for |x| < 2^51 (2^22 in single precision).
template <class V>
SPLICEMD_SNAP_FN V nearest(V x) {
  const Real magic =
      kDouble ? Real(6755399441055744.0) : Real(12582912.0);  // 1.5 · 2^52, 1.5 · 2^23
  return (x + magic) - magic;
}

// sin and cos for |x| < 1000 by their Taylor series about the nearest (n + 1/2)π: with |y| ≤ π/2 the
// first omitted terms are y^23/23! = 1.3e-18 and y^24/24! = 8e-20, in single precision y^15/15! = 7e-10 and
// y^14/14! = 6e-9; measured error below 3e-16.
template <class V>
SPLICEMD_SNAP_FN void sin_cos(V x, V& s, V& c) {
  const V n = nearest<V>(x * Real(0.31830988618379067154) - Real(0.5));
  const V m = n + Real(0.5);
  // π in two parts
  V y = x - m * (kDouble ? Real(3.1415926535897931160) : Real(3.140625));
  y = y - m * (kDouble ? Real(1.2246467991473531772e-16) : Real(9.67653589793e-4));
  const V z = y * y;
  V p = Real(0.0) * y + Real(1.0 / 6227020800.0);
  V q = Real(0.0) * y + Real(1.0 / 479001600.0);
  if constexpr (kDouble) {
    p = z * Real(1.0 / 51090942171709440000.0) - Real(1.0 / 121645100408832000.0);
    p = p * z + Real(1.0 / 355687428096000.0);
    p = p * z - Real(1.0 / 1307674368000.0);
    p = p * z + Real(1.0 / 6227020800.0);
    q = z * Real(-1.0 / 1124000727777607680000.0) + Real(1.0 / 2432902008176640000.0);
    q = q * z - Real(1.0 / 6402373705728000.0);
    q = q * z + Real(1.0 / 20922789888000.0);
    q = q * z - Real(1.0 / 87178291200.0);
    q = q * z + Real(1.0 / 479001600.0);
  }
  p = p * z - Real(1.0 / 39916800.0);
  p = p * z + Real(1.0 / 362880.0);
  p = p * z - Real(1.0 / 5040.0);
  p = p * z + Real(1.0 / 120.0);
  p = p * z - Real(1.0 / 6.0);
  const V sine = y + y * (z * p);
  q = q * z - Real(1.0 / 3628800.0);
  q = q * z + Real(1.0 / 40320.0);
  q = q * z - Real(1.0 / 720.0);
  q = q * z + Real(1.0 / 24.0);
  q = q * z - Real(0.5);
  const V cosine = q * z + Real(1.0);
  // sin(y + (n+½)π) = (−1)^n cos y, cos(y + (n+½)π) = −(−1)^n sin y
  const V odd = n * Real(0.5) - nearest<V>(n * Real(0.5));
  const V sign = Real(1.0) - Real(8.0) * odd * odd;
  s = sign * cosine;
  c = -sign * sine;
}
