// Cuts, vacancies, adatoms, displacements and random species.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.hpp"
#include "md/build/edit.hpp"
#include "md/build/lattice.hpp"

namespace splicemd::md {
namespace {

Configuration crystal(const std::string& lattice, double a, int n) {
  LatticeSpec spec;
  spec.lattice = lattice;
  spec.a = a;
  spec.elements = {"Cu"};
  spec.repeats = {n, n, n};
  return build_lattice(spec);
}

long count_type(const Configuration& c, const std::string& symbol) {
  return std::count_if(c.atoms.begin(), c.atoms.end(), [&](const AtomRecord& atom) {
    return c.species[static_cast<std::size_t>(atom.type)].symbol == symbol;
  });
}

void expect_numbered(const Configuration& c) {
  for (std::size_t i = 0; i < c.atoms.size(); ++i)
    EXPECT_EQ(c.atoms[i].id, static_cast<std::int64_t>(i) + 1);
}

TEST(Edit, SphereHoldsTheAtomsInsideAndIsOpen) {
  Configuration c = crystal("fcc", 3.6, 8);
  const std::size_t all = c.atoms.size();
  cut_sphere(c, 12.0, 5.0);
  EXPECT_FALSE(c.box.periodic[0] || c.box.periodic[1] || c.box.periodic[2]);
  EXPECT_DOUBLE_EQ(c.box.h[1][1], 34.0);
  const double expected = 4.0 / 3.0 * M_PI * std::pow(12.0, 3) * 4.0 / std::pow(3.6, 3);
  EXPECT_NEAR(static_cast<double>(c.atoms.size()), expected, 0.06 * expected);
  EXPECT_LT(c.atoms.size(), all);
  double largest = 0;
  for (const AtomRecord& atom : c.atoms) {
    double r2 = 0, s[3];
    c.box.to_fractional(atom.x, s);
    for (int k = 0; k < 3; ++k) {
      EXPECT_GT(s[k], 0.14);
      EXPECT_LT(s[k], 0.86);
      r2 += std::pow(atom.x[k] - (c.box.origin[k] + 17.0), 2);
    }
    largest = std::max(largest, r2);
  }
  EXPECT_LE(std::sqrt(largest), 12.0);
  expect_numbered(c);
  Configuration small = crystal("fcc", 3.6, 2);
  EXPECT_THROW(cut_sphere(small, 12.0, 5.0), InputError);
}

TEST(Edit, SlabGetsVacuumOnBothSides) {
  Configuration c = crystal("fcc", 4.0, 3);
  const auto before = c.atoms;
  cut_slab(c, 1, 20.0);
  EXPECT_DOUBLE_EQ(c.box.h[1][1], 32.0);
  EXPECT_DOUBLE_EQ(c.box.origin[1], -10.0);
  EXPECT_FALSE(c.box.periodic[1]);
  EXPECT_TRUE(c.box.periodic[0] && c.box.periodic[2]);
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(before[i].x[1], c.atoms[i].x[1]);
}

TEST(Edit, RandomVacanciesDependOnTheSeedOnly) {
  const Configuration whole = crystal("bcc", 3.0, 4);
  Configuration a = whole, b = whole, other = whole;
  std::reverse(b.atoms.begin(), b.atoms.end());  // another order, the same ids
  remove_random_atoms(a, 10, 5);
  remove_random_atoms(b, 10, 5);
  remove_random_atoms(other, 10, 6);
  ASSERT_EQ(a.atoms.size(), whole.atoms.size() - 10);
  const auto sites = [](const Configuration& c) {
    std::set<std::array<double, 3>> out;
    for (const AtomRecord& atom : c.atoms) out.insert({atom.x[0], atom.x[1], atom.x[2]});
    return out;
  };
  EXPECT_EQ(sites(a), sites(b));
  EXPECT_NE(sites(a), sites(other));
  expect_numbered(a);
  EXPECT_THROW(remove_random_atoms(a, 10000, 1), InputError);
}

TEST(Edit, VacancyAtAPointUsesTheNearestImage) {
  Configuration c = crystal("sc", 3.0, 4);
  remove_nearest_atom(c, {11.9, 0.1, 0.1});  // across the boundary: the atom at the origin
  ASSERT_EQ(c.atoms.size(), 63u);
  for (const AtomRecord& atom : c.atoms)
    EXPECT_FALSE(atom.x[0] == 0.0 && atom.x[1] == 0.0 && atom.x[2] == 0.0);
  remove_atoms(c, {1, 63});
  EXPECT_EQ(c.atoms.size(), 61u);
  EXPECT_THROW(remove_atoms(c, {62}), InputError);
  EXPECT_THROW(remove_atoms(c, {2, 2}), InputError);
}

TEST(Edit, AdatomSitsAboveTheSurface) {
  Configuration c = crystal("fcc", 4.09, 3);
  cut_slab(c, 2, 20.0);
  const auto site = point_above(c, 0.5 * 4.09, 0.0, 1.8);
  EXPECT_NEAR(site[2], 2.5 * 4.09 + 1.8, 1e-12);
  add_atom(c, "Ag", site);
  EXPECT_EQ(count_type(c, "Ag"), 1);
  EXPECT_EQ(c.atoms.back().id, static_cast<std::int64_t>(c.atoms.size()));
  EXPECT_NEAR(c.species.back().mass, 107.87, 0.01);
  EXPECT_THROW(add_atom(c, "Ag", {site[0] + 0.3, site[1], site[2]}), InputError);
  // Through the periodic boundary as well.
  EXPECT_THROW(add_atom(c, "Ag", {site[0] + 3 * 4.09, site[1], site[2]}), InputError);
}

TEST(Edit, DisplacementsAreUniformAndReproducible) {
  Configuration c = crystal("fcc", 4.0, 8);
  Configuration d = c;
  const Configuration ideal = c;
  displace_randomly(c, 0.1, 3);
  displace_randomly(d, 0.1, 3);
  double sum = 0, sum2 = 0, largest = 0;
  for (std::size_t i = 0; i < c.atoms.size(); ++i) {
    for (int k = 0; k < 3; ++k) {
      EXPECT_EQ(c.atoms[i].x[k], d.atoms[i].x[k]);
      const double u = c.atoms[i].x[k] - ideal.atoms[i].x[k];
      sum += u;
      sum2 += u * u;
      largest = std::max(largest, std::abs(u));
    }
  }
  const double n = 3.0 * static_cast<double>(c.atoms.size());
  EXPECT_LT(largest, 0.1 + 1e-12);
  // Within five standard errors of a uniform distribution (false alarms: below 1e-6).
  EXPECT_LT(std::abs(sum / n), 5 * 0.1 / std::sqrt(3.0 * n));
  EXPECT_NEAR(sum2 / n, 0.01 / 3.0, 5 * 0.01 * std::sqrt(4.0 / 45.0 / n));
}

TEST(Edit, FractionsGiveExactCounts) {
  Configuration c = crystal("fcc", 4.0, 5);  // 500 atoms
  randomise_species(c, {{"Ni", 0.3}, {"Al", 0.2}, {"Cu", 0.5}}, 9);
  EXPECT_EQ(count_type(c, "Ni"), 150);
  EXPECT_EQ(count_type(c, "Al"), 100);
  EXPECT_EQ(count_type(c, "Cu"), 250);
  Configuration odd = crystal("sc", 4.0, 3);  // 27 atoms
  randomise_species(odd, {{"Ni", 1.0 / 3}, {"Al", 2.0 / 3}}, 9);
  EXPECT_EQ(count_type(odd, "Ni"), 9);
  EXPECT_EQ(odd.species.size(), 2u);  // no Cu is left
  EXPECT_THROW(randomise_species(odd, {{"Ni", 0.5}}, 1), InputError);
  EXPECT_THROW(randomise_species(odd, {{"Ni", 1.0}}, 1, "Fe"), InputError);
  EXPECT_THROW(randomise_species(odd, {{"Ni", -0.5}, {"Al", 1.5}}, 1), InputError);
}

TEST(Edit, FractionsOnOneSublattice) {
  LatticeSpec spec;
  spec.lattice = "zincblende";
  spec.a = 5.8;
  spec.elements = {"Ga", "As"};
  spec.repeats = {3, 3, 3};
  Configuration c = build_lattice(spec);
  randomise_species(c, {{"In", 0.25}, {"Ga", 0.75}}, 2, "Ga");
  EXPECT_EQ(count_type(c, "As"), 108);
  EXPECT_EQ(count_type(c, "In"), 27);
  EXPECT_EQ(count_type(c, "Ga"), 81);
}

}  // namespace
}  // namespace splicemd::md
