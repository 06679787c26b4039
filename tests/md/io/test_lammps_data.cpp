// LAMMPS data files: reading, exact round trips, rotation of general boxes, and every kind of error.
#include <gtest/gtest.h>

#include <cmath>

#include "io_test_support.hpp"
#include "md/io/lammps_data.hpp"
#include "md/io/orientation.hpp"

namespace splicemd::md {
namespace {

using testing::contains;
using testing::input_error;
using testing::scratch;

const char* const kSmall = R"(title line with 99 atoms in it

3 atoms
2 atom types

0.0 4.0 xlo xhi
-1.0 5.0 ylo yhi
0.5 3.5 zlo zhi
1.0 -0.5 0.25 xy xz yz

Masses

2 9.012 # Be
1 183.84  # W

Atoms # atomic

7 2 0.5 0.25 1.5 1 -2 0
1 1 -3.0 1e0 0.5 0 0 0
3 1 1.0 2.0 +3.0D0 0 0 0

Velocities

1 0.1 0.2 0.3
3 -1 -2 -3
7 7 8 9
)";

Configuration read_text(const std::string& text) {
  return read_lammps_data(TextFile("test.data", text), {true, true, false});
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

TEST(LammpsData, ReadsAtomsInAnyOrderWithImagesVelocitiesAndTilt) {
  const Configuration c = read_text(kSmall);
  ASSERT_EQ(c.atoms.size(), 3u);
  ASSERT_EQ(c.species.size(), 2u);
  EXPECT_EQ(c.species[0].symbol, "W");
  EXPECT_EQ(c.species[1].symbol, "Be");
  EXPECT_DOUBLE_EQ(c.species[1].mass, 9.012);
  EXPECT_EQ(c.atoms[0].id, 7);
  EXPECT_EQ(c.atoms[0].type, 1);
  EXPECT_EQ(c.atoms[0].image[1], -2);
  EXPECT_DOUBLE_EQ(c.atoms[0].v[2], 9.0);
  EXPECT_DOUBLE_EQ(c.atoms[2].x[2], 3.0);
  EXPECT_TRUE(c.has_velocities);
  EXPECT_DOUBLE_EQ(c.box.h[1][0], 1.0);
  EXPECT_DOUBLE_EQ(c.box.h[2][0], -0.5);
  EXPECT_DOUBLE_EQ(c.box.h[2][1], 0.25);
  EXPECT_DOUBLE_EQ(c.box.volume(), 4.0 * 6.0 * 3.0);
  EXPECT_TRUE(c.box.periodic[1]);
  EXPECT_FALSE(c.box.periodic[2]);
}

TEST(LammpsData, ReadsChargesLabelsAndGeneralBoxVectors) {
  const Configuration c = read_text(R"(t
2 atoms
2 atom types
0 bonds
4 0 0 avec
0 0 5 bvec
0 -6 0 cvec
1 2 3 abc origin

Atom Type Labels

1 Ni
2 Cu

Masses

1 58.69
Cu 63.546

Atoms # charge

1 Cu 0.5 1 2 3
2 1 -0.5 1.5 2.5 3.5
)");
  EXPECT_EQ(c.species[1].symbol, "Cu");
  EXPECT_EQ(c.atoms[0].type, 1);
  EXPECT_DOUBLE_EQ(c.atoms[1].x[1], 2.5);
  EXPECT_DOUBLE_EQ(c.box.h[2][1], -6.0);
  EXPECT_DOUBLE_EQ(c.box.origin[2], 3.0);
}

TEST(LammpsData, NamesSpeciesByMassWhereThereIsNoComment) {
  const Configuration c = read_text(replaced(kSmall, "1 183.84  # W", "1 183.84"));
  EXPECT_EQ(c.species[0].symbol, "W");
}

TEST(LammpsData, RoundTripIsExact) {
  const Configuration c = read_text(kSmall);
  const std::string path = scratch("round.data");
  write_lammps_data(path, c);
  const Configuration d = read_lammps_data(path, {true, true, false});
  ASSERT_EQ(d.atoms.size(), c.atoms.size());
  for (std::size_t i = 0; i < c.atoms.size(); ++i) {
    EXPECT_EQ(d.atoms[i].id, c.atoms[i].id);
    EXPECT_EQ(d.atoms[i].type, c.atoms[i].type);
    for (int k = 0; k < 3; ++k) {
      EXPECT_EQ(d.atoms[i].x[k], c.atoms[i].x[k]);
      EXPECT_EQ(d.atoms[i].v[k], c.atoms[i].v[k]);
      EXPECT_EQ(d.atoms[i].image[k], c.atoms[i].image[k]);
    }
  }
  EXPECT_EQ(d.species[0].symbol, "W");
  EXPECT_EQ(d.box.h[2][0], c.box.h[2][0]);
}

TEST(LammpsData, ReadsAllReferenceCases) {
  int cases = 0;
  const std::string folder = std::string(SPLICEMD_SOURCE_DIR) + "/tests/reference/cases";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const Configuration c = read_lammps_data((entry.path() / "system.data").string());
    EXPECT_GT(c.atoms.size(), 0u);
    for (const Species& s : c.species) EXPECT_GT(s.mass, 0.0);
    ++cases;
  }
  EXPECT_GE(cases, 25);
}

// Distances between images are what a rotation must keep.
TEST(LammpsData, GeneralBoxIsRotatedOnExport) {
  Configuration c = read_text(kSmall);
  c.box = Box::from_vectors({{{1.0, 3.5, 0.2}, {-4.0, 1.0, 1.0}, {0.3, -0.8, 5.0}}}, {1, -2, 3},
                            {true, true, true});
  ASSERT_FALSE(c.box.is_restricted());
  const std::string path = scratch("rotated.data");
  write_lammps_data(path, c);
  const Configuration d = read_lammps_data(path);
  EXPECT_TRUE(d.box.is_restricted());
  EXPECT_NEAR(d.box.volume(), c.box.volume(), 1e-12 * c.box.volume());
  for (std::size_t i = 0; i < c.atoms.size(); ++i) {
    double s[3], t[3], speed = 0, speed_d = 0;
    c.box.to_fractional(c.atoms[i].x, s);
    d.box.to_fractional(d.atoms[i].x, t);
    for (int k = 0; k < 3; ++k) {
      EXPECT_NEAR(s[k], t[k], 1e-13);
      speed += c.atoms[i].v[k] * c.atoms[i].v[k];
      speed_d += d.atoms[i].v[k] * d.atoms[i].v[k];
    }
    EXPECT_NEAR(speed, speed_d, 1e-12 * speed);
    double dot = 0, dot_d = 0;  // v·a is invariant
    for (int k = 0; k < 3; ++k) {
      dot += c.atoms[i].v[k] * c.box.h[0][k];
      dot_d += d.atoms[i].v[k] * d.box.h[0][k];
    }
    EXPECT_NEAR(dot, dot_d, 1e-12 * std::abs(dot));
  }
}

TEST(LammpsData, RefusesWhatIsWrongAndSaysWhere) {
  const auto error = [](const std::string& what, const std::string& with) {
    return input_error([&] { read_text(replaced(kSmall, what, with)); });
  };
  EXPECT_TRUE(contains(error("3 1 1.0", "7 1 1.0"), "test.data:20: atom id 7 is given twice"));
  EXPECT_TRUE(contains(error("3 1 1.0", "3 5 1.0"), "atom type 5 is outside 1…2"));
  EXPECT_TRUE(contains(error("3 1 1.0", "0 1 1.0"), "atom ids start at 1"));
  EXPECT_TRUE(contains(error("1.0 2.0 +3.0D0", "nan 2.0 3.0"), "a finite number"));
  EXPECT_TRUE(contains(error("1.0 2.0 +3.0D0", "1.0 2.0"), "columns"));
  EXPECT_TRUE(contains(error("3 atoms", "4000000000000 atoms"), "4000000000000 atoms"));
  EXPECT_TRUE(contains(error("3 atoms", "-3 atoms"), "negative"));
  EXPECT_TRUE(
      contains(error("3 atoms", "4 atoms"), "'Atoms' has 3 of 4 lines before 'Velocities'"));
  EXPECT_TRUE(contains(error("2 atom types", "2000000 atom types"), "expected 1 to 10000"));
  EXPECT_TRUE(contains(error("0.0 4.0 xlo xhi", "4.0 0.0 xlo xhi"), "not above"));
  EXPECT_TRUE(contains(error("-1.0 5.0 ylo yhi\n", ""), "no 'ylo yhi' line"));
  EXPECT_TRUE(contains(error("1.0 -0.5 0.25 xy xz yz", "1.0 -0.5 xy xz yz"), "three numbers"));
  EXPECT_TRUE(contains(error("1.0 -0.5 0.25 xy xz yz", "1.0 inf 0.25 xy xz yz"), "a tilt factor"));
  EXPECT_TRUE(contains(error("Velocities", "Velocites"), "did you mean 'Velocities'?"));
  EXPECT_TRUE(
      contains(error("Atoms # atomic", "Atoms # full"), "atom style 'full' is not supported"));
  EXPECT_TRUE(contains(error("1 0.1 0.2 0.3", "2 0.1 0.2 0.3"), "there is no atom with id 2"));
  EXPECT_TRUE(contains(error("1 0.1 0.2 0.3", "7 0.1 0.2 0.3"), "is given twice"));
  EXPECT_TRUE(contains(error("1 183.84", "1 -183.84"), "must be positive"));
  EXPECT_TRUE(contains(error("3 atoms", "3 atoms\n2 bonds"), "not supported"));
  EXPECT_TRUE(contains(input_error([] { read_text("title\n\n1 atoms\n"); }), "atom types"));
  EXPECT_TRUE(
      contains(input_error([] { read_lammps_data(scratch("none.data")); }), "no such file"));
  const std::string text = kSmall;
  EXPECT_TRUE(contains(input_error([&] { read_text(text.substr(0, text.find("Atoms #"))); }),
                       "no 'Atoms' section"));
}

TEST(LammpsData, LeftHandedGeneralBoxesExchangeTwoVectors) {
  const auto text = [](const std::string& vectors, const std::string& images) {
    return "t\n1 atoms\n1 atom types\n" + vectors +
           "0 0 1 abc origin\n\nMasses\n\n1 63.546\n\nAtoms # atomic\n\n" + "1 1 1 2 3 " + images +
           "\n";
  };
  ::testing::internal::CaptureStderr();
  const Configuration left = read_lammps_data(
      TextFile("left", text("0 5 0 avec\n4 0 0 bvec\n1 0 6 cvec\n", "1 2 3")), {true, false, true});
  EXPECT_TRUE(testing::contains(::testing::internal::GetCapturedStderr(),
                                "left:6: the cell vectors are left-handed: a and b are exchanged"));
  const Configuration right =
      read_lammps_data(TextFile("right", text("4 0 0 avec\n0 5 0 bvec\n1 0 6 cvec\n", "2 1 3")),
                       {false, true, true});
  for (int k = 0; k < 3; ++k) {
    EXPECT_EQ(left.box.periodic[k], right.box.periodic[k]);
    EXPECT_EQ(left.atoms[0].image[k], right.atoms[0].image[k]);
    EXPECT_EQ(left.atoms[0].x[k], right.atoms[0].x[k]);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(left.box.h[i][k], right.box.h[i][k]);
  }
}

TEST(LammpsData, MassesOfOneNameNoElement) {
  const auto read = [](const std::string& mass) {
    return read_lammps_data(
        TextFile("m",
                 "t\n1 atoms\n1 atom types\n0 4 xlo xhi\n0 4 ylo yhi\n0 4 zlo zhi\n\nMasses\n\n1 " +
                     mass + "\n\nAtoms\n\n1 1 1 2 3\n"),
        {true, true, true});
  };
  EXPECT_EQ(read("1.0").species[0].symbol, "");
  EXPECT_EQ(read("1.0 # H").species[0].symbol, "H");
  EXPECT_EQ(read("1.00794").species[0].symbol, "H");
}

}  // namespace
}  // namespace splicemd::md
