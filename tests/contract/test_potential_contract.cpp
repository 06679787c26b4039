// What every potential promises: forces and virials are derivatives of the energy, symmetries hold,
// inputs stay as they are, and how a call is split does not matter.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "tests/contract/potential_list.hpp"

namespace splicemd::test {
namespace {

class Contract : public testing::TestWithParam<PotentialRow> {
 protected:
  const PotentialRow& row() const { return GetParam(); }
  std::unique_ptr<md::Potential> potential = make(GetParam());
};

double largest_force(const Result& result) {
  double largest = 1e-3;
  for (const Vec3& f : result.force) {
    for (const double c : f) largest = std::max(largest, std::abs(c));
  }
  return largest;
}

void expect_same(const Result& a, const Result& b, double tolerance) {
  const double scale = std::max(1.0, std::abs(a.energy));
  EXPECT_NEAR(a.energy, b.energy, tolerance * scale);
  ASSERT_EQ(a.force.size(), b.force.size());
  for (std::size_t i = 0; i < a.force.size(); ++i) {
    EXPECT_NEAR(a.atom_energy[i], b.atom_energy[i], tolerance * scale) << "atom " << i;
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(a.force[i][c], b.force[i][c], tolerance * largest_force(a))
          << "atom " << i << " axis " << c;
    }
    for (std::size_t c = 0; c < 6; ++c) {
      EXPECT_NEAR(a.atom_virial[i][c], b.atom_virial[i][c], tolerance * scale) << "atom " << i;
    }
  }
}

// Every point is moved by x → x + strain·x; the box moves along.
System strained(const System& system, const double strain[3][3]) {
  System result = system;
  const auto apply = [&](const double in[3], double out[3]) {
    for (int a = 0; a < 3; ++a) {
      out[a] = in[a];
      for (int b = 0; b < 3; ++b) out[a] += strain[a][b] * in[b];
    }
  };
  double rows[3][3];
  for (int k = 0; k < 3; ++k) apply(system.box.h[k], rows[k]);
  result.box.set_vectors(rows);
  apply(system.box.origin, result.box.origin);
  for (std::size_t i = 0; i < system.x.size(); ++i) apply(system.x[i].data(), result.x[i].data());
  return result;
}

TEST_P(Contract, ForceIsMinusTheEnergyGradient) {
  const System system = crystal(row(), 2);
  const Result result = evaluate(*potential, system);
  const double h = 1e-5;
  for (const std::size_t i : {std::size_t{0}, system.x.size() / 2, system.x.size() - 1}) {
    for (std::size_t c = 0; c < 3; ++c) {
      System moved = system;
      moved.x[i][c] += h;
      const double up = evaluate(*potential, moved).energy;
      moved.x[i][c] -= 2.0 * h;
      const double down = evaluate(*potential, moved).energy;
      EXPECT_NEAR(result.force[i][c], -(up - down) / (2.0 * h), 3e-6 * largest_force(result))
          << "atom " << i << " axis " << c;
    }
  }
}

TEST_P(Contract, VirialIsMinusTheStrainDerivative) {
  const System system = crystal(row(), 2);
  const Result result = evaluate(*potential, system);
  const int axis[6][2] = {{0, 0}, {1, 1}, {2, 2}, {0, 1}, {0, 2}, {1, 2}};
  const double h = 1e-6;
  double scale = 1.0;
  for (const double v : result.virial) scale = std::max(scale, std::abs(v));
  for (std::size_t k = 0; k < 6; ++k) {
    double strain[3][3] = {};
    strain[axis[k][0]][axis[k][1]] = h;
    const double up = evaluate(*potential, strained(system, strain)).energy;
    strain[axis[k][0]][axis[k][1]] = -h;
    const double down = evaluate(*potential, strained(system, strain)).energy;
    EXPECT_NEAR(result.virial[k], -(up - down) / (2.0 * h), 2e-5 * scale) << "component " << k;
  }
}

TEST_P(Contract, NoNetForceAndNoNetTorque) {
  const System system = cluster(row(), 3);
  const Result result = evaluate(*potential, system);
  Vec3 force{}, torque{};
  for (std::size_t i = 0; i < system.x.size(); ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      const std::size_t a = (c + 1) % 3, b = (c + 2) % 3;
      force[c] += result.force[i][c];
      torque[c] += system.x[i][a] * result.force[i][b] - system.x[i][b] * result.force[i][a];
    }
  }
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_NEAR(force[c], 0.0,
                1e-11 * largest_force(result) * static_cast<double>(system.x.size()));
    EXPECT_NEAR(torque[c], 0.0,
                1e-10 * largest_force(result) * static_cast<double>(system.x.size()));
  }
}

TEST_P(Contract, TranslationAndLatticeVectorsChangeNothing) {
  const System system = crystal(row(), 2);
  System moved = system;
  for (std::size_t i = 0; i < moved.x.size(); ++i) {
    double shift[3];
    system.box.lattice_vector(i % 3 - 1.0, i % 2, 0.0, shift);
    for (std::size_t c = 0; c < 3; ++c)
      moved.x[i][c] += shift[c] + 0.37 * (static_cast<double>(c) + 1.0);
  }
  expect_same(evaluate(*potential, system), evaluate(*potential, moved), 1e-10);
}

TEST_P(Contract, RotationRotatesForces) {
  const System system = crystal(row(), 2);
  const double s = std::sin(0.7), c = std::cos(0.7);
  // About z, then about x.
  const double q[3][3] = {{c, -s, 0}, {c * s, c * c, -s}, {s * s, s * c, c}};
  double change[3][3];
  for (int a = 0; a < 3; ++a) {
    for (int b = 0; b < 3; ++b) change[a][b] = q[a][b] - (a == b ? 1.0 : 0.0);
  }
  const Result before = evaluate(*potential, system);
  const Result after = evaluate(*potential, strained(system, change));
  EXPECT_NEAR(before.energy, after.energy, 1e-10 * std::max(1.0, std::abs(before.energy)));
  for (std::size_t i = 0; i < before.force.size(); ++i) {
    for (std::size_t a = 0; a < 3; ++a) {
      double rotated = 0.0;
      for (std::size_t b = 0; b < 3; ++b) rotated += q[a][b] * before.force[i][b];
      EXPECT_NEAR(after.force[i][a], rotated, 1e-9 * largest_force(before));
    }
  }
}

TEST_P(Contract, PermutationPermutes) {
  const System system = crystal(row(), 2);
  std::vector<std::size_t> order(system.x.size());
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937(7));
  System permuted = system;
  for (std::size_t k = 0; k < order.size(); ++k) {
    permuted.x[k] = system.x[order[k]];
    permuted.type[k] = system.type[order[k]];
  }
  const Result before = evaluate(*potential, system);
  const Result after = evaluate(*potential, permuted);
  Result sorted = after;
  for (std::size_t k = 0; k < order.size(); ++k) {
    sorted.force[order[k]] = after.force[k];
    sorted.atom_energy[order[k]] = after.atom_energy[k];
    sorted.atom_virial[order[k]] = after.atom_virial[k];
  }
  expect_same(before, sorted, 1e-10);
}

TEST_P(Contract, SplittingTheCallChangesNothing) {
  // Large enough in units of the cutoff that some atoms of the slab see no ghost.
  const double reach = potential->cutoff() + 0.2;
  const System system = cluster(row(), 3);
  System slab = crystal(row(), static_cast<int>(std::ceil(2.3 * reach / row().a)));
  slab.box.periodic[0] = slab.box.periodic[1] = false;
  for (const System& each : {system, slab}) {
    BruteForce runner(each, reach);
    ASSERT_GT(runner.n_interior(), 0);
    runner.compute(*potential);
    const Result whole = runner.result();
    runner.clear();
    runner.compute(*potential, Split::interior_then_boundary);
    expect_same(whole, runner.result(), 1e-12);
  }
}

TEST_P(Contract, SkinAndListOrderDoNotMatter) {
  const System system = crystal(row(), 2);
  expect_same(evaluate(*potential, system, Split::none, 0.0),
              evaluate(*potential, system, Split::none, 1.5), 1e-12);
}

TEST_P(Contract, OutputsAreAddedToAndInputsKept) {
  const System system = crystal(row(), 2);
  BruteForce runner(system, potential->cutoff() + 0.3);
  const auto x = Kokkos::create_mirror(runner.input.x);
  Kokkos::deep_copy(x, runner.input.x);
  runner.compute(*potential);
  const Result once = runner.result();
  runner.compute(*potential);
  const Result twice = runner.result();
  for (std::size_t i = 0; i < once.force.size(); ++i) {
    EXPECT_NEAR(twice.atom_energy[i], 2.0 * once.atom_energy[i],
                1e-12 * std::max(1.0, std::abs(once.energy)));
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(twice.force[i][c], 2.0 * once.force[i][c], 1e-12 * largest_force(once));
    }
  }
  const auto after = Kokkos::create_mirror(runner.input.x);
  Kokkos::deep_copy(after, runner.input.x);
  for (std::size_t i = 0; i < x.extent(0); ++i) {
    for (std::size_t c = 0; c < 3; ++c) ASSERT_EQ(x(i, c), after(i, c));
  }
}

TEST_P(Contract, RepeatedCallsAgreeBitForBit) {
  const System system = crystal(row(), 3);
  const Result a = evaluate(*potential, system), b = evaluate(*potential, system);
  for (std::size_t i = 0; i < a.force.size(); ++i) {
    for (std::size_t c = 0; c < 3; ++c) ASSERT_EQ(a.force[i][c], b.force[i][c]);
    ASSERT_EQ(a.atom_energy[i], b.atom_energy[i]);
  }
}

TEST_P(Contract, ForcesDoNotDependOnWhetherEnergiesAreWanted) {
  const System system = crystal(row(), 2);
  BruteForce runner(system, potential->cutoff() + 0.3);
  runner.compute(*potential, Split::none, false);
  const Result bare = runner.result();
  EXPECT_EQ(bare.energy, 0.0);
  EXPECT_EQ(bare.virial[0], 0.0);
  const Result full = evaluate(*potential, system);
  for (std::size_t i = 0; i < full.force.size(); ++i) {
    for (std::size_t c = 0; c < 3; ++c)
      EXPECT_NEAR(bare.force[i][c], full.force[i][c], 1e-12 * largest_force(full));
  }
}

TEST_P(Contract, LonelyAtomsAndNoAtoms) {
  System system = cluster(row(), 1);
  system.x.resize(1);
  system.type.resize(1);
  const Result one = evaluate(*potential, system);
  EXPECT_TRUE(std::isfinite(one.energy));
  for (const double f : one.force[0]) EXPECT_EQ(f, 0.0);
  system.x.clear();
  system.type.clear();
  EXPECT_EQ(evaluate(*potential, system).energy, 0.0);
}

TEST_P(Contract, AtomCountsMayChangeBetweenCalls) {
  const System large = crystal(row(), 3), small = crystal(row(), 2);
  const Result fresh = evaluate(*make(row()), small);
  evaluate(*potential, large);
  expect_same(fresh, evaluate(*potential, small), 1e-12);
}

INSTANTIATE_TEST_SUITE_P(Potentials, Contract, testing::ValuesIn(potential_rows()),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace splicemd::test
