// The functions that stand in for the C library's in loops over pairs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "md/potentials/pair_math.hpp"

namespace splicemd::md {
namespace {

TEST(PairExp, IsWithinTwoUnitsInTheLastPlace) {
  double worst = 0.0;
  for (int k = 0; k <= 2'000'000; ++k) {
    const double x = -700.0 + 1400.0 * k / 2e6 + 1e-7 * (k % 97);
    const double expected = std::exp(x);
    worst = std::max(worst, std::abs(pair_exp(x) - expected) / expected);
  }
  EXPECT_LT(worst, 2.0 * std::numeric_limits<double>::epsilon());
}

TEST(PairExp, EndsOfTheRange) {
  EXPECT_EQ(pair_exp(0.0), 1.0);
  EXPECT_EQ(pair_exp(-1e300), pair_exp(-708.0));
  EXPECT_GT(pair_exp(-708.0), 0.0);
  EXPECT_LT(pair_exp(-708.0), 1e-307);
}

}  // namespace
}  // namespace splicemd::md
