// The symmetry of multi-element coefficients: fitted ones have it, made-up ones do not, and symmetrised
// ones do again.
#include <gtest/gtest.h>

#include "snap/exchange_symmetry.hpp"

namespace splicemd::snap {
namespace {

const std::string kSource = SPLICEMD_SOURCE_DIR;

TEST(ExchangeSymmetry, FittedCoefficientsHaveIt) {
  const std::string stem = kSource + "/inputs/potentials/InP_JCPA2020";
  EXPECT_LT(
      exchange_asymmetry(read_parameters(stem + ".snapcoeff", stem + ".snapparam", {"In", "P"})),
      1e-8);
}

TEST(ExchangeSymmetry, MadeUpCoefficientsLackIt) {
  const std::string stem = kSource + "/tests/reference/potentials/synthetic_chem_quadratic";
  EXPECT_GT(
      exchange_asymmetry(read_parameters(stem + ".snapcoeff", stem + ".snapparam", {"X", "Y"})),
      0.1);
}

TEST(ExchangeSymmetry, OneDensityIsAlwaysSymmetric) {
  const std::string stem = kSource + "/inputs/potentials/W_2940_2017_2";
  EXPECT_EQ(exchange_asymmetry(read_parameters(stem + ".snapcoeff", stem + ".snapparam", {"W"})),
            0.0);
}

TEST(ExchangeSymmetry, EqualCoefficientsOfOneJAreSymmetricAndAChangeIsSeen) {
  Parameters parameters;
  parameters.twojmax =
      0;  // one component per triple of elements: all eight are permutations of three
  parameters.chemflag = true;
  parameters.elements.resize(2);
  for (Element& element : parameters.elements) element.beta = {0.5, 1, 2, 2, 3, 2, 3, 3, 4};
  EXPECT_EQ(exchange_asymmetry(parameters), 0.0);
  parameters.elements[1].beta[2] = 2.5;
  EXPECT_NEAR(exchange_asymmetry(parameters), 0.5 / 4, 1e-15);
}

}  // namespace
}  // namespace splicemd::snap
