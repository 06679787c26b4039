// Eight doubles worked on at once on the host, by compiler vector extensions: one 512-bit register or
// two 256-bit ones, whatever the target has. Nothing is declared where a device compiler reads our sources: it does
// not take vector extensions, and portable code is used there. SPLICEMD_HOST_LANES tells which it is.
#pragma once

#include <Kokkos_Macros.hpp>

#include <cmath>
#include <cstdint>

#if !defined(KOKKOS_ENABLE_CUDA) && !defined(KOKKOS_ENABLE_HIP) && !defined(KOKKOS_ENABLE_SYCL)
#define SPLICEMD_HOST_LANES

#if defined(__AVX2__)
#include <immintrin.h>
#endif

// These functions are always inlined, so that the calling convention of vectors never matters.
#pragma GCC diagnostic ignored "-Wpsabi"

#define SPLICEMD_LANES_INLINE __attribute__((always_inline)) inline

namespace splicemd::md::lanes {

inline constexpr int kWidth = 8;

using D8 = double __attribute__((vector_size(64)));
using M8 = std::int64_t __attribute__((vector_size(64)));  // comparison of two D8: 0 or −1
using I8 = int __attribute__((vector_size(32)));
using D4 = double __attribute__((vector_size(32)));

SPLICEMD_LANES_INLINE D8 broadcast(double value) {
  return D8{value, value, value, value, value, value, value, value};
}

// Memory of any alignment.
SPLICEMD_LANES_INLINE D8 load(const double* p) {
  D8 v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
SPLICEMD_LANES_INLINE I8 load(const int* p) {
  I8 v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
SPLICEMD_LANES_INLINE D4 load4(const double* p) {
  D4 v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
SPLICEMD_LANES_INLINE void store(double* p, const D8& v) { __builtin_memcpy(p, &v, sizeof v); }
SPLICEMD_LANES_INLINE void store(int* p, const I8& v) { __builtin_memcpy(p, &v, sizeof v); }
SPLICEMD_LANES_INLINE void store4(double* p, const D4& v) { __builtin_memcpy(p, &v, sizeof v); }

// Rows of memory are loaded whole and transposed: gather instructions are slow on many processors,
// more so with the microcode that keeps them from leaking data.

// Columns 0, 1 and 2 of the rows of four at base + 4·index[k].
struct Columns3 {
  D8 a, b, c;
  SPLICEMD_LANES_INLINE Columns3(const double* base, const int* index) {
    const D8 r04 = pair_of_rows(base, index[0], index[4]),
             r15 = pair_of_rows(base, index[1], index[5]);
    const D8 r26 = pair_of_rows(base, index[2], index[6]),
             r37 = pair_of_rows(base, index[3], index[7]);
    const D8 even01 = __builtin_shufflevector(r04, r15, 0, 8, 2, 10, 4, 12, 6, 14);
    const D8 even23 = __builtin_shufflevector(r26, r37, 0, 8, 2, 10, 4, 12, 6, 14);
    const D8 odd01 = __builtin_shufflevector(r04, r15, 1, 9, 3, 11, 5, 13, 7, 15);
    const D8 odd23 = __builtin_shufflevector(r26, r37, 1, 9, 3, 11, 5, 13, 7, 15);
    a = __builtin_shufflevector(even01, even23, 0, 1, 8, 9, 4, 5, 12, 13);
    b = __builtin_shufflevector(odd01, odd23, 0, 1, 8, 9, 4, 5, 12, 13);
    c = __builtin_shufflevector(even01, even23, 2, 3, 10, 11, 6, 7, 14, 15);
  }

 private:
  SPLICEMD_LANES_INLINE static D8 pair_of_rows(const double* base, int low, int high) {
    const D4 l = load4(base + 4 * std::int64_t{low}), h = load4(base + 4 * std::int64_t{high});
    return __builtin_shufflevector(l, h, 0, 1, 2, 3, 4, 5, 6, 7);
  }
};

// The eight columns of the rows of eight at base + index[k].
struct Columns8 {
  D8 column[8];
  SPLICEMD_LANES_INLINE Columns8(const double* base, const int* index) {
    D8 pairs[8], fours[8];
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
      const D8 r = load(base + index[2 * k]), s = load(base + index[2 * k + 1]);
      pairs[2 * k] = __builtin_shufflevector(r, s, 0, 8, 2, 10, 4, 12, 6, 14);
      pairs[2 * k + 1] = __builtin_shufflevector(r, s, 1, 9, 3, 11, 5, 13, 7, 15);
    }
    // fours[4h + 2q + parity]: columns parity, 4 + parity (q = 0) or 2 + parity, 6 + parity (q = 1) of
    // rows 4h … 4h + 3.
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
      const int h = k / 2, parity = k % 2;
      const D8 low = pairs[4 * h + parity], high = pairs[4 * h + 2 + parity];
      fours[4 * h + parity] = __builtin_shufflevector(low, high, 0, 1, 4, 5, 8, 9, 12, 13);
      fours[4 * h + 2 + parity] = __builtin_shufflevector(low, high, 2, 3, 6, 7, 10, 11, 14, 15);
    }
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
      column[k] = __builtin_shufflevector(fours[k], fours[4 + k], 0, 1, 4, 5, 8, 9, 12, 13);
      column[4 + k] = __builtin_shufflevector(fours[k], fours[4 + k], 2, 3, 6, 7, 10, 11, 14, 15);
    }
  }
};

// 1/√v to the last few bits, v > 0 and not denormal.
SPLICEMD_LANES_INLINE D8 inverse_sqrt(const D8& v) {
#if defined(__AVX512F__)
  D8 y = (D8)_mm512_maskz_rsqrt14_pd(0xff, (__m512d)v);
  const D8 half = 0.5 * v;
  y *= 1.5 - half * y * y;
  y *= 1.5 - half * y * y;
  return y;
#else
  D8 y;
  for (int k = 0; k < kWidth; ++k) y[k] = 1.0 / std::sqrt(v[k]);
  return y;
#endif
}

SPLICEMD_LANES_INLINE I8 truncate(const D8& v) { return __builtin_convertvector(v, I8); }
SPLICEMD_LANES_INLINE D8 to_double(const I8& v) {
#if defined(__AVX512F__)
  return (D8)_mm512_maskz_cvtepi32_pd(0xff, (__m256i)v);
#else
  return __builtin_convertvector(v, D8);
#endif
}
SPLICEMD_LANES_INLINE D8 min(const D8& a, const D8& b) {
#if defined(__AVX512F__)
  return (D8)_mm512_maskz_min_pd(0xff, (__m512d)a, (__m512d)b);
#else
  return a < b ? a : b;
#endif
}
SPLICEMD_LANES_INLINE I8 min(const I8& a, const I8& b) {
#if defined(__AVX2__)
  return (I8)_mm256_min_epi32((__m256i)a, (__m256i)b);
#else
  return a < b ? a : b;
#endif
}

// Picks the lanes where `v` < `limit`: count() says how many they are, pack() writes those of other values side by
// side to `to`, and behind them so much that eight are written in all.
struct Packer {
#if defined(__AVX512F__) && defined(__AVX512VL__)
  __mmask8 mask;
  SPLICEMD_LANES_INLINE Packer(const D8& v, const D8& limit)
      : mask(_mm512_cmp_pd_mask((__m512d)v, (__m512d)limit, _CMP_LT_OQ)) {}
  SPLICEMD_LANES_INLINE int count() const { return __builtin_popcount(mask); }
  SPLICEMD_LANES_INLINE void pack(double* to, const D8& v) const {
    _mm512_storeu_pd(to, _mm512_maskz_compress_pd(mask, (__m512d)v));
  }
  SPLICEMD_LANES_INLINE void pack(int* to, const I8& v) const {
    _mm256_storeu_si256((__m256i*)to, _mm256_maskz_compress_epi32(mask, (__m256i)v));
  }
#else
  M8 wanted;
  SPLICEMD_LANES_INLINE Packer(const D8& v, const D8& limit) : wanted(v < limit) {}
  SPLICEMD_LANES_INLINE int count() const {
    std::int64_t n = 0;
    for (int k = 0; k < kWidth; ++k) n -= wanted[k];
    return static_cast<int>(n);
  }
  SPLICEMD_LANES_INLINE void pack(double* to, const D8& v) const {
    for (int k = 0; k < kWidth; ++k) {
      *to = v[k];
      to -= wanted[k];
    }
  }
  SPLICEMD_LANES_INLINE void pack(int* to, const I8& v) const {
    for (int k = 0; k < kWidth; ++k) {
      *to = v[k];
      to -= wanted[k];
    }
  }
#endif
};

// (a_k, b_k, c_k, d_k) for each lane k.
struct Rows4 {
  D8 even[2], odd[2];  // rows 0 and 4, 2 and 6; rows 1 and 5, 3 and 7

  SPLICEMD_LANES_INLINE Rows4(const D8& a, const D8& b, const D8& c, const D8& d) {
    const D8 ab0 = __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14);
    const D8 ab1 = __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
    const D8 cd0 = __builtin_shufflevector(c, d, 0, 8, 2, 10, 4, 12, 6, 14);
    const D8 cd1 = __builtin_shufflevector(c, d, 1, 9, 3, 11, 5, 13, 7, 15);
    even[0] = __builtin_shufflevector(ab0, cd0, 0, 1, 8, 9, 4, 5, 12, 13);
    even[1] = __builtin_shufflevector(ab0, cd0, 2, 3, 10, 11, 6, 7, 14, 15);
    odd[0] = __builtin_shufflevector(ab1, cd1, 0, 1, 8, 9, 4, 5, 12, 13);
    odd[1] = __builtin_shufflevector(ab1, cd1, 2, 3, 10, 11, 6, 7, 14, 15);
  }
  SPLICEMD_LANES_INLINE void store_rows(double* p) const {
#pragma GCC unroll 2
    for (int k = 0; k < 2; ++k) {
      store4(p + 8 * k, __builtin_shufflevector(even[k], even[k], 0, 1, 2, 3));
      store4(p + 8 * k + 4, __builtin_shufflevector(odd[k], odd[k], 0, 1, 2, 3));
      store4(p + 8 * k + 16, __builtin_shufflevector(even[k], even[k], 4, 5, 6, 7));
      store4(p + 8 * k + 20, __builtin_shufflevector(odd[k], odd[k], 4, 5, 6, 7));
    }
  }
};

}  // namespace splicemd::md::lanes

#endif
