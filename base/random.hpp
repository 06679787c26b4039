// Counter-based random numbers: a value is a function of (seed, stream, id, step), so that it does not
// depend on the number of ranks or threads or on the order of evaluation.
//
// The generator is Philox4x64-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as
// 1, 2, 3", SC11, doi:10.1145/2063384.2063405) as implemented by the Random123 library. The seed is the
// key; id, step, stream and draw are the four words of the counter, so that no two uses can meet.
#pragma once

#include <Kokkos_Core.hpp>

#include <Random123/philox.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace splicemd {

// What random numbers are for: one stream each.
enum class RandomStream : std::uint64_t {
  velocities = 1,
  langevin = 2,
  build_species = 3,
  build_vacancies = 4,
  build_displace = 5,
  thermostat = 6,
  minimise = 7,
  segment_seed = 8,
  markov_engine = 9,
  oracle = 10,
  user = 1000
};

// 256 random bits for (seed, stream, id, step, draw). `draw` tells apart several sets for one atom and step.
KOKKOS_INLINE_FUNCTION void random_bits(std::uint64_t seed, RandomStream stream, std::uint64_t id,
                                        std::uint64_t step, std::uint64_t draw,
                                        std::uint64_t out[4]) {
  r123::Philox4x64 philox;
  r123::Philox4x64::ctr_type counter = {{id, step, static_cast<std::uint64_t>(stream), draw}};
  r123::Philox4x64::ukey_type key = {{seed, 0}};
  const r123::Philox4x64::ctr_type bits = philox(counter, key);
  for (int k = 0; k < 4; ++k) out[k] = bits[k];
}

// A number in the open interval (0, 1) from 64 random bits; all 2⁵² values are exact and equally spaced.
KOKKOS_INLINE_FUNCTION double uniform_from_bits(std::uint64_t bits) {
  return (static_cast<double>(bits >> 12) + 0.5) * 0x1.0p-52;
}

// Four independent numbers, uniform in (0, 1).
KOKKOS_INLINE_FUNCTION void random_uniform4(std::uint64_t seed, RandomStream stream,
                                            std::uint64_t id, std::uint64_t step,
                                            std::uint64_t draw, double out[4]) {
  std::uint64_t bits[4];
  random_bits(seed, stream, id, step, draw, bits);
  for (int k = 0; k < 4; ++k) out[k] = uniform_from_bits(bits[k]);
}

// √(−2 ln u) · (cos 2πv, sin 2πv) for u, v in (0, 1): two independent normal numbers from two uniform ones
// (Box, Muller, Ann. Math. Stat. 29 (1958) 610), to a few units in the last place of the radius. Without branches
// and calls, so that loops over it vectorise on CPUs.
//
// ln u = k ln 2 + 2 artanh s with s = (m − 1)/(m + 1), u = 2ᵏ m, √½ ≤ m < √2: the series in s up to s²¹, the
// next term being below 10⁻¹⁸. The angle is reduced exactly to |2πr| ≤ π/4 and a quarter turn q; Taylor's
// polynomials for it, remainders below 10⁻¹⁶.
KOKKOS_INLINE_FUNCTION void box_muller(double u, double v, double& first, double& second) {
#if defined(__CUDA_ARCH__) || defined(__HIP_DEVICE_COMPILE__)
  const double radius = ::sqrt(-2.0 * ::log(u));
  const double angle = 6.283185307179586477 * v;
  first = radius * ::cos(angle);
  second = radius * ::sin(angle);
#else
  constexpr double kRound = 0x1.8p52;  // x + kRound has the nearest integer to x in its last bits
  constexpr double kLn2 = 0.69314718055994530942, kTwoPi = 6.283185307179586477;
  // Taking the bits of √½ away leaves the power of 2 in u/√½, rounded down, where the exponent is.
  const auto bits = std::bit_cast<std::int64_t>(u);
  const std::int64_t power = (bits - 0x3fe6a09e667f3bcd) >> 52;
  const double m = std::bit_cast<double>(bits - (power << 52));
  const double k = static_cast<double>(static_cast<std::int32_t>(power));
  const double s = (m - 1.0) / (m + 1.0);
  const double s2 = s * s;
  double series = 1.0 / 21;
  for (int odd = 19; odd >= 3; odd -= 2) series = series * s2 + 1.0 / odd;
  const double log_u = k * kLn2 + (2.0 * s + 2.0 * s * (s2 * series));
  const double radius = ::sqrt(-2.0 * log_u);

  const double rounded = 4.0 * v + kRound;
  const auto q = std::bit_cast<std::int64_t>(rounded);
  const double angle = kTwoPi * (v - 0.25 * (rounded - kRound));
  const double a2 = angle * angle;
  constexpr double kSine[] = {-1.0 / 1307674368000, 1.0 / 6227020800, -1.0 / 39916800, 1.0 / 362880,
                              -1.0 / 5040,          1.0 / 120,        -1.0 / 6};
  constexpr double kCosine[] = {
      1.0 / 20922789888000, -1.0 / 87178291200, 1.0 / 479001600, -1.0 / 3628800,
      1.0 / 40320,          -1.0 / 720,         1.0 / 24,        -0.5};
  double sine = kSine[0], cosine = kCosine[0];
  for (int i = 1; i < 7; ++i) sine = sine * a2 + kSine[i];
  for (int i = 1; i < 8; ++i) cosine = cosine * a2 + kCosine[i];
  sine = angle + angle * (a2 * sine);
  cosine = 1.0 + a2 * cosine;
  // A quarter turn: (cos, sin) becomes (−sin, cos).
  const bool odd = (q & 1) != 0;
  const double x = odd ? sine : cosine, y = odd ? cosine : sine;
  first = ((q + 1) & 2) != 0 ? -radius * x : radius * x;
  second = (q & 2) != 0 ? -radius * y : radius * y;
#endif
}

// For each of `width` ids four independent numbers with mean 0 and variance 1, normally distributed:
// out[k][lane]. They do not depend on which lane an id has, nor on the other lanes.
template <int width>
KOKKOS_INLINE_FUNCTION void random_normals(std::uint64_t seed, RandomStream stream,
                                           const std::uint64_t (&id)[width], std::uint64_t step,
                                           std::uint64_t draw, double (&out)[4][width]) {
  double u[4][width];
  for (int lane = 0; lane < width; ++lane) {
    double four[4];
    random_uniform4(seed, stream, id[lane], step, draw, four);
    for (int k = 0; k < 4; ++k) u[k][lane] = four[k];
  }
  for (int k = 0; k < 4; k += 2) {
#pragma omp simd
    for (int lane = 0; lane < width; ++lane) {
      box_muller(u[k][lane], u[k + 1][lane], out[k][lane], out[k + 1][lane]);
    }
  }
}

// Those of one id.
KOKKOS_INLINE_FUNCTION void random_normal4(std::uint64_t seed, RandomStream stream,
                                           std::uint64_t id, std::uint64_t step, std::uint64_t draw,
                                           double out[4]) {
  const std::uint64_t ids[1] = {id};
  double four[4][1];
  random_normals<1>(seed, stream, ids, step, draw, four);
  for (int k = 0; k < 4; ++k) out[k] = four[k][0];
}

// Numbers drawn one after another on the host, where the order is fixed by the algorithm (builders).
class RandomSequence {
 public:
  RandomSequence(std::uint64_t seed, RandomStream stream) : seed_(seed), stream_(stream) {}
  std::uint64_t bits() {
    if (used_ == 4) {
      random_bits(seed_, stream_, count_++, 0, 0, block_);
      used_ = 0;
    }
    return block_[used_++];
  }
  double uniform() { return uniform_from_bits(bits()); }
  // Uniform in [0, n), without bias; n > 0.
  std::uint64_t below(std::uint64_t n) {
    const std::uint64_t rest = (UINT64_MAX % n + 1) % n;  // 2⁶⁴ mod n
    std::uint64_t value = bits();
    while (value > UINT64_MAX - rest) value = bits();
    return value % n;
  }

 private:
  std::uint64_t seed_;
  RandomStream stream_;
  std::uint64_t count_ = 0;
  std::uint64_t block_[4] = {0, 0, 0, 0};
  int used_ = 4;
};

}  // namespace splicemd
