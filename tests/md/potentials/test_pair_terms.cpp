// The terms themselves: interpolation of EAM tables, the two EAM kernels, ZBL's and Lennard-Jones's known points,
// and the errors of deck entries.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/error.hpp"
#include "md/potentials/eam.hpp"
#include "md/potentials/lj.hpp"
#include "md/potentials/registry.hpp"
#include "md/potentials/zbl.hpp"
#include "tests/support/brute_force.hpp"

namespace splicemd {
namespace {

const std::string kPotentials = std::string(SPLICEMD_SOURCE_DIR) + "/inputs/potentials/";

// Two atoms of species a and b at distance r along an oblique direction.
test::System dimer(double r, int a = 0, int b = 0) {
  test::System system;
  system.box = md::Box::restricted({0, 0, 0}, {1, 1, 1}, 0, 0, 0, {false, false, false});
  system.x = {{0.1, 0.2, 0.3}, {0.1 + r * 2.0 / 3.0, 0.2 + r / 3.0, 0.3 + r * 2.0 / 3.0}};
  system.type = {a, b};
  return system;
}

double energy(md::Potential& potential, double r, int a = 0, int b = 0) {
  return test::evaluate(potential, dimer(r, a, b)).energy;
}

TEST(EamTables, CubicsAreReproducedAwayFromTheEnds) {
  std::vector<double> f;
  const auto cubic = [](double x) { return 2.0 - x + 0.5 * x * x - 0.1 * x * x * x; };
  for (int k = 0; k < 12; ++k) f.push_back(cubic(k));
  const auto rows = md::hermite_rows(f);
  for (std::size_t m = 2; m < 9; ++m) {
    for (const double p : {0.0, 0.25, 0.5, 1.0}) {
      EXPECT_NEAR(md::EamTables::value(&rows[4 * m], p), cubic(static_cast<double>(m) + p), 1e-11);
    }
  }
}

TEST(EamTables, ValuesAndSlopesAreContinuousAtTheKnots) {
  std::mt19937 random(3);
  std::vector<double> f(9);
  for (double& value : f) value = std::uniform_real_distribution<double>(-1.0, 1.0)(random);
  const auto rows = md::hermite_rows(f);
  for (std::size_t m = 0; m + 2 < f.size(); ++m) {
    EXPECT_NEAR(md::EamTables::value(&rows[4 * m], 1.0), f[m + 1], 1e-14);
    EXPECT_NEAR(md::EamTables::slope(&rows[4 * m], 1.0),
                md::EamTables::slope(&rows[4 * (m + 1)], 0.0), 1e-13);
  }
}

TEST(EamTables, EmbeddingIsLinearAboveTheLastDensity) {
  const auto tables =
      md::make_eam_tables(md::read_setfl(kPotentials + "Cu_mishin1.eam.alloy"), {"Cu"});
  double at_end, above;
  const double f_end = tables.embed(0, tables.rho_max, at_end);
  const double f_above = tables.embed(0, 1.5 * tables.rho_max, above);
  EXPECT_DOUBLE_EQ(at_end, above);
  EXPECT_NEAR(f_above, f_end + 0.5 * tables.rho_max * at_end, 1e-10);
}

TEST(EamTables, UnknownElementsAreRefusedWithTheNearestName) {
  const auto file = md::read_setfl(kPotentials + "CuNi.eam.alloy");
  try {
    md::make_eam_tables(file, {"Cu", "ni"});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("has no element 'ni' (did you mean 'Ni'?)"),
              std::string::npos)
        << error.what();
  }
}

// A liquid-like lump with pairs closer and atoms denser than any crystal has.
test::System lump(int n, int species) {
  std::mt19937 random(11);
  std::uniform_real_distribution<double> place(0.0, 9.0);
  test::System system;
  system.box = md::Box::restricted({0, 0, 0}, {9, 9, 9}, 1.0, 0.5, -0.7, {true, true, false});
  for (int k = 0; k < n; ++k) {
    system.x.push_back({place(random), place(random), place(random)});
    system.type.push_back(static_cast<int>(random() % static_cast<unsigned>(species)));
  }
  return system;
}

TEST(EamKernels, HostAndPortableAgree) {
  using Kernel = md::Eam::Kernel;
  const auto mixture =
      md::make_eam_tables(md::read_finnis_sinclair(kPotentials + "AlFe_mm.eam.fs"), {"Al", "Fe"});
  const auto copper =
      md::make_eam_tables(md::read_setfl(kPotentials + "Cu_mishin1.eam.alloy"), {"Cu"});
  for (const auto& tables : {copper, mixture}) {
    for (const int n : {1, 2, 7, 33, 150}) {
      const test::System system = lump(n, tables.n_species);
      md::Eam portable("eam", tables, Kernel::portable), best("eam", tables, Kernel::best);
      const auto a = test::evaluate(portable, system), b = test::evaluate(best, system);
      EXPECT_NEAR(a.energy, b.energy, 1e-12 * std::abs(a.energy));
      double scale = 1.0;
      for (const auto& f : a.force)
        scale = std::max({scale, std::abs(f[0]), std::abs(f[1]), std::abs(f[2])});
      for (std::size_t i = 0; i < a.force.size(); ++i) {
        for (std::size_t c = 0; c < 3; ++c)
          EXPECT_NEAR(a.force[i][c], b.force[i][c], 1e-12 * scale) << n;
        for (std::size_t c = 0; c < 6; ++c) {
          EXPECT_NEAR(a.atom_virial[i][c], b.atom_virial[i][c], 1e-11 * scale) << n;
        }
      }
    }
  }
}

TEST(Zbl, VanishesSmoothlyAtTheOuterRadius) {
  md::Zbl zbl({74, 4}, 3.0, 4.0);
  EXPECT_EQ(energy(zbl, 4.0001), 0.0);
  // E, E′ and E″ are zero at 4 Å, so the energy falls off as the third power of the distance from it.
  const double at[] = {energy(zbl, 4.0 - 1e-2), energy(zbl, 4.0 - 2e-2)};
  EXPECT_NEAR(at[1] / at[0], 8.0, 0.1);
}

TEST(Zbl, InsideOnlyAConstantIsAdded) {
  md::Zbl zbl({74, 4}, 3.0, 4.0);
  const double shift = energy(zbl, 1.0, 0, 1) - md::zbl_unswitched(74, 4, 1.0).e;
  for (const double r : {0.05, 0.5, 2.0, 2.99}) {
    const double bare = md::zbl_unswitched(74, 4, r).e;
    EXPECT_NEAR(energy(zbl, r, 0, 1) - bare, shift, 1e-12 * bare + 1e-12);
  }
}

TEST(Zbl, ScreeningFunctionIsOneAtContact) {
  const double r = 1e-7;
  EXPECT_NEAR(md::zbl_unswitched(74, 4, r).e * r / (14.399645 * 74 * 4), 1.0, 1e-5);
}

TEST(LennardJones, MinimumIsWhereItShouldBe) {
  md::LennardJones lj({{{0.0104, 3.4, 8.5}}}, false);
  const double r = 3.4 * std::pow(2.0, 1.0 / 6.0);
  const auto result = test::evaluate(lj, dimer(r));
  EXPECT_NEAR(result.energy, -0.0104, 1e-14);
  EXPECT_NEAR(result.force[0][0], 0.0, 1e-14);
  EXPECT_NEAR(energy(lj, 3.4), 0.0, 1e-14);
  EXPECT_EQ(energy(lj, 8.5), 0.0);
  md::LennardJones shifted({{{0.0104, 3.4, 8.5}}}, true);
  EXPECT_NEAR(energy(shifted, 8.5 - 1e-9), 0.0, 1e-12);
  EXPECT_LT(energy(lj, 8.5 - 1e-9), -1e-5);
}

std::string deck_error(const std::string& text, const std::vector<md::Species>& species) {
  try {
    const ConfigNode term = ConfigNode::parse(kPotentials + "deck.yaml", text);
    md::make_potential(term, species);
    term.reject_unread();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Deck, LennardJonesMixing) {
  const std::string pairs =
      "pairs: [{species: [A, A], epsilon: 0.01, sigma: 2}, {species: [B, B], epsilon: 0.04, sigma: "
      "4.5}]}";
  const auto mixed = [&](const std::string& rule) {
    return md::make_potential(
        ConfigNode::parse("deck", "{style: lj/cut, cutoff: 20, mixing: " + rule + ", " + pairs),
        {{"A", 1.0}, {"B", 1.0}});
  };
  const double six = std::pow(2.0, 1.0 / 6.0);
  EXPECT_NEAR(energy(*mixed("geometric"), 3.0 * six, 0, 1), -0.02, 1e-15);
  EXPECT_NEAR(energy(*mixed("arithmetic"), 3.25 * six, 1, 0), -0.02, 1e-15);
}

TEST(Deck, MessagesSayWhatIsWrong) {
  const std::vector<md::Species> copper = {{"Cu", 63.5}}, odd = {{"Qq", 1.0}},
                                 two = {{"Cu", 1.0}, {"Ni", 1.0}};
  const auto expect = [](const std::string& message, const std::string& part) {
    EXPECT_NE(message.find(part), std::string::npos) << message << "\nlacks\n" << part;
  };
  EXPECT_EQ(deck_error("{style: eam, file: Cu_u3.eam}", copper), "no error");
  expect(deck_error("{style: eam/aloy, file: x}", copper), "eam/alloy");
  expect(deck_error("{style: eam}", copper), "file");
  expect(deck_error("{style: eam, file: Cu_u3.eam, cutof: 3}", copper), "cutof");
  expect(deck_error("{style: eam, file: Cu_u3.eam}", two), "2 species");
  expect(deck_error("{style: eam, files: {Cu: Cu_u3.eam}}", two), "Ni");
  expect(deck_error("{style: eam, files: {Cu: Cu_u3.eam, Zr: Cu_u3.eam}}", copper),
         "no species 'Zr'");
  expect(deck_error("{style: eam/alloy, file: CuNi.eam.alloy, elements: {Cv: Cu}}", copper),
         "no species 'Cv'");
  expect(deck_error("{style: eam/alloy, file: CuNi.eam.alloy}", odd), "no element 'Qq'");
  expect(deck_error("{style: eam/alloy, file: Nothing.eam}", copper), "Nothing.eam");
  expect(deck_error("{style: zbl, inner: 4, outer: 3}", copper), "larger than inner");
  expect(deck_error("{style: zbl, inner: 3, outer: 4}", odd), "atomic number");
  EXPECT_EQ(deck_error("{style: zbl, inner: 3, outer: 4, elements: {Qq: 12}}", odd), "no error");
  expect(deck_error(
             "{style: lj/cut, cutoff: 5, pairs: [{species: [Cu, Ni], epsilon: 1, sigma: 2}]}", two),
         "the pair Cu Cu is missing");
  expect(deck_error(
             "{style: lj/cut, cutoff: 5, pairs: [{species: [Cu, Nu], epsilon: 1, sigma: 2}]}", two),
         "Nu");
}

}  // namespace
}  // namespace splicemd
