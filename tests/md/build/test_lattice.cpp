// Crystals: atom counts, densities, neighbour shells in any orientation, refused specifications.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.hpp"
#include "md/build/lattice.hpp"
#include "md/elements.hpp"

namespace splicemd::md {
namespace {

LatticeSpec spec_of(const std::string& lattice, double a) {
  LatticeSpec spec;
  spec.lattice = lattice;
  spec.a = a;
  spec.elements = lattice == "zincblende" || lattice == "rocksalt"
                      ? std::vector<std::string>{"Ga", "As"}
                      : std::vector<std::string>{"Cu"};
  return spec;
}

// Number of neighbours of atom `i` at each distance (rounded to 1e-6 Å) below `reach`, over images.
std::map<long, int> shells(const Configuration& c, std::size_t i, double reach) {
  std::map<long, int> count;
  int n[3];
  for (int k = 0; k < 3; ++k)
    n[k] = static_cast<int>(std::ceil(reach / c.box.face_distance(k))) + 1;
  for (const AtomRecord& other : c.atoms) {
    for (int p = -n[0]; p <= n[0]; ++p) {
      for (int q = -n[1]; q <= n[1]; ++q) {
        for (int r = -n[2]; r <= n[2]; ++r) {
          double shift[3], d2 = 0.0;
          c.box.lattice_vector(p, q, r, shift);
          for (int k = 0; k < 3; ++k) d2 += std::pow(other.x[k] + shift[k] - c.atoms[i].x[k], 2);
          if (d2 > 1e-6 && d2 < reach * reach) ++count[std::lround(std::sqrt(d2) * 1e6)];
        }
      }
    }
  }
  return count;
}

struct Crystal {
  const char* lattice;
  std::size_t atoms;  // per conventional cell
  int first;          // nearest neighbours
  double distance;    // of them, in a
  int second;
};

class Crystals : public ::testing::TestWithParam<Crystal> {};
INSTANTIATE_TEST_SUITE_P(All, Crystals,
                         ::testing::Values(Crystal{"sc", 1, 6, 1.0, 12},
                                           Crystal{"bcc", 2, 8, std::sqrt(0.75), 6},
                                           Crystal{"fcc", 4, 12, std::sqrt(0.5), 6},
                                           Crystal{"hcp", 4, 12, 1.0, 6},
                                           Crystal{"diamond", 8, 4, std::sqrt(3.0) / 4, 12},
                                           Crystal{"zincblende", 8, 4, std::sqrt(3.0) / 4, 12},
                                           Crystal{"rocksalt", 8, 6, 0.5, 12}),
                         [](const auto& suite) { return suite.param.lattice; });

TEST_P(Crystals, EveryAtomHasTheRightNeighbourShells) {
  const Crystal crystal = GetParam();
  const Configuration c = build_lattice(spec_of(crystal.lattice, 4.0));
  ASSERT_EQ(c.atoms.size(), crystal.atoms);
  for (std::size_t i = 0; i < c.atoms.size(); ++i) {
    const auto counts = shells(c, i, 4.0 * 1.8 * crystal.distance);
    ASSERT_GE(counts.size(), 2u);
    EXPECT_NEAR(1e-6 * static_cast<double>(counts.begin()->first), 4.0 * crystal.distance, 2e-6);
    EXPECT_EQ(counts.begin()->second, crystal.first);
    EXPECT_EQ(std::next(counts.begin())->second, crystal.second);
  }
}

// The neighbour shells and the density of a crystal do not depend on how it is turned.
TEST_P(Crystals, OrientationKeepsTheCrystal) {
  const Crystal crystal = GetParam();
  LatticeSpec spec = spec_of(crystal.lattice, 4.0);
  const Configuration plain = build_lattice(spec);
  const auto expected = shells(plain, 0, 9.0);
  const double density = static_cast<double>(plain.atoms.size()) / plain.box.volume();
  const bool cubic = spec.lattice != "hcp";
  const std::vector<std::array<std::array<int, 3>, 3>> orientations =
      cubic ? std::vector<std::array<std::array<int, 3>, 3>>{{{{1, 1, 0}, {-1, 1, 0}, {0, 0, 1}}},
                                                             {{{1, -1, 0}, {1, 1, -2}, {1, 1, 1}}},
                                                             {{{2, 1, 0}, {-1, 2, 0}, {0, 0, 3}}}}
            : std::vector<std::array<std::array<int, 3>, 3>>{{{{0, 1, 0}, {0, 0, 1}, {1, 0, 0}}},
                                                             {{{3, 1, 0}, {-1, 1, 0}, {0, 0, 1}}}};
  for (const auto& orient : orientations) {
    spec.orient = orient;
    const Configuration c = build_lattice(spec);
    EXPECT_NEAR(static_cast<double>(c.atoms.size()) / c.box.volume(), density, 1e-12);
    EXPECT_EQ(shells(c, c.atoms.size() / 2, 9.0).size(), expected.size());
    for (std::size_t i = 0; i < c.atoms.size(); i += 3) {
      const auto counts = shells(c, i, 4.0 * 1.8 * crystal.distance);
      EXPECT_EQ(counts.begin()->second, crystal.first);
      EXPECT_EQ(std::next(counts.begin())->second, crystal.second);
    }
    for (const AtomRecord& atom : c.atoms) {
      double s[3];
      c.box.to_fractional(atom.x, s);
      for (const double component : s) EXPECT_TRUE(component > -1e-12 && component < 1.0 - 1e-9);
    }
  }
}

TEST(Lattice, OrientedRepeatIsTheSmallestBox) {
  LatticeSpec spec = spec_of("fcc", 4.0);
  spec.orient = {{{1, -1, 0}, {1, 1, -2}, {1, 1, 1}}};
  const Configuration c = build_lattice(spec);
  EXPECT_EQ(c.atoms.size(), 6u);
  EXPECT_NEAR(c.box.h[0][0], 4.0 / std::sqrt(2.0), 1e-12);
  EXPECT_NEAR(c.box.h[1][1], 4.0 * std::sqrt(1.5), 1e-12);
  EXPECT_NEAR(c.box.h[2][2], 4.0 * std::sqrt(3.0), 1e-12);
}

TEST(Lattice, BinaryCrystalsAlternate) {
  const Configuration c = build_lattice(spec_of("zincblende", 5.65));
  ASSERT_EQ(c.species.size(), 2u);
  EXPECT_EQ(std::count_if(c.atoms.begin(), c.atoms.end(),
                          [](const AtomRecord& a) { return a.type == 1; }),
            4);
  EXPECT_NEAR(c.species[1].mass, 74.92, 0.01);
  for (std::size_t i = 0; i < c.atoms.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (c.atoms[i].type != c.atoms[j].type) continue;
      double d2 = 0;
      for (int k = 0; k < 3; ++k) d2 += std::pow(c.atoms[i].x[k] - c.atoms[j].x[k], 2);
      EXPECT_GT(d2, 0.49 * 5.65 * 5.65);  // equal atoms are second neighbours
    }
  }
}

TEST(Lattice, IdsAreConsecutiveAndOriginShifts) {
  LatticeSpec spec = spec_of("bcc", 3.0);
  spec.repeats = {2, 3, 4};
  spec.origin = {1, 2, 3};
  const Configuration c = build_lattice(spec);
  ASSERT_EQ(c.atoms.size(), 48u);
  for (std::size_t i = 0; i < 48; ++i) EXPECT_EQ(c.atoms[i].id, static_cast<std::int64_t>(i) + 1);
  EXPECT_EQ(c.atoms[0].x[2], 3.0);
  EXPECT_EQ(c.box.origin[1], 2.0);
}

TEST(Lattice, ReplicateEqualsRepeats) {
  LatticeSpec spec = spec_of("fcc", 4.0);
  const Configuration copies = replicate(build_lattice(spec), {2, 1, 3});
  spec.repeats = {2, 1, 3};
  const Configuration repeats = build_lattice(spec);
  ASSERT_EQ(copies.atoms.size(), repeats.atoms.size());
  for (std::size_t i = 0; i < copies.atoms.size(); ++i) {
    for (int k = 0; k < 3; ++k) EXPECT_NEAR(copies.atoms[i].x[k], repeats.atoms[i].x[k], 1e-12);
  }
}

TEST(Lattice, RefusesNonsense) {
  const auto refused = [](const LatticeSpec& spec) {
    EXPECT_THROW(build_lattice(spec), InputError);
  };
  LatticeSpec spec = spec_of("fcc", 4.0);
  spec.lattice = "fccc";
  refused(spec);
  spec = spec_of("fcc", -4.0);
  refused(spec);
  spec = spec_of("rocksalt", 4.0);
  spec.elements = {"Na"};
  refused(spec);
  spec = spec_of("fcc", 4.0);
  spec.orient = {{{1, 0, 0}, {1, 1, 0}, {0, 0, 1}}};
  refused(spec);
  spec.orient = {{{0, 1, 0}, {1, 0, 0}, {0, 0, 1}}};
  refused(spec);
  spec.orient = {{{0, 0, 0}, {1, 0, 0}, {0, 0, 1}}};
  refused(spec);
  spec.orient = {{{999, 1, 1}, {0, 1, -1}, {-2, 999, 999}}};
  refused(spec);
  spec = spec_of("fcc", 4.0);
  spec.repeats = {100000, 100000, 100000};
  refused(spec);
  spec.repeats = {0, 1, 1};
  refused(spec);
  spec = spec_of("fcc", 4.0);
  spec.c = 5.0;
  refused(spec);
}

TEST(Elements, WeightsAndSymbols) {
  EXPECT_EQ(*atomic_number("W"), 74);
  EXPECT_DOUBLE_EQ(*standard_weight("W"), 183.84);
  EXPECT_DOUBLE_EQ(*standard_weight("Cu"), 63.546);
  EXPECT_FALSE(atomic_number("w"));
  EXPECT_EQ(element(118).symbol, std::string("Og"));
  EXPECT_EQ(*element_of_mass(58.71), "Ni");  // the old weight that many files use
  EXPECT_FALSE(element_of_mass(500.0));
  for (int z = 1; z <= kElementCount; ++z) EXPECT_EQ(*atomic_number(element(z).symbol), z);
}

}  // namespace
}  // namespace splicemd::md
