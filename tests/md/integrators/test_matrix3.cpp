// The matrix exponential against closed forms, and the chain's conservation law.
#include "md/integrators/matrix3.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "md/integrators/nose_hoover_chain.hpp"

namespace splicemd::md {
namespace {

void expect_equal(const Matrix3& a, const Matrix3& b, double tolerance) {
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k < 3; ++k) EXPECT_NEAR(a.m[i][k], b.m[i][k], tolerance) << i << k;
  }
}

TEST(Matrix3, ExponentialOfADiagonal) {
  const Exponential e = exponential({{{0.3, 0, 0}, {0, -2.0, 0}, {0, 0, 1e-9}}});
  EXPECT_NEAR(e.exp.m[0][0], std::exp(0.3), 3e-15);
  EXPECT_NEAR(e.exp.m[1][1], std::exp(-2.0), 3e-15);
  EXPECT_NEAR(e.phi.m[0][0], std::expm1(0.3) / 0.3, 3e-15);
  EXPECT_NEAR(e.phi.m[1][1], std::expm1(-2.0) / -2.0, 3e-15);
  EXPECT_NEAR(e.phi.m[2][2], 1.0 + 0.5e-9, 3e-15);
}

TEST(Matrix3, ExponentialOfARotation) {
  const double angle = 2.5;
  const Exponential e = exponential({{{0, angle, 0}, {-angle, 0, 0}, {0, 0, 0}}});
  const double c = std::cos(angle), s = std::sin(angle);
  expect_equal(e.exp, {{{c, s, 0}, {-s, c, 0}, {0, 0, 1}}}, 1e-14);
}

TEST(Matrix3, ExponentialOfAShearAndItsIntegral) {
  const Matrix3 shear{{{0, 0, 0}, {0.7, 0, 0}, {-0.2, 0.4, 0}}};
  const Exponential e = exponential(shear);
  // Nilpotent: the series ends after the square.
  const Matrix3 square = shear * shear;
  expect_equal(e.exp, Matrix3::identity() + shear + 0.5 * square, 3e-15);
  expect_equal(e.phi, Matrix3::identity() + 0.5 * shear + (1.0 / 6.0) * square, 3e-15);
}

TEST(Matrix3, ExponentialSatisfiesItsIdentities) {
  const Matrix3 a{{{0.4, -1.1, 0.3}, {0.9, 0.2, -0.5}, {-0.7, 0.6, -0.8}}};
  const Exponential e = exponential(a);
  expect_equal(e.exp * exponential(-1.0 * a).exp, Matrix3::identity(), 1e-14);
  expect_equal(Matrix3::identity() + a * e.phi, e.exp, 1e-14);
}

// The chain alone scales K and takes up what K loses: K + energy() is conserved, ∝ dt² or better.
TEST(NoseHooverChain, ConservesEnergyAndIsReversible) {
  const double degrees = 30.0, kt = 0.025;
  const auto error = [&](double dt) {
    NoseHooverChain chain(3, 0.1);
    chain.set_target(degrees, kt);
    double twice_kinetic = 2.0 * degrees * kt, worst = 0.0;
    const double start = 0.5 * twice_kinetic + chain.energy();
    for (int step = 0; step * dt < 1.0; ++step) {
      const double scale = chain.advance(twice_kinetic, dt);
      twice_kinetic *= scale * scale;
      worst = std::max(worst, std::abs(0.5 * twice_kinetic + chain.energy() - start));
    }
    return worst;
  };
  EXPECT_LT(error(0.01), 1e-3 * degrees * kt);
  EXPECT_GT(error(0.01) / error(0.005), 3.5);
  NoseHooverChain chain(3, 0.1);
  chain.set_target(degrees, kt);
  const double scale = chain.advance(2.0 * degrees * kt, 0.02);
  const double middle = 2.0 * degrees * kt * scale * scale;
  EXPECT_NEAR(scale * chain.advance(middle, -0.02), 1.0, 1e-14);
  EXPECT_LT(scale, 1.0);
}

}  // namespace
}  // namespace splicemd::md
