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

// The warnings that reading `text` writes.
std::string warnings_of(const std::string& text) {
  ::testing::internal::CaptureStderr();
  read_text(text);
  return ::testing::internal::GetCapturedStderr();
}

void expect_same_box(const Configuration& a, const Configuration& b) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(a.box.periodic[i], b.box.periodic[i]) << i;
    EXPECT_EQ(a.box.origin[i], b.box.origin[i]) << i;
    for (int k = 0; k < 3; ++k) EXPECT_EQ(a.box.h[i][k], b.box.h[i][k]) << i << k;
  }
}

TEST(ExtendedXyzComment, EverySpellingOfTheSameLineGivesTheSameBox) {
  const Configuration plain = read_text(
      "1\nLattice=\"4 0 0 0 5 0 1 0 6\" pbc=\"T F T\" Properties=species:S:1:pos:R:3\nCu 1 2 3\n");
  const std::vector<std::string> lines = {
      "Lattice = \"4 0 0 0 5 0 1 0 6\" pbc =\"T F T\" Properties= species:S:1:pos:R:3 energy = "
      "-1.5",
      "foo Lattice=[4, 0, 0, 0, 5, 0, 1, 0, 6] bar pbc=[T, F, T] Properties=species:S:1:pos:R:3",
      "Lattice=[[4, 0, 0], [0, 5, 0], [1, 0, 6]] pbc=[true,FALSE,True] name=\"it's\"",
      "Lattice='4,0,0,0,5,0,1,0,6' pbc={.TRUE. .F. 1} note=\"a \\\"quoted\\\" word\"",
      "Lattice={4 0 0 0 5 0 1 0 6}, pbc=\"t f t\", E = -1",
      "lattice=\"4 0 0 0 5 0 1 0 6\" PBC=\"T F T\" properties=species:S:1:pos:R:3",
      "LATTICE=\"4 0 0 0 5 0 1 0 6\" pbc=\"T F T\"",
      "Lattice=\"1 0 0 0 1 0 0 0 1\" Lattice=\"4 0 0 0 5 0 1 0 6\" pbc=\"T F T\"",
      "config_type= Lattice=\"4 0 0 0 5 0 1 0 6\" pbc=\"T F T\"",
      "info={\"a\": {\"b\": [1, 2]}} open={ 'tis Lattice=\"4 0 0 0 5 0 1 0 6\" pbc=\"T F T\" x=y=z "
      "=",
      "Lattice=\"4 0 0 0 5 0 1 0 6\"\tpbc=\"T F T\"\tkey=\t-1\r",
  };
  for (const std::string& line : lines) {
    SCOPED_TRACE(line);
    std::string text = "1\n";
    text += line + "\nCu 1 2 3\n";
    ::testing::internal::CaptureStderr();
    const Configuration c = read_text(text);
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
    expect_same_box(c, plain);
    EXPECT_EQ(c.species[0].symbol, "Cu");
  }
}

TEST(ExtendedXyzComment, PlainCommentsMaySayAnything) {
  for (const char* line :
       {" i =        0, time =        0.000, E =      -549.2", "= 5", "a = = b", "\"", "it's 5'",
        "E=", "x = {", "[", "\"\"=\"\" ", "cell", "a cubic cell", "\\", "=,=", "\"a b\" = 'c"}) {
    SCOPED_TRACE(line);
    std::string text = "1\n";
    text += std::string(line) + "\nCu 1 2 3\n";
    EXPECT_EQ(warnings_of(text), "");
    EXPECT_FALSE(read_text(text).box.periodic[0]);
  }
  // A line of quotes and brackets that are never closed takes no longer than another.
  std::string text = "1\n";
  for (int k = 0; k < 200000; ++k) text += "a={[\"";
  EXPECT_EQ(read_text(text + "\nCu 0 0 0\n").atoms.size(), 1u);
}

TEST(ExtendedXyzComment, ACellThatIsNotUnderstoodIsNamed) {
  const std::string atom = "\nCu 1 2 3\n";
  EXPECT_TRUE(contains(warnings_of("1\nno Lattice= here" + atom),
                       "test.xyz:2: the comment line has 'Lattice'"));
  EXPECT_TRUE(contains(warnings_of("1\n# CELL(abcABC): 9 9 9 90 90 90" + atom), "'CELL(abcABC):'"));
  EXPECT_TRUE(contains(warnings_of("1\nbox=\"4 4 4\" time=1" + atom), "'box'"));
  EXPECT_TRUE(contains(warnings_of("1\ncell=\"4 5 6\"" + atom), "'cell'"));
  const std::string cell = "1\ncell=\"4 0 0 0 5 0 1 0 6\" Properties=species:S:1:pos:R:3" + atom;
  EXPECT_TRUE(contains(warnings_of(cell), "`cell` is read as the cell vectors"));
  expect_same_box(read_text(cell), read_text("1\nLattice=\"4 0 0 0 5 0 1 0 6\"" + atom));
}

TEST(ExtendedXyz, LeftHandedCellsExchangeTwoVectors) {
  const std::string text =
      "2\nLattice=\"0 2 2 2 2 0 2 0 3\" pbc=\"F T T\" Properties=species:S:1:pos:R:3:image:I:3\n"
      "Cu 0 0 0 1 2 3\nNi 1 1 1 0 0 0\n";
  EXPECT_TRUE(contains(warnings_of(text),
                       "test.xyz:2: the cell vectors are left-handed: a and b are exchanged"));
  const Configuration c = read_text(text);
  const Configuration right = read_text(
      "2\nLattice=\"2 2 0 0 2 2 2 0 3\" pbc=\"T F T\" Properties=species:S:1:pos:R:3:image:I:3\n"
      "Cu 0 0 0 2 1 3\nNi 1 1 1 0 0 0\n");
  expect_same_box(c, right);
  for (int k = 0; k < 3; ++k) {
    EXPECT_EQ(c.atoms[0].image[k], right.atoms[0].image[k]);
    EXPECT_EQ(c.atoms[1].x[k], 1.0);
  }
}

TEST(ExtendedXyz, AxesWithoutAVectorAreOpenAroundTheAtoms) {
  const std::string atoms = "\nCu 0 0 1\nCu 1 1 5\n";
  const Configuration slab =
      read_text("2\nLattice=\"4 0 0 1 4 0 0 0 0\" Origin=\"1 1 1\" pbc=\"T T F\"" + atoms);
  EXPECT_TRUE(slab.box.periodic[0] && slab.box.periodic[1] && !slab.box.periodic[2]);
  EXPECT_DOUBLE_EQ(slab.box.h[2][2], 24.0);
  EXPECT_DOUBLE_EQ(slab.box.origin[2], -9.0);
  EXPECT_DOUBLE_EQ(slab.box.origin[0], 1.0);
  EXPECT_DOUBLE_EQ(slab.box.h[1][0], 1.0);
  EXPECT_TRUE(
      contains(warnings_of("2\nLattice=\"4 0 0 1 4 0 0 0 0\"" + atoms), "the vector of c is zero"));
  EXPECT_EQ(warnings_of("2\nLattice=\"4 0 0 1 4 0 0 0 0\" pbc=\"T T F\"" + atoms), "");
  const Configuration wire = read_text("2\nLattice=\"0 0 0 0 3 4 0 0 0\" pbc=\"F T F\"" + atoms);
  EXPECT_TRUE(wire.box.periodic[1] && !wire.box.periodic[2]);
  EXPECT_DOUBLE_EQ(wire.box.h[1][2], 4.0);
  for (const AtomRecord& atom : wire.atoms) {
    double s[3];
    wire.box.to_fractional(atom.x, s);
    for (const int k : {0, 2}) EXPECT_TRUE(s[k] > 0.3 && s[k] < 0.7) << s[k];
  }
  const Configuration cluster = read_text("2\nLattice=\"0 0 0 0 0 0 0 0 0\" pbc=\"F F F\"" + atoms);
  expect_same_box(cluster, read_text("2\n" + atoms));
  EXPECT_TRUE(contains(
      input_error([&] { read_text("2\nLattice=\"4 0 0 1 4 0 0 0 0\" pbc=\"T T T\"" + atoms); }),
      "pbc makes c periodic, but its vector is zero"));
  EXPECT_TRUE(contains(input_error([&] { read_text("2\npbc=\"T T T\"" + atoms); }), "no Lattice"));
}

TEST(ExtendedXyz, MassesThatDifferWithinASpeciesAreKept) {
  const Configuration c = read_text(
      "5\nLattice=\"9 0 0 0 9 0 0 0 9\" Properties=species:S:1:pos:R:3:masses:R:1:momenta:R:3\n"
      "Cu 0 0 0 60 1 0 0\nNi 1 0 0 61 1 0 0\nCu 2 0 0 62 1 0 0\nNi 3 0 0 63 1 0 0\nCu 4 0 0 60 1 0 "
      "0\n");
  ASSERT_EQ(c.species.size(), 4u);
  const double masses[] = {60, 61, 62, 63, 60};
  for (std::size_t i = 0; i < 5; ++i) {
    const Species& species = c.species[static_cast<std::size_t>(c.atoms[i].type)];
    EXPECT_EQ(species.mass, masses[i]);
    EXPECT_EQ(species.symbol, i % 2 == 0 ? "Cu" : "Ni");
    EXPECT_NEAR(c.atoms[i].v[0] * masses[i], c.atoms[0].v[0] * 60.0, 1e-9);
  }
  std::string many = "101\nProperties=species:S:1:pos:R:3:mass:R:1\n";
  for (int i = 1; i <= 101; ++i)
    many += "Cu 0 0 " + std::to_string(i) + " " + std::to_string(i) + "\n";
  EXPECT_TRUE(contains(input_error([&] { read_text(many); }), "more than 100 different masses"));
}

TEST(ExtendedXyz, SpeciesAndAtomicNumberMustAgree) {
  const std::string head =
      "2\nLattice=\"9 0 0 0 9 0 0 0 9\" Properties=species:S:1:pos:R:3:Z:I:1\n";
  EXPECT_TRUE(contains(input_error([&] { read_text(head + "Cu 0 0 0 29\nCu 1 1 1 28\n"); }),
                       "test.xyz:4: species is Cu but Z is 28, which is Ni"));
  const Configuration labels = read_text(head + "OW 0 0 0 8\nHW 1 1 1 1\n");
  EXPECT_EQ(labels.species[0].symbol, "O");
  EXPECT_EQ(labels.species[1].symbol, "H");
  EXPECT_TRUE(contains(warnings_of(head + "O1 0 0 0 8\nO 1 1 1 8\n"), "'O1' is no element"));
  const Configuration capitals = read_text(head + "CU 0 0 0 29\nsi 1 1 1 0\n");
  EXPECT_EQ(capitals.species[0].symbol, "Cu");
  EXPECT_EQ(capitals.species[1].symbol, "Si");
}

TEST(ExtendedXyz, MoveMaskHoldsAtoms) {
  const std::string cell =
      "3\nLattice=\"9 0 0 0 9 0 0 0 9\" Properties=species:S:1:pos:R:3:move_mask:";
  const Configuration all = read_text(cell + "L:1\nCu 0 0 0 F\nCu 1 1 1 T\nCu 2 2 2 0\n");
  EXPECT_EQ(all.atoms[0].held, kHeldAlongAll);
  EXPECT_EQ(all.atoms[1].held, 0u);
  EXPECT_EQ(all.atoms[2].held, kHeldAlongAll);
  const Configuration axes =
      read_text(cell + "L:3\nCu 0 0 0 F F F\nCu 1 1 1 T T F\nCu 2 2 2 T T T\n");
  EXPECT_EQ(axes.atoms[0].held, kHeldAlongAll);
  EXPECT_EQ(axes.atoms[1].held, 4u);
  EXPECT_EQ(axes.atoms[2].held, 0u);
  EXPECT_TRUE(contains(
      input_error([&] { read_text(cell + "L:1\nCu 0 0 0 maybe\nH 0 0 1 T\nH 0 0 2 T\n"); }),
      "move_mask"));
  EXPECT_TRUE(contains(
      input_error([&] { read_text(cell + "L:2\nCu 0 0 0 T T\nH 0 0 1 T T\nH 0 0 2 T T\n"); }),
      "'move_mask' has 2 columns"));
}

TEST(ExtendedXyz, ColumnsThatAreNotReadMayHaveOneName) {
  const Configuration c =
      read_text("1\nProperties=species:S:1:force:R:3:pos:R:3:force:R:3\nCu 9 9 9 1 2 3 8 8 8\n");
  EXPECT_EQ(c.atoms[0].x[2], 3.0);
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
  EXPECT_TRUE(contains(error("1\nLattice=\"4 0 0 0 5 0 4 5 0\"\nH 0 0 0\n"), "positive volume"));
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
