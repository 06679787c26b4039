// A corpus mutator for the structure-file readers: whatever the bytes, the answer is a Configuration with
// finite numbers or an InputError.
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "io_test_support.hpp"
#include "md/io/extxyz.hpp"
#include "md/io/lammps_data.hpp"
#include "md/io/poscar.hpp"

namespace splicemd::md {
namespace {

const std::vector<std::string> kTokens = {"nan",
                                          "inf",
                                          "-1",
                                          "0",
                                          "99999999999999999999",
                                          "9223372036854775807",
                                          "1e999",
                                          "1e-999",
                                          "-1e308",
                                          "\n",
                                          "\r\n",
                                          "\t",
                                          "#",
                                          "\"",
                                          "'",
                                          "{",
                                          "=",
                                          ":",
                                          "atoms",
                                          "Atoms",
                                          "Masses",
                                          "Velocities",
                                          "xlo xhi",
                                          "xy xz yz",
                                          "avec",
                                          "Lattice=",
                                          "Properties=",
                                          "pbc",
                                          "Direct",
                                          "Selective",
                                          "[",
                                          "]]",
                                          ",",
                                          " = ",
                                          "\\",
                                          "lattice",
                                          "cell=",
                                          "Z:I:1",
                                          "move_mask:L:3",
                                          "masses:R:1",
                                          ".TRUE.",
                                          "Selective dynamics\n",
                                          "! text",
                                          std::string(1, '\0'),
                                          "\xff\xfe",
                                          std::string(5000, 'A'),
                                          std::string(300, ' ')};

std::string mutate(const std::string& seed_text, const std::vector<std::string>& corpus,
                   std::mt19937_64& random) {
  std::string text = seed_text;
  const auto pick = [&](std::size_t n) {
    return static_cast<std::size_t>(random() % (n == 0 ? 1 : n));
  };
  const std::size_t edits = 1 + pick(6);
  for (std::size_t e = 0; e < edits; ++e) {
    const std::size_t at = pick(text.size() + 1);
    const std::size_t length = std::min(pick(1 + pick(40)), text.size() - at);
    switch (pick(7)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, kTokens[pick(kTokens.size())]);
        break;
      case 2:
        if (at < text.size()) text[at] = static_cast<char>(random() & 0xff);
        break;
      case 3:
        text.resize(at);
        break;
      case 4:
        text.replace(at, length, kTokens[pick(kTokens.size())]);
        break;
      case 5:
        text.insert(at, text.substr(pick(text.size() + 1), length + 20));
        break;
      default: {
        const std::string& other = corpus[pick(corpus.size())];
        text = text.substr(0, at) + other.substr(pick(other.size() + 1));
      }
    }
  }
  return text;
}

void expect_sound(const Configuration& c) {
  for (const AtomRecord& atom : c.atoms) {
    ASSERT_GE(atom.type, 0);
    ASSERT_LT(static_cast<std::size_t>(atom.type), c.species.size());
    ASSERT_GE(atom.id, 1);
    for (int k = 0; k < 3; ++k) ASSERT_TRUE(std::isfinite(atom.x[k]) && std::isfinite(atom.v[k]));
  }
  ASSERT_GT(c.box.volume(), 0.0);
  ASSERT_TRUE(std::isfinite(c.box.volume()));
}

void fuzz(const std::vector<std::string>& corpus,
          const std::function<Configuration(const TextFile&)>& read) {
  for (const std::string& good : corpus)
    ASSERT_NO_THROW(expect_sound(read(TextFile("seed", good))));
  std::mt19937_64 random(20240117);
  int accepted = 0;
  int refused = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (int n = 0; n < 20000 && std::chrono::steady_clock::now() < end; ++n) {
    const std::string text = mutate(corpus[random() % corpus.size()], corpus, random);
    try {
      expect_sound(read(TextFile("mutant", text)));
      ++accepted;
    } catch (const InputError& error) {
      ASSERT_NE(std::string(error.what()), "");
      ++refused;
    } catch (const std::exception& error) {
      FAIL() << "not an InputError: " << error.what() << "\n--- input ---\n"
             << text.substr(0, 2000);
    }
  }
  EXPECT_GT(refused, 100);
  EXPECT_GT(accepted, 0);
}

TEST(ReaderFuzz, LammpsData) {
  fuzz({"t\n\n2 atoms\n1 atom types\n0 4 xlo xhi\n0 4 ylo yhi\n0 4 zlo zhi\n0.5 0 0 xy xz "
        "yz\n\nMasses\n\n1 183.84 # W\n\n"
        "Atoms # atomic\n\n1 1 0 0 0 0 0 1\n2 1 1 1 1 0 -1 0\n\nVelocities\n\n1 0 0 0\n2 1 1 1\n",
        "t\n1 atoms\n2 atom types\n4 0 0 avec\n0 4 0 bvec\n0 1 4 cvec\n\nAtom Type Labels\n\n1 "
        "A\n2 B\n\nAtoms # charge\n\n"
        "3 B 0.1 1 2 3\n\nPair Coeffs\n\n1 2 3\n",
        "t\n1 atoms\n1 atom types\n0 4 0 avec\n4 0 0 bvec\n0 1 4 cvec\n\nAtoms # atomic\n\n1 1 1 2 "
        "3 0 1 0\n"},
       [](const TextFile& file) {
         return read_lammps_data(file, {true, true, true});
       });
}

TEST(ReaderFuzz, ExtendedXyz) {
  fuzz({"2\nLattice=\"4 0 0 0 5 0 0 0 6\" Properties=species:S:1:pos:R:3:momenta:R:3:id:I:1 "
        "pbc=\"T T F\" energy=-1\n"
        "Cu 0 0 0 1 2 3 1\nNi 1 1 1 0 0 0 2\n",
        "1\n\nAu 1 2 3\n1\nProperties=Z:I:1:pos:R:3:velo:R:3:image:I:3 Origin=\"1 2 3\" Lattice={9 "
        "0 0 1 9 0 0 0 9}\n"
        "79 1 2 3 4 5 6 0 0 -1\n",
        "2\nLattice = [[0, 2, 2], [2, 0, 2], [2, 3, 0]] pbc=[T, T, F] foo "
        "Properties=species:S:1:pos:R:3:Z:I:1:masses:R:1:move_mask:L:3 note='it\\'s' x={a {b}}\n"
        "Cu 0 0 0 29 63 T T F\nOW 1 1 1 8 16 F F F\n",
        "1\ncell=\"4, 0, 0, 0, 4, 0, 0, 0, 0\" pbc=\"T T F\" E = -1, i = 2\nCU 1 2 3\n",
        "1\nlattice='0 2 2 2 2 0 2 0 2' properties=species:S:1:pos:R:3:move_mask:I:1:image:I:3\n"
        "Cu 1 2 3 0 1 0 2\n"},
       [](const TextFile& file) { return read_extxyz(file, -1); });
}

TEST(ReaderFuzz, Poscar) {
  fuzz({"x\n1.0\n5 0 0\n0 6 0\n1 0 7\nIn P\n1 1\nSelective dynamics\nDirect\n0 0 0 T T F\n0.5 0.5 "
        "0.5 F F F\n",
        "x\n-100\n5 0 0\n0 6 0\n1 0 7\nW\n2\nCartesian\n0 0 0\n1 1 1\n\n0 0 0.1\n0 0 0\n",
        "Cu Ni\n1.0 ! scale\n0 2 2\n2 2 0\n2 0 2\n1 1 ! counts\nSelective dynamics\n  Cartesian\n"
        "0 0 0 .TRUE. F T Cu\n1 1 1 .FALSE. f f Ni\n"},
       [](const TextFile& file) { return read_poscar(file); });
}

}  // namespace
}  // namespace splicemd::md
