// Counter-based random numbers: a value is a function of (seed, stream, id, step), so that it does not
// depend on the number of ranks or threads or on the order of evaluation.
//
// The generator is Philox4x64-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as
// 1, 2, 3", SC11, doi:10.1145/2063384.2063405) as implemented by the Random123 library. The seed is the
// key; id, step, stream and draw are the four words of the counter, so that no two uses can meet.
#pragma once

#include <Kokkos_Core.hpp>

#include <Random123/philox.h>

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

// Four independent numbers with mean 0 and variance 1, normally distributed (Box–Muller).
KOKKOS_INLINE_FUNCTION void random_normal4(std::uint64_t seed, RandomStream stream,
                                           std::uint64_t id, std::uint64_t step, std::uint64_t draw,
                                           double out[4]) {
  double u[4];
  random_uniform4(seed, stream, id, step, draw, u);
  for (int k = 0; k < 4; k += 2) {
    const double radius = ::sqrt(-2.0 * ::log(u[k]));
    const double angle = 6.283185307179586477 * u[k + 1];
    out[k] = radius * ::cos(angle);
    out[k + 1] = radius * ::sin(angle);
  }
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
