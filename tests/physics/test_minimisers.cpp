// Minimisers: known lattice energy, the relaxed vacancy from two methods, frozen atoms, rebuilds.
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.hpp"
#include "md/minimisers/minimiser.hpp"
#include "tests/physics/laboratory.hpp"

namespace splicemd::test {
namespace {

// Displaces every atom at random by up to `amplitude` Å along each axis.
void shake(md::Configuration& configuration, double amplitude) {
  RandomSequence random(7, RandomStream::user);
  for (md::AtomRecord& atom : configuration.atoms) {
    for (double& coordinate : atom.x) coordinate += amplitude * (2.0 * random.uniform() - 1.0);
  }
}

std::unique_ptr<md::Minimiser> minimiser(const std::string& keys) {
  const ConfigNode node = ConfigNode::parse("stage", keys);
  auto made = md::make_minimiser(node);
  node.reject_unread();
  return made;
}

const std::vector<std::string> kMethods = {"cg", "fire"};

TEST(Minimisers, FindTheLatticeEnergy) {
  for (const std::string& method : kMethods) {
    md::Configuration copper = crystal("fcc", kCopperLattice, {"Cu"}, 4);
    const Laboratory perfect(copper, {kCopper});
    shake(copper, 0.25);
    Laboratory lab(copper, {kCopper});
    const double before = lab.forces->potential_energy();
    const auto search = minimiser("{method: " + method + ", force_tolerance: 1e-6}");
    md::minimise(*search, lab.system, *lab.forces);
    EXPECT_EQ(search->end(), md::MinimiserEnd::force_tolerance) << search->reason();
    EXPECT_LT(search->evaluations(), 600) << method;
    const double atoms = static_cast<double>(lab.system.n_global);
    EXPECT_GT((before - search->energy()) / atoms, 0.05) << method;
    EXPECT_NEAR(search->energy(), perfect.forces->potential_energy(), 1e-8) << method;
    // Mishin et al., Phys. Rev. B 63 (2001) 224106: −3.54 eV per atom.
    EXPECT_NEAR(search->energy() / atoms, -3.54, 1e-3) << method;
  }
}

TEST(Minimisers, AgreeOnTheRelaxedVacancy) {
  md::Configuration copper = crystal("fcc", kCopperLattice, {"Cu"}, 4);
  const Laboratory perfect(copper, {kCopper});
  const auto n = static_cast<double>(copper.atoms.size());
  copper.atoms.pop_back();
  double energies[2];
  for (int m = 0; m < 2; ++m) {
    Laboratory lab(copper, {kCopper});
    lab.heat(300.0, 5);
    const std::vector<double> velocities = lab.velocities_by_id();
    const auto search = minimiser("{method: " + kMethods[m] + ", force_tolerance: 1e-6}");
    md::minimise(*search, lab.system, *lab.forces);
    EXPECT_TRUE(search->converged());
    energies[m] = search->energy();
    EXPECT_EQ(lab.velocities_by_id(), velocities) << "velocities are left as they are";
  }
  EXPECT_NEAR(energies[0], energies[1], 1e-8);
  // Mishin et al. 2001: 1.272 eV (at zero pressure; here at constant volume).
  const double formation = energies[0] - (n - 1.0) / n * perfect.forces->potential_energy();
  EXPECT_NEAR(formation, 1.272, 0.02);
}

TEST(Minimisers, GiveTheSameThroughManyRebuilds) {
  // A skin so thin that lists are rebuilt, and atoms sorted and migrated, in many steps.
  for (const std::string& method : kMethods) {
    double energies[2], evaluations[2];
    for (const bool thin : {false, true}) {
      md::Configuration copper = crystal("fcc", kCopperLattice, {"Cu"}, 4);
      copper.atoms.erase(copper.atoms.begin() + 40);
      shake(copper, 0.3);
      Laboratory lab(copper, {kCopper}, {}, {thin ? 0.02 : 2.0, 1, true});
      const auto search = minimiser("{method: " + method + ", force_tolerance: 1e-6}");
      md::minimise(*search, lab.system, *lab.forces);
      EXPECT_TRUE(search->converged());
      energies[thin] = search->energy();
      evaluations[thin] = static_cast<double>(search->evaluations());
      if (thin) {
        EXPECT_GT(lab.forces->builds, 10);
      }
    }
    EXPECT_NEAR(energies[0], energies[1], 1e-8) << method;
    // Directions survive rebuilds: the path is the same but for rounding.
    EXPECT_NEAR(evaluations[1] / evaluations[0], 1.0, 0.15) << method;
  }
}

// A crystal with one atom more, `distance` Å from another.
md::Configuration crowded(double distance) {
  md::Configuration copper = crystal("fcc", kCopperLattice, {"Cu"}, 3);
  md::AtomRecord extra = copper.atoms[40];
  extra.id = static_cast<std::int64_t>(copper.atoms.size()) + 1;
  extra.x[0] += 0.8 * distance;
  extra.x[1] += 0.6 * distance;
  copper.atoms.push_back(extra);
  return copper;
}

TEST(Minimisers, NeverMoveAnAtomFartherThanAllowed) {
  for (const std::string& method : kMethods) {
    for (const double distance : {0.1, 0.3, 1.0}) {
      Laboratory lab(crowded(distance), {kCopper});
      const auto search = minimiser("{method: " + method + ", max_displacement: 0.1}");
      search->begin(lab.system, *lab.forces);
      std::vector<double> before = lab.positions_by_id();
      double farthest = 0.0;
      for (bool more = true; more;) {
        more = search->step(lab.system, *lab.forces);
        const std::vector<double> now = lab.positions_by_id();
        for (std::size_t k = 0; k < now.size(); k += 3) {
          const double moved = std::hypot(now[k] - before[k], now[k + 1] - before[k + 1],
                                          now[k + 2] - before[k + 2]);
          farthest = std::max(farthest, moved);
        }
        before = now;
      }
      EXPECT_LE(farthest, 0.1 * (1.0 + 1e-9)) << method << ", " << distance << " Å";
      EXPECT_EQ(search->end(), md::MinimiserEnd::force_tolerance)
          << method << ", " << distance << " Å: " << search->reason();
      EXPECT_LT(search->evaluations(), 1500) << method << ", " << distance << " Å";
    }
  }
}

TEST(Minimisers, LeaveFrozenAtomsAlone) {
  for (const std::string& method : kMethods) {
    md::Configuration copper = crystal("fcc", kCopperLattice, {"Cu"}, 3);
    shake(copper, 0.2);
    std::vector<unsigned> group;
    for (const md::AtomRecord& atom : copper.atoms) {
      group.push_back(atom.id <= 20 ? md::kFrozenBit : 0u);
    }
    Laboratory lab(copper, {kCopper}, group);
    const std::vector<double> before = lab.positions_by_id();
    const auto search = minimiser("{method: " + method + ", force_tolerance: 1e-5}");
    md::minimise(*search, lab.system, *lab.forces);
    EXPECT_TRUE(search->converged());
    const std::vector<double> after = lab.positions_by_id();
    double moved = 0.0;
    for (std::size_t k = 0; k < before.size(); ++k) {
      if (k < 60) {
        EXPECT_EQ(before[k], after[k]);
      } else {
        moved = std::max(moved, std::abs(after[k] - before[k]));
      }
    }
    if (lab.comm.is_root()) {
      EXPECT_GT(moved, 0.05);
    }
  }
}

TEST(Minimisers, StopForTheReasonTheyGive) {
  for (const std::string& method : kMethods) {
    md::Configuration copper = crystal("fcc", kCopperLattice, {"Cu"}, 3);
    shake(copper, 0.2);
    const auto end_of = [&](const std::string& keys) {
      Laboratory lab(copper, {kCopper});
      const auto search = minimiser("{method: " + method + ", " + keys + "}");
      md::minimise(*search, lab.system, *lab.forces);
      if (search->end() == md::MinimiserEnd::max_steps) {
        EXPECT_EQ(search->steps(), 3);
      }
      return search->end();
    };
    EXPECT_EQ(end_of("max_steps: 3"), md::MinimiserEnd::max_steps);
    EXPECT_EQ(end_of("max_evaluations: 5"), md::MinimiserEnd::max_evaluations);
    EXPECT_EQ(end_of("force_tolerance: 0, energy_tolerance: 1e-8"),
              md::MinimiserEnd::energy_tolerance);
    EXPECT_EQ(end_of("force_tolerance: 100"), md::MinimiserEnd::force_tolerance);
    EXPECT_EQ(end_of("force_measure: total, force_tolerance: 1e-3"),
              md::MinimiserEnd::force_tolerance);
  }
  // Conjugate gradients notice that rounding lets them get no further.
  md::Configuration copper = crystal("fcc", kCopperLattice, {"Cu"}, 3);
  shake(copper, 0.1);
  Laboratory lab(copper, {kCopper});
  const auto search = minimiser("{method: cg, force_tolerance: 0, max_steps: 2000}");
  md::minimise(*search, lab.system, *lab.forces);
  EXPECT_EQ(search->end(), md::MinimiserEnd::no_descent);
  EXPECT_LT(search->force(), 1e-8);
}

TEST(Minimisers, CanBeUsedAgain) {
  for (const std::string& method : kMethods) {
    const auto search = minimiser("{method: " + method + ", force_tolerance: 1e-6}");
    double first = 0.0;
    std::int64_t evaluations = 0;
    for (int round = 0; round < 2; ++round) {
      md::Configuration copper = crystal("fcc", kCopperLattice, {"Cu"}, 3);
      shake(copper, 0.2);
      Laboratory lab(copper, {kCopper});
      md::minimise(*search, lab.system, *lab.forces);
      if (round == 0) {
        first = search->energy();
        evaluations = search->evaluations();
      } else {
        EXPECT_EQ(search->energy(), first) << method;
        EXPECT_EQ(search->evaluations(), evaluations) << method;
      }
    }
  }
}

}  // namespace
}  // namespace splicemd::test
