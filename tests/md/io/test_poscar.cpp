// POSCAR: scales, Direct and Cartesian, selective dynamics, velocities, errors.
#include <gtest/gtest.h>

#include "io_test_support.hpp"
#include "md/io/poscar.hpp"

namespace splicemd::md {
namespace {

using testing::contains;
using testing::input_error;

Configuration read_text(const std::string& text) { return read_poscar(TextFile("POSCAR", text)); }

const std::string kCell = "5 0 0\n0 6 0\n1 0 7\n";

TEST(Poscar, DirectWithScaleAndSelectiveDynamics) {
  const Configuration c =
      read_text("InP\n2.0\n" + kCell +
                "In P_pv\n1 2\nSelective dynamics\nDirect\n0 0 0 T T F\n0.5 0.5 0.5 F F F\n"
                "0.25 0 -0.25 T T T\n");
  ASSERT_EQ(c.atoms.size(), 3u);
  EXPECT_EQ(c.species[1].symbol, "P");
  EXPECT_EQ(c.atoms[2].type, 1);
  EXPECT_DOUBLE_EQ(c.box.h[2][2], 14.0);
  EXPECT_DOUBLE_EQ(c.atoms[1].x[0], 6.0);
  EXPECT_DOUBLE_EQ(c.atoms[2].x[2], -3.5);
  EXPECT_FALSE(c.has_velocities);
}

TEST(Poscar, NegativeScaleIsTheVolume) {
  const Configuration c = read_text("x\n-1680\n" + kCell + "W\n1\ncartesian\n1 0 0\n");
  EXPECT_NEAR(c.box.volume(), 1680.0, 1e-9);
  EXPECT_NEAR(c.atoms[0].x[0], 2.0, 1e-12);  // the factor 2 = (1680/210)^(1/3)
}

TEST(Poscar, VelocitiesAreConvertedToAngstromPerPicosecond) {
  const std::string text =
      "x\n1\n" + kCell + "W\n2\nDirect\n0 0 0\n0.5 0.5 0.5\n\n0.001 0 0\n0 -0.002 0\n";
  const Configuration c = read_text(text);
  ASSERT_TRUE(c.has_velocities);
  EXPECT_DOUBLE_EQ(c.atoms[0].v[0], 1.0);
  EXPECT_DOUBLE_EQ(c.atoms[1].v[1], -2.0);
  const Configuration rest = read_text("x\n1\n" + kCell + "W\n1\nDirect\n0 0 0\n\n 0.0 0.0 0.0\n");
  EXPECT_FALSE(rest.has_velocities);
}

TEST(Poscar, RefusesWhatIsWrongAndSaysWhere) {
  const auto error = [](const std::string& text) { return input_error([&] { read_text(text); }); };
  EXPECT_TRUE(contains(error("x\n1\n" + kCell + "2\nDirect\n0 0 0\n"), "VASP 4"));
  EXPECT_TRUE(contains(error("x\n0\n" + kCell), "must not be 0"));
  EXPECT_TRUE(contains(error("x\n1\n5 0 0\n0 6 0\n0 0 -7\nW\n1\nDirect\n0 0 0\n"), "right-handed"));
  EXPECT_TRUE(contains(error("x\n1\n" + kCell + "W\n2\nDirect\n0 0 0\n"), "truncated"));
  EXPECT_TRUE(contains(error("x\n1\n" + kCell + "W\n900000000000\nDirect\n0 0 0\n"), "do not fit"));
  EXPECT_TRUE(
      contains(error("x\n1\n" + kCell + "W Re\n1\nDirect\n0 0 0\n"), "2 elements are named but 1"));
  EXPECT_TRUE(contains(error("x\n1\n" + kCell + "W\n1\nReciprocal\n0 0 0\n"),
                       "POSCAR:8: expected Direct or Cartesian"));
  EXPECT_TRUE(contains(error("x\n1\n" + kCell + "W\n1\nDirect\n0 inf 0\n"), "finite"));
  EXPECT_TRUE(contains(error("x\n1\n" + kCell + "W\n1\nS\nDirect\n0 0 0 T F\n"), "three flags"));
}

}  // namespace
}  // namespace splicemd::md
