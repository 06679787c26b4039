// Functions for pair terms, without branches and calls, so that loops over pairs vectorise on CPUs.
#pragma once

#include <Kokkos_Core.hpp>

#include <bit>
#include <cmath>
#include <cstdint>

namespace splicemd::md {

// eˣ for x ≤ 700, to 2 units in the last place; below −708 the result is e⁻⁷⁰⁸.
//
// x = n ln 2 + r with |r| ≤ ½ ln 2; eʳ by its Taylor polynomial of degree 13, whose remainder is below
// 5·10⁻¹⁸; times 2ⁿ by adding n to the exponent.
KOKKOS_INLINE_FUNCTION double pair_exp(double x) {
#if defined(__CUDA_ARCH__) || defined(__HIP_DEVICE_COMPILE__)
  return ::exp(x);
#else
  constexpr double kLog2E = 0x1.71547652b82fep+0;
  constexpr double kLn2High = 0x1.62e42fee00000p-1, kLn2Low = 0x1.a39ef35793c76p-33;
  constexpr double kRound = 0x1.8p52;  // x + kRound has the nearest integer to x in its last bits
  constexpr double kInverseFactorial[] = {1.0 / 6227020800,
                                          1.0 / 479001600,
                                          1.0 / 39916800,
                                          1.0 / 3628800,
                                          1.0 / 362880,
                                          1.0 / 40320,
                                          1.0 / 5040,
                                          1.0 / 720,
                                          1.0 / 120,
                                          1.0 / 24,
                                          1.0 / 6,
                                          0.5,
                                          1.0,
                                          1.0};
  x = x > -708.0 ? x : -708.0;
  const double rounded = x * kLog2E + kRound;
  const double n = rounded - kRound;
  const double r = (x - n * kLn2High) - n * kLn2Low;
  double power = kInverseFactorial[0];
  for (int k = 1; k < 14; ++k) power = power * r + kInverseFactorial[k];
  const auto exponent = std::bit_cast<std::int64_t>(rounded)
                        << 52;  // what is above n is shifted out
  return std::bit_cast<double>(std::bit_cast<std::int64_t>(power) + exponent);
#endif
}

}  // namespace splicemd::md
