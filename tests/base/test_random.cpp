// Counter-based random numbers: the published known answers, ranges, moments, independence of streams.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "base/random.hpp"

namespace splicemd {
namespace {

// Known answers of Philox4x64-10 published with Random123 (kat_vectors).
TEST(Random, PhiloxKnownAnswers) {
  std::uint64_t out[4];
  random_bits(0, static_cast<RandomStream>(0), 0, 0, 0, out);
  EXPECT_EQ(out[0], 0x16554d9eca36314cULL);
  EXPECT_EQ(out[1], 0xdb20fe9d672d0fdcULL);
  EXPECT_EQ(out[2], 0xd7e772cee186176bULL);
  EXPECT_EQ(out[3], 0x7e68b68aec7ba23bULL);
}

TEST(Random, UniformStaysInTheOpenInterval) {
  EXPECT_GT(uniform_from_bits(0), 0.0);
  EXPECT_LT(uniform_from_bits(~std::uint64_t{0}), 1.0);
  EXPECT_DOUBLE_EQ(uniform_from_bits(std::uint64_t{1} << 63), 0.5);
}

TEST(Random, EveryArgumentMatters) {
  std::set<std::uint64_t> seen;
  const auto add = [&](std::uint64_t seed, RandomStream stream, std::uint64_t id,
                       std::uint64_t step, std::uint64_t draw) {
    std::uint64_t out[4];
    random_bits(seed, stream, id, step, draw, out);
    for (const std::uint64_t bits : out) EXPECT_TRUE(seen.insert(bits).second);
  };
  add(1, RandomStream::langevin, 2, 3, 4);
  add(2, RandomStream::langevin, 2, 3, 4);
  add(1, RandomStream::velocities, 2, 3, 4);
  add(1, RandomStream::langevin, 3, 3, 4);
  add(1, RandomStream::langevin, 2, 4, 4);
  add(1, RandomStream::langevin, 2, 3, 5);
}

// Moments of 400 000 numbers; each limit is five standard errors (false alarms below 1e-6 each).
TEST(Random, NormalMomentsAndCorrelations) {
  const int n = 100000;
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0, pair = 0, next = 0, previous = 0;
  for (int i = 0; i < n; ++i) {
    double z[4];
    random_normal4(42, RandomStream::langevin, static_cast<std::uint64_t>(i), 7, 0, z);
    for (const double x : z) {
      m1 += x;
      m2 += x * x;
      m3 += x * x * x;
      m4 += x * x * x * x;
    }
    pair += z[0] * z[1];
    next += previous * z[0];
    previous = z[0];
  }
  const double total = 4.0 * n;
  EXPECT_LT(std::abs(m1 / total), 5 / std::sqrt(total));
  EXPECT_LT(std::abs(m2 / total - 1), 5 * std::sqrt(2 / total));
  EXPECT_LT(std::abs(m3 / total), 5 * std::sqrt(15 / total));
  EXPECT_LT(std::abs(m4 / total - 3), 5 * std::sqrt(96 / total));
  EXPECT_LT(std::abs(pair / n), 5 / std::sqrt(static_cast<double>(n)));
  EXPECT_LT(std::abs(next / n), 5 / std::sqrt(static_cast<double>(n)));
}

// Kolmogorov–Smirnov against the normal distribution function; 2.6 has a false-alarm rate of 3e-6.
TEST(Random, NormalDistribution) {
  std::vector<double> z;
  for (int i = 0; i < 25000; ++i) {
    double four[4];
    random_normal4(1, RandomStream::velocities, static_cast<std::uint64_t>(i), 0, 0, four);
    z.insert(z.end(), four, four + 4);
  }
  std::sort(z.begin(), z.end());
  const auto n = static_cast<double>(z.size());
  double largest = 0;
  for (std::size_t i = 0; i < z.size(); ++i) {
    const double cdf = 0.5 * std::erfc(-z[i] / std::sqrt(2.0));
    largest = std::max({largest, std::abs(cdf - static_cast<double>(i) / n),
                        std::abs(cdf - static_cast<double>(i + 1) / n)});
  }
  EXPECT_LT(largest * std::sqrt(n), 2.6);
}

// Against the C library's long double functions, everywhere in the intervals and close to their ends and to quarter
// turns; errors are relative to the radius.
TEST(Random, BoxMullerIsAccurate) {
  RandomSequence sequence(3, RandomStream::user);
  const long double two_pi = 6.283185307179586476925286766559L;
  double worst = 0.0;
  for (int i = 0; i < 100000; ++i) {
    const double near_zero = std::pow(2.0, -(i % 50));
    double u = near_zero * sequence.uniform(), v = sequence.uniform();
    if (i % 3 == 1) u = 1.0 - u;
    if (i % 6 == 2) v = 0.25 * (std::floor(4.0 * v) + near_zero * v);
    if (i % 6 == 5) v = 0.25 * (std::floor(4.0 * v) + 1.0 - near_zero * v);
    if (u <= 0.0 || u >= 1.0 || v >= 1.0) continue;
    double first, second;
    box_muller(u, v, first, second);
    const long double radius = std::sqrt(-2.0L * std::log(static_cast<long double>(u)));
    worst = std::max({worst, std::abs(static_cast<double>(first / radius - std::cos(two_pi * v))),
                      std::abs(static_cast<double>(second / radius - std::sin(two_pi * v)))});
  }
  EXPECT_LT(worst, 6e-16);
}

// An id's numbers are the same to the last bit in whatever lane it is, beside whatever others.
TEST(Random, LanesDoNotMatter) {
  const std::uint64_t forwards[8] = {1, 2, 3, 4, 5, 6, 7, 8}, mixed[8] = {8, 70, 1, 1, 90, 4, 2, 1};
  double a[4][8], b[4][8];
  random_normals<8>(9, RandomStream::langevin, forwards, 1, 2, a);
  random_normals<8>(9, RandomStream::langevin, mixed, 1, 2, b);
  for (int k = 0; k < 4; ++k) {
    EXPECT_EQ(a[k][7], b[k][0]);
    EXPECT_EQ(a[k][0], b[k][2]);
    EXPECT_EQ(a[k][0], b[k][7]);
    EXPECT_EQ(a[k][3], b[k][5]);
  }
  double alone[4];
  random_normal4(9, RandomStream::langevin, 4, 1, 2, alone);
  for (int k = 0; k < 4; ++k) EXPECT_NEAR(alone[k], a[k][3], 1e-14);
}

TEST(Random, SequenceIsReproducibleAndUnbiased) {
  RandomSequence a(5, RandomStream::user), b(5, RandomStream::user), c(6, RandomStream::user);
  EXPECT_EQ(a.bits(), b.bits());
  EXPECT_NE(a.bits(), c.bits());
  std::vector<int> counts(7, 0);
  for (int i = 0; i < 70000; ++i) ++counts[a.below(7)];
  double chi2 = 0;
  for (const int n : counts) chi2 += std::pow(n - 10000.0, 2) / 10000.0;
  EXPECT_LT(chi2, 40.0);  // six degrees of freedom: false alarms below 1e-6
  EXPECT_EQ(a.below(1), 0u);
}

// Kernels may draw: the same numbers inside a parallel loop as on the host.
TEST(Random, KernelsDrawTheSameNumbers) {
  const int n = 1000;
  Kokkos::View<double* [4], Kokkos::DefaultExecutionSpace> device("test::normals", n);
  Kokkos::parallel_for(
      "test::normals", Kokkos::RangePolicy<Kokkos::DefaultExecutionSpace>(0, n),
      KOKKOS_LAMBDA(const int i) {
        double z[4];
        random_normal4(9, RandomStream::langevin, static_cast<std::uint64_t>(i), 1, 2, z);
        for (int k = 0; k < 4; ++k) device(i, k) = z[k];
      });
  const auto host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), device);
  for (int i = 0; i < n; ++i) {
    double z[4];
    random_normal4(9, RandomStream::langevin, static_cast<std::uint64_t>(i), 1, 2, z);
    for (int k = 0; k < 4; ++k) EXPECT_NEAR(host(i, k), z[k], 1e-14);
  }
}

}  // namespace
}  // namespace splicemd
