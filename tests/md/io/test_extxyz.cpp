// Extended XYZ: columns in any order, quoting, frames, velocity conventions, errors.
#include <gtest/gtest.h>

#include <cmath>

#include "base/units.hpp"
#include "io_test_support.hpp"
#include "md/io/extxyz.hpp"

namespace splicemd::md {
namespace {

using testing::contains;
using testing::input_error;

Configuration read_text(const std::string& text, std::int64_t frame = -1) {
  return read_extxyz(TextFile("test.xyz", text), frame);
}

TEST(ExtendedXyz, ReadsColumnsInAnyOrder) {
  const Configuration c = read_text(
      "2\n"
      "Properties=id:I:1:velo:R:3:extra:R:2:pos:R:3:species:S:1 pbc='T F T' Lattice=\"4 0 0 0 5 0 "
      "1 0 6\" done\n"
      "5 1 2 3 0 0 0.5 1.5 2.5 Ni\n"
      "2 4 5 6 0 0 0.1 0.2 0.3 Al\n");
  ASSERT_EQ(c.atoms.size(), 2u);
  EXPECT_EQ(c.atoms[0].id, 5);
  EXPECT_EQ(c.species[0].symbol, "Ni");
  EXPECT_NEAR(c.species[1].mass, 26.98, 0.01);
  EXPECT_DOUBLE_EQ(c.atoms[1].v[2], 6.0);
  EXPECT_DOUBLE_EQ(c.atoms[0].x[1], 1.5);
  EXPECT_DOUBLE_EQ(c.box.h[2][0], 1.0);
  EXPECT_FALSE(c.box.periodic[1]);
  EXPECT_TRUE(c.has_velocities);
}

TEST(ExtendedXyz, MomentaAreInAseUnits) {
  const Configuration c = read_text(
      "1\nLattice=\"9 0 0 0 9 0 0 0 9\" Properties=Z:I:1:pos:R:3:momenta:R:3:masses:R:1\n29 0 0 0 "
      "2 0 -1 60\n");
  // p²/2m is then in eV: it must equal ½ m v² converted by the constant of metal units.
  const double v2 = std::pow(c.atoms[0].v[0], 2) + std::pow(c.atoms[0].v[2], 2);
  EXPECT_NEAR(0.5 * 60.0 * v2 * units::kMv2ToEv, 5.0 / 120.0, 1e-15);
  EXPECT_EQ(c.species[0].symbol, "Cu");
  EXPECT_DOUBLE_EQ(c.species[0].mass, 60.0);
}

TEST(ExtendedXyz, PicksFramesFromBothEnds) {
  const std::string text =
      "1\nLattice=\"1 0 0 0 1 0 0 0 1\"\nH 0 0 0\n2\nLattice=\"2 0 0 0 2 0 0 0 2\"\nH 0 0 0\nH 1 1 "
      "1\n\n";
  EXPECT_EQ(read_text(text, 0).atoms.size(), 1u);
  EXPECT_EQ(read_text(text, -1).atoms.size(), 2u);
  EXPECT_EQ(read_text(text, -2).atoms.size(), 1u);
  EXPECT_TRUE(contains(input_error([&] { read_text(text, 2); }),
                       "there is no frame 2: the file has 2 frames"));
}

TEST(ExtendedXyz, ClusterWithoutLatticeGetsAnOpenBox) {
  const Configuration c = read_text("2\nplain xyz comment\nAu 0 0 0\nAu 3 0 0\n");
  EXPECT_FALSE(c.box.periodic[0] || c.box.periodic[1] || c.box.periodic[2]);
  EXPECT_DOUBLE_EQ(c.box.h[0][0], 23.0);
  EXPECT_DOUBLE_EQ(c.box.h[1][1], 20.0);
}

TEST(ExtendedXyz, RefusesWhatIsWrongAndSaysWhere) {
  const std::string cell = "Lattice=\"4 0 0 0 5 0 1 0 6\" ";
  const auto error = [](const std::string& text) { return input_error([&] { read_text(text); }); };
  EXPECT_TRUE(contains(error(""), "no frame"));
  EXPECT_TRUE(contains(error("3\n" + cell + "\nH 0 0 0\n"),
                       "test.xyz:1: 3 atoms are announced but 1 lines follow"));
  EXPECT_TRUE(contains(error("99999999999999\n" + cell + "\nH 0 0 0\n"), "announced"));
  EXPECT_TRUE(contains(error("1\n" + cell + "\nH 0 nan 0\n"), "test.xyz:3: expected a coordinate"));
  EXPECT_TRUE(contains(error("1\n" + cell + "\nH 0 0\n"), "expected 4 columns"));
  EXPECT_TRUE(contains(error("1\nLattice=\"4 0 0\nH 0 0 0\n"), "never closed"));
  EXPECT_TRUE(contains(error("1\nLattice=\"4 0 0\"\nH 0 0 0\n"), "3 numbers, expected 9"));
  EXPECT_TRUE(contains(error("1\nLattice=\"4 0 0 0 5 0 0 0 -6\"\nH 0 0 0\n"), "right-handed"));
  EXPECT_TRUE(contains(error("1\n" + cell + "Properties=pos:R:3\n0 0 0\n"), "neither species"));
  EXPECT_TRUE(
      contains(error("1\n" + cell + "Properties=species:S:1:pos:R:2\nH 0 0\n"), "expected 3"));
  EXPECT_TRUE(contains(error("1\n" + cell + "Properties=species:S:1:pos:R:99999999\nH 0 0\n"),
                       "99999999 columns"));
  EXPECT_TRUE(
      contains(error("1\n" + cell + "Properties=Z:I:1:pos:R:3\n300 0 0 0\n"), "atomic number 300"));
  EXPECT_TRUE(contains(
      error("2\n" + cell + "Properties=species:S:1:pos:R:3:id:I:1\nH 0 0 0 4\nH 1 1 1 4\n"),
      "given twice"));
  EXPECT_TRUE(contains(error("1\n" + cell + "pbc=\"T T\"\nH 0 0 0\n"), "2 flags"));
}

}  // namespace
}  // namespace splicemd::md
