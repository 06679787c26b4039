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
  EXPECT_EQ(c.atoms[0].held, 4u);
  EXPECT_EQ(c.atoms[1].held, kHeldAlongAll);
  EXPECT_EQ(c.atoms[2].held, 0u);
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

std::string positions(std::size_t n) {
  std::string text = "Direct\n";
  for (std::size_t i = 0; i < n; ++i) text += "0 0 0." + std::to_string(i + 1) + "\n";
  return text;
}

TEST(Poscar, Vasp4TakesItsElementsFromTheDeckOrTheTitle) {
  const std::string text = "\n1\n" + kCell + "1 2 1\n" + positions(4);
  const Configuration given = read_poscar(TextFile("POSCAR", "Cu Ni Al" + text), {"O", "Si", "O"});
  ASSERT_EQ(given.species.size(), 3u);  // one for each count: the deck names them in this order
  EXPECT_EQ(given.species[1].symbol, "Si");
  EXPECT_EQ(given.species[2].symbol, "O");
  EXPECT_EQ(given.atoms[3].type, 2);
  const Configuration titled = read_text(" Cu_pv Ni  Al" + text);
  EXPECT_EQ(titled.species[0].symbol, "Cu");
  EXPECT_EQ(titled.species[2].symbol, "Al");
  EXPECT_GT(titled.species[2].mass, 26.0);
  EXPECT_EQ(read_text("# Cu1 Ni2 Al" + text).species[1].symbol, "Ni");
  for (const char* title : {"Cu Ni", "Cu1 Ni3 Al", "Cu Ni Al Fe", "Cu in Ni", "a b c", ""}) {
    EXPECT_TRUE(contains(input_error([&] { read_text(title + text); }),
                         "POSCAR:6: this is the VASP 4 format"))
        << title;
  }
  EXPECT_TRUE(
      contains(input_error([&] { read_poscar(TextFile("POSCAR", "Cu Ni Al" + text), {"O"}); }),
               "one for each of the 3 counts (found 1)"));
}

TEST(Poscar, TextMayFollowTheNumbers) {
  const Configuration c = read_text(
      "x\n2.0  ! scale\n5 0 0 ! a\n0 6 0 b\n1 0 7 # c\n In  P ! elements\n 1 1 ! counts\n "
      "selective\n"
      "   Cartesian of course\n 0 0 0 .FALSE. .F. f In1\n 1 2 3 .TRUE. true T P1\n");
  EXPECT_DOUBLE_EQ(c.box.h[2][2], 14.0);
  EXPECT_EQ(c.species[1].symbol, "P");
  EXPECT_DOUBLE_EQ(c.atoms[1].x[2], 6.0);
  EXPECT_EQ(c.atoms[0].held, kHeldAlongAll);
  EXPECT_EQ(c.atoms[1].held, 0u);
  EXPECT_EQ(read_text("Cu\n1\n" + kCell + "2 atoms\n" + positions(2)).atoms.size(), 2u);
}

TEST(Poscar, LeftHandedCellsExchangeTwoVectors) {
  const std::string rest = "W\n1\nDirect\n0.1 0.2 0.3\n";
  ::testing::internal::CaptureStderr();
  const Configuration left = read_text("x\n-1680\n0 6 0\n5 0 0\n1 0 7\n" + rest);
  EXPECT_TRUE(contains(::testing::internal::GetCapturedStderr(),
                       "POSCAR:3: the cell vectors are left-handed: a and b are exchanged"));
  const Configuration right = read_text("x\n-1680\n" + kCell + "W\n1\nDirect\n0.2 0.1 0.3\n");
  for (int k = 0; k < 3; ++k) {
    EXPECT_DOUBLE_EQ(left.atoms[0].x[k], right.atoms[0].x[k]);
    for (int i = 0; i < 3; ++i) EXPECT_DOUBLE_EQ(left.box.h[i][k], right.box.h[i][k]);
  }
}

TEST(Poscar, RefusesWhatIsWrongAndSaysWhere) {
  const auto error = [](const std::string& text) { return input_error([&] { read_text(text); }); };
  EXPECT_TRUE(contains(error("x\n1\n" + kCell + "2\nDirect\n0 0 0\n"), "VASP 4"));
  EXPECT_TRUE(contains(error("x\n0\n" + kCell), "must not be 0"));
  EXPECT_TRUE(
      contains(error("x\n1\n5 0 0\n0 6 0\n5 6 0\nW\n1\nDirect\n0 0 0\n"), "positive volume"));
  EXPECT_TRUE(contains(error("x\n1 2\n" + kCell), "one scale or three, found 2"));
  EXPECT_TRUE(contains(error("x\n1\n" + kCell + "W\n1.5\nDirect\n0 0 0\n"),
                       "POSCAR:7: expected a number of atoms"));
  EXPECT_TRUE(contains(error("x\n1\n" + kCell + "W\n! 1\nDirect\n0 0 0\n"),
                       "POSCAR:7: expected a number of atoms"));
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
