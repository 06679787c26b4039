// A deck's `system:` map, read and built, with its errors.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "md/build/system.hpp"

namespace splicemd::md {
namespace {

Configuration system_of(const std::string& yaml) {
  const ConfigNode deck = ConfigNode::parse("deck.yaml", yaml);
  Configuration c = system_from_deck(deck);
  deck.reject_unread();
  return c;
}

std::string error_of(const std::string& yaml) {
  try {
    system_of(yaml);
  } catch (const InputError& error) {
    return error.what();
  }
  ADD_FAILURE() << "accepted: " << yaml;
  return {};
}

::testing::AssertionResult says(const std::string& yaml, const std::string& part) {
  const std::string message = error_of(yaml);
  if (message.find(part) != std::string::npos) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "'" << message << "' does not contain '" << part << "'";
}

TEST(System, BuildsABulkCrystal) {
  const Configuration c =
      system_of("build: {lattice: bcc, a: 3.1803, elements: [W], repeats: [3, 4, 5]}\n");
  EXPECT_EQ(c.atoms.size(), 120u);
  EXPECT_DOUBLE_EQ(c.box.h[2][2], 5 * 3.1803);
  EXPECT_DOUBLE_EQ(c.species[0].mass, 183.84);
  EXPECT_TRUE(c.box.periodic[0] && c.box.periodic[1] && c.box.periodic[2]);
}

TEST(System, BuildsASlabWithAdatomAndVacancy) {
  const Configuration c = system_of(
      "build:\n"
      "  lattice: fcc\n"
      "  a: 0.409 nm\n"
      "  elements: Ag\n"
      "  orient: [[1, 1, 0], [-1, 1, 0], [0, 0, 1]]\n"
      "  repeats: [4, 4, 3]\n"
      "  slab: {axis: z, vacuum: 20}\n"
      "  vacancies: {at: [0, 0, 0]}\n"
      "  adatoms:\n"
      "    - {element: Ag, above: [0.1, 0.2], height: 2.0}\n"
      "    - {element: Cu, at: [5, 5, 16]}\n"
      "masses: {Ag: 108}\n"
      "boundary: [p, p, open]\n");
  EXPECT_EQ(c.atoms.size(), 4u * 4u * 3u * 2u - 1u + 2u);
  EXPECT_DOUBLE_EQ(c.species[0].mass, 108.0);
  EXPECT_EQ(c.species[1].symbol, "Cu");
  EXPECT_FALSE(c.box.periodic[2]);
  EXPECT_NEAR(c.box.h[0][0], 4 * 4.09 / std::sqrt(2.0), 1e-12);
}

TEST(System, BuildsRandomAlloysAndClusters) {
  const Configuration alloy = system_of(
      "build:\n  lattice: fcc\n  a: 3.6\n  elements: [Cu]\n  repeats: [4, 4, 4]\n"
      "  fractions: {elements: {Cu: 0.5, Ni: 0.5}, seed: 7}\n  displace: {amplitude: 0.05, seed: "
      "8}\n");
  EXPECT_EQ(alloy.species.size(), 2u);
  const Configuration cluster = system_of(
      "build: {lattice: fcc, a: 3.92, elements: [Pt], repeats: [6, 6, 6], sphere: {radius: 8 Å, "
      "vacuum: 12}}\n");
  EXPECT_FALSE(cluster.box.periodic[1]);
  EXPECT_GT(cluster.atoms.size(), 100u);
}

TEST(System, ReadsFilesBesideTheDeck) {
  const std::filesystem::path folder = std::filesystem::path(SPLICEMD_TEST_TMP) / "system";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "s.data")
      << "t\n\n1 atoms\n1 atom types\n0 4 xlo xhi\n0 4 ylo yhi\n0 4 zlo zhi\n\n"
         "Atoms # atomic\n\n1 1 1 2 3\n";
  std::ofstream(folder / "deck.yaml")
      << "read: {file: s.data, elements: [Ta]}\nreplicate: [2, 1, 1]\nboundary: open\n";
  const ConfigNode deck = ConfigNode::load((folder / "deck.yaml").string());
  const Configuration c = system_from_deck(deck);
  deck.reject_unread();
  EXPECT_EQ(c.atoms.size(), 2u);
  EXPECT_EQ(c.species[0].symbol, "Ta");
  EXPECT_GT(c.species[0].mass, 180.0);
  EXPECT_FALSE(c.box.periodic[0]);
  std::ofstream(folder / "unnamed.yaml") << "read: s.data\n";
  const ConfigNode unnamed = ConfigNode::load((folder / "unnamed.yaml").string());
  EXPECT_THROW(system_from_deck(unnamed), InputError);
}

// The system of `deck`, read beside a file of the given name and content, and the warnings of its reading.
Configuration read_beside(const std::string& name, const std::string& content,
                          const std::string& deck, std::string& warnings) {
  const std::filesystem::path folder = std::filesystem::path(SPLICEMD_TEST_TMP) / "system";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / name) << content;
  std::ofstream(folder / "beside.yaml") << deck;
  ::testing::internal::CaptureStderr();
  const ConfigNode node = ConfigNode::load((folder / "beside.yaml").string());
  Configuration c = system_from_deck(node);
  node.reject_unread();
  warnings = ::testing::internal::GetCapturedStderr();
  return c;
}

TEST(System, Vasp4TakesTheDecksElements) {
  std::string warnings;
  const Configuration c =
      read_beside("POSCAR", "c\n1\n4 0 0\n0 4 0\n0 0 4\n1 1\nDirect\n0 0 0\n.5 .5 .5\n",
                  "read: {file: POSCAR, elements: [Cu, Ni]}\n", warnings);
  EXPECT_EQ(c.species[0].symbol, "Cu");
  EXPECT_EQ(c.species[1].symbol, "Ni");
  EXPECT_EQ(warnings, "");
}

TEST(System, NamesThatBeginWithDataAreLammpss) {
  std::string warnings;
  const Configuration c =
      read_beside("data.Cu",
                  "c\n1 atoms\n1 atom types\n0 4 xlo xhi\n0 4 ylo yhi\n0 4 zlo "
                  "zhi\nMasses\n\n1 63.546 # Cu\n\nAtoms # atomic\n\n1 1 0 0 0\n",
                  "read: data.Cu\n", warnings);
  EXPECT_EQ(c.species[0].symbol, "Cu");
}

TEST(System, MassesThatNoIsotopeHasAreNamed) {
  const std::string file =
      "2\nProperties=species:S:1:pos:R:3:masses:R:1\nCu 0 0 0 1.0\nH 0 0 2 2.014\n";
  std::string warnings;
  read_beside("m.xyz", file, "read: m.xyz\n", warnings);
  EXPECT_NE(warnings.find("gives Cu a mass of 1 g/mol"), std::string::npos) << warnings;
  EXPECT_EQ(warnings.find("gives H"), std::string::npos) << warnings;
  const Configuration c = read_beside("m.xyz", file, "read: m.xyz\nmasses: {Cu: 63}\n", warnings);
  EXPECT_EQ(c.species[0].mass, 63.0);
  EXPECT_EQ(warnings, "");
}

TEST(System, AtomsHeldByTheFileStayHeldInReplicas) {
  std::string warnings;
  const Configuration c = read_beside(
      "POSCAR",
      "c\n1\n4 0 0\n0 4 0\n0 0 4\nCu\n2\nSelective\nDirect\n0 0 0 F F F\n.5 .5 .5 T T T\n",
      "read: POSCAR\nreplicate: [2, 1, 1]\n", warnings);
  int held = 0;
  for (const AtomRecord& atom : c.atoms) held += atom.held == kHeldAlongAll ? 1 : 0;
  EXPECT_EQ(held, 2);
}

TEST(System, ErrorsNameTheKey) {
  const std::string cell = "lattice: bcc, a: 3, elements: [W], repeats: [2, 2, 2]";
  EXPECT_TRUE(says("{}\n", "exactly one of read and build"));
  EXPECT_TRUE(says("build: {lattice: bbc, a: 3, elements: [W], repeats: [1,1,1]}\n", "bcc"));
  EXPECT_TRUE(says("build: {lattice: bcc, a: 3 ps, elements: [W], repeats: [1,1,1]}\n", "build.a"));
  EXPECT_TRUE(
      says("build: {lattice: bcc, a: 3, elements: [W], repeats: [1,1]}\n", "three integers"));
  EXPECT_TRUE(says("build: {lattice: bcc, elements: [W], repeats: [1,1,1]}\n", "'a'"));
  EXPECT_TRUE(says("build: {" + cell + ", vacancy: {count: 1}}\n", "vacancies"));
  EXPECT_TRUE(says("build: {" + cell + ", vacancies: {count: 99}}\n", "too many"));
  EXPECT_TRUE(says("build: {" + cell + ", vacancies: {count: 1, ids: [3]}}\n",
                   "exactly one of count, ids and at"));
  EXPECT_TRUE(says("build: {" + cell + ", sphere: {radius: 50}}\n", "does not fit the box"));
  EXPECT_TRUE(says("build: {" + cell + ", sphere: {radius: 2}, slab: {vacuum: 3}}\n",
                   "cannot be combined"));
  EXPECT_TRUE(says("build: {" + cell + ", adatoms: [{element: W, at: [0, 0, 0.1]}]}\n",
                   "would be 0.100 Å from atom 1"));
  EXPECT_TRUE(
      says("build: {" + cell + ", fractions: {elements: {W: 0.3, Ta: 0.3}}}\n", "sum to 1"));
  EXPECT_TRUE(says("build: {" + cell + "}\nboundary: [p, p]\n", "one word or three"));
  EXPECT_TRUE(says("build: {" + cell + "}\nmasses: {Wo: 3}\n", "no atom is of the element 'Wo'"));
  EXPECT_TRUE(says("build: {lattice: bcc, a: 3, elements: [Xx], repeats: [1,1,1]}\n", "masses"));
  EXPECT_TRUE(says("read: no_such.data\n", "no_such.data"));
  EXPECT_TRUE(says("read: thing.bin\n", "format"));
}

}  // namespace
}  // namespace splicemd::md
