// Neighbour lists and forces of the decomposed system against brute force over periodic images: any
// number of ranks, tilted and tiny boxes, open axes, full and half lists.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>

#include "base/log.hpp"
#include "md/forces.hpp"
#include "md/measure.hpp"
#include "md/snapshot.hpp"
#include "support/random_system.hpp"

namespace splicemd::md {
namespace {

struct Case {
  const char* name;
  Box box;
  int atoms;
  double separation;
  double cutoff;
};

std::vector<Case> cases() {
  const auto box = [](double a, double b, double c, double xy, double xz, double yz,
                      std::array<bool, 3> p) {
    return Box::restricted({-1, 2, 0.5}, {-1 + a, 2 + b, 0.5 + c}, xy, xz, yz, p);
  };
  const Box rotated =
      Box::from_vectors({{{7, 5, 1}, {-4, 8, 0.5}, {0.3, -1, 9}}}, {1, 1, 1}, {true, true, true});
  return {{"orthogonal", box(12, 13, 14, 0, 0, 0, {true, true, true}), 90, 1.5, 3.5},
          {"tilted", box(12, 11, 10, 3, -2, 4, {true, true, true}), 70, 1.5, 3.5},
          {"rotated", rotated, 40, 1.5, 4.0},
          {"tiny", box(2.5, 3.0, 2.2, 0.4, 0, 0.3, {true, true, true}), 3, 1.0, 5.0},
          {"thin", box(30, 2.5, 2.5, 0, 0, 0, {true, true, true}), 12, 1.2, 4.0},
          {"open", box(10, 10, 10, 0, 0, 0, {false, false, false}), 40, 1.5, 3.5},
          {"slab", box(10, 9, 20, 2, 0, 0, {true, true, false}), 60, 1.5, 3.5},
          {"sparse", box(40, 40, 40, 0, 0, 0, {true, true, true}), 5, 1.5, 3.0},
          {"one atom", box(3, 3, 3, 0.5, 0, 0, {true, true, true}), 1, 0.5, 4.0}};
}

class NeighbourCases : public testing::TestWithParam<std::tuple<int, ListKind>> {};

TEST_P(NeighbourCases, ForcesEnergiesAndVirialsAgreeWithBruteForce) {
  const auto [index, kind] = GetParam();
  const Case test = cases()[index];
  const Configuration configuration =
      random_configuration(test.box, test.atoms, test.separation, 7 + index);
  const SoftResult expected = soft_brute_force(configuration, test.cutoff);

  const Communicator comm;
  System system(comm);
  system.distribute(configuration, {});
  Timers timers;
  std::vector<std::unique_ptr<Potential>> potentials;
  potentials.push_back(make_soft_potential(test.cutoff, kind));
  Forces forces(system, std::move(potentials), {}, timers);
  forces.rebuild();
  forces.compute(true, true);
  const Evaluation result = gather_evaluation(system, forces);
  EXPECT_NEAR(result.energy, expected.energy, 1e-12 * (1 + expected.energy)) << test.name;
  const std::array<double, 6> virial = forces.virial();
  for (int k = 0; k < 6; ++k) EXPECT_NEAR(virial[k], expected.virial[k], 1e-10) << test.name;
  if (!comm.is_root()) return;
  ASSERT_EQ(result.forces.size(), expected.forces.size());
  for (std::size_t i = 0; i < expected.forces.size(); ++i) {
    ASSERT_EQ(result.id[i], static_cast<std::int64_t>(i) + 1);
    for (int k = 0; k < 3; ++k)
      EXPECT_NEAR(result.forces[i][k], expected.forces[i][k], 1e-11) << test.name;
  }
}

INSTANTIATE_TEST_SUITE_P(All, NeighbourCases,
                         testing::Combine(testing::Range(0, 9),
                                          testing::Values(ListKind::full, ListKind::half)));

// The message of the RunError that `action` throws; "" if it throws none.
std::string run_error(const std::function<void()>& action) {
  try {
    action();
  } catch (const RunError& error) {
    return error.what();
  }
  return "";
}

// A cluster in an open box, and far away two atoms close to each other, one on the other side, one along a diagonal.
Configuration cluster_with_evaporated_atoms(const Box& box, int atoms, double far) {
  Configuration configuration = random_configuration(box, atoms, 1.2, 13);
  const double places[4][3] = {
      {far, 1.0, 2.0}, {far + 1.3, 1.0, 2.5}, {3.0, -0.7 * far, 1.0}, {-far, far, -0.3 * far}};
  for (const auto& place : places) {
    AtomRecord atom = configuration.atoms.front();
    atom.id = static_cast<std::int64_t>(configuration.atoms.size()) + 1;
    std::copy(place, place + 3, atom.x);
    configuration.atoms.push_back(atom);
  }
  return configuration;
}

TEST(Neighbours, EvaporatedAtomsKeepTheListsRight) {
  const Box box = Box::restricted({0, 0, 0}, {11, 12, 13}, 0, 0, 0, {false, false, false});
  for (const double far : {30.0, 1e3, 1e5, 1e9}) {
    const Configuration configuration = cluster_with_evaporated_atoms(box, 300, far);
    const Communicator comm;
    System system(comm);
    system.distribute(configuration, {});
    Timers timers;
    std::vector<std::unique_ptr<Potential>> potentials;
    potentials.push_back(make_soft_potential(2.5, ListKind::half));
    NeighbourSettings settings;
    settings.lost = LostAtoms::ignore;
    Forces forces(system, std::move(potentials), settings, timers);
    forces.rebuild();
    forces.compute(true, true);
    const SoftResult expected = soft_brute_force(configuration, 2.5);
    const Evaluation result = gather_evaluation(system, forces);
    EXPECT_NEAR(result.energy, expected.energy, 1e-10 * (1 + expected.energy)) << far;
    for (std::size_t i = 0; i < result.forces.size(); ++i) {
      for (int k = 0; k < 3; ++k)
        EXPECT_NEAR(result.forces[i][k], expected.forces[i][k], far < 1e8 ? 1e-9 : 1e-5) << far;
    }
  }
}

// Coarser cells would make this one a thousand times slower; the bound leaves room for a busy machine.
TEST(Neighbours, EvaporatedAtomsCostLittle) {
  const Box box = Box::restricted({0, 0, 0}, {36, 36, 36}, 0, 0, 0, {false, false, false});
  const Communicator comm;
  if (comm.size() > 1) GTEST_SKIP() << "one rank tells it all";
  double seconds[2];
  for (const bool evaporated : {false, true}) {
    Configuration configuration = random_configuration(box, 8000, 1.0, 13);
    if (evaporated) configuration = cluster_with_evaporated_atoms(box, 8000, 1e5);
    System system(comm);
    system.distribute(configuration, {});
    NeighbourBuilder builder;
    builder.build(system.atoms, 3.0, false, false);
    const auto began = std::chrono::steady_clock::now();
    for (int k = 0; k < 3; ++k) builder.build(system.atoms, 3.0, false, false);
    seconds[evaporated] =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  }
  EXPECT_LT(seconds[1], 10.0 * seconds[0]);
}

TEST(Neighbours, AtomsFarOutsideAnOpenBoxAreNamed) {
  const Box box = Box::restricted({0, 0, 0}, {11, 12, 13}, 0, 0, 0, {true, true, false});
  Configuration configuration = random_configuration(box, 60, 1.2, 13);
  configuration.atoms[16].x[2] = -140.0;
  const Communicator comm;
  for (const LostAtoms lost : {LostAtoms::ignore, LostAtoms::warn, LostAtoms::error}) {
    System system(comm);
    system.distribute(configuration, {});
    Timers timers;
    std::vector<std::unique_ptr<Potential>> potentials;
    potentials.push_back(make_soft_potential(3.0, ListKind::full));
    NeighbourSettings settings;
    settings.lost = lost;
    Forces forces(system, std::move(potentials), settings, timers);
    const std::int64_t warned = log::warnings();
    const std::string message = run_error([&] {
      forces.rebuild();
      forces.rebuild();
    });
    EXPECT_EQ(comm.sum(log::warnings() - warned), lost == LostAtoms::warn ? 1 : 0);
    EXPECT_EQ(message.empty(), lost != LostAtoms::error);
    if (lost == LostAtoms::error) {
      EXPECT_NE(message.find("atom 17 is 140 Å outside the box along c"), std::string::npos)
          << message;
    }
  }
}

TEST(Neighbours, ListsHoldEveryPairOnce) {
  const Case test = cases()[1];
  const Configuration configuration =
      random_configuration(test.box, test.atoms, test.separation, 3);
  const Communicator comm;
  System system(comm);
  system.distribute(configuration, {});
  Timers timers;
  std::vector<std::unique_ptr<Potential>> potentials;
  potentials.push_back(make_soft_potential(test.cutoff, ListKind::half));
  Forces forces(system, std::move(potentials), {0.7, 1, true}, timers);
  forces.rebuild();
  const NeighbourList full = forces.lists().full(), half = forces.lists().half();
  std::int64_t n_full = 0, n_half = 0;
  for (int i = 0; i < system.atoms.n_local; ++i) {
    std::vector<int> row;
    for (int k = 0; k < full.count(i); ++k) row.push_back(full.neighbours(i, k));
    std::sort(row.begin(), row.end());
    EXPECT_EQ(std::adjacent_find(row.begin(), row.end()), row.end())
        << "a neighbour is listed twice";
    n_full += full.count(i);
    n_half += half.count(i);
  }
  EXPECT_EQ(comm.sum(n_full), 2 * comm.sum(n_half));
}

// A bar long enough for interior atoms on each of several ranks: forces made in two phases, with positions of ghosts
// in flight during the first.
TEST(Neighbours, InteriorAtomsHaveNoGhostsInTheirRows) {
  const Box box = Box::restricted({0, 0, 0}, {100, 7, 7}, 0, 0, 0, {true, false, false});
  const Configuration configuration = random_configuration(box, 500, 1.2, 11);
  const Communicator comm;
  System system(comm);
  system.distribute(configuration, {});
  Timers timers;
  std::vector<std::unique_ptr<Potential>> potentials;
  potentials.push_back(make_soft_potential(2.5, ListKind::full));
  Forces forces(system, std::move(potentials), {1.0, 1, true}, timers);
  forces.rebuild();
  const auto rows_of = [](const DeviceView<const int*>& rows) {
    return std::vector<int>(rows.data(), rows.data() + rows.extent(0));
  };
  if (comm.size() > 1) {
    std::vector<int> interior = rows_of(forces.lists().interior());
    const std::vector<int> boundary = rows_of(forces.lists().boundary());
    EXPECT_GT(interior.size(), 0u);
    EXPECT_EQ(interior.size() % NeighbourBuilder::kInteriorMultiple, 0u);
    EXPECT_TRUE(std::is_sorted(interior.begin(), interior.end()));
    EXPECT_TRUE(std::is_sorted(boundary.begin(), boundary.end()));
    const NeighbourList full = forces.lists().full();
    for (const int i : interior) {
      for (int k = 0; k < full.count(i); ++k) {
        EXPECT_LT(full.neighbours(i, k), system.atoms.n_local);
      }
    }
    interior.insert(interior.end(), boundary.begin(), boundary.end());
    std::sort(interior.begin(), interior.end());
    ASSERT_EQ(interior.size(), static_cast<std::size_t>(system.atoms.n_local));
    for (std::size_t i = 0; i < interior.size(); ++i) EXPECT_EQ(interior[i], static_cast<int>(i));
  }
  forces.compute(true, true);
  const SoftResult expected = soft_brute_force(configuration, 2.5);
  const Evaluation result = gather_evaluation(system, forces);
  EXPECT_NEAR(result.energy, expected.energy, 1e-12 * (1 + expected.energy));
  for (std::size_t i = 0; i < result.forces.size(); ++i) {
    for (int k = 0; k < 3; ++k) EXPECT_NEAR(result.forces[i][k], expected.forces[i][k], 1e-11);
  }
}

TEST(Neighbours, RebuildsExactlyWhenThePairMayHaveComeIntoRange) {
  const Box box = Box::restricted({0, 0, 0}, {12, 12, 12}, 0, 0, 0, {true, true, true});
  const Communicator comm;
  System system(comm);
  system.distribute(random_configuration(box, 40, 1.5, 5), {});
  Timers timers;
  std::vector<std::unique_ptr<Potential>> potentials;
  potentials.push_back(make_soft_potential(3.0, ListKind::full));
  Forces forces(system, std::move(potentials), {1.0, 1, true}, timers);
  forces.rebuild();
  const auto move = [&](double dx) {
    for (int i = 0; i < system.atoms.n_local; ++i) {
      if (system.atoms.id(i) == 17) system.atoms.x(i, 0) += dx;
    }
  };
  move(0.49);
  EXPECT_FALSE(forces.rebuild_if_needed());
  move(0.02);
  EXPECT_TRUE(forces.rebuild_if_needed());
  EXPECT_FALSE(forces.rebuild_if_needed());
  // A box that shrinks moves images although no atom's own displacement is large.
  double rows[3][3] = {{10.9, 0, 0}, {0, 12, 0}, {0, 0, 12}};
  system.box.set_vectors(rows);
  EXPECT_TRUE(forces.rebuild_if_needed());
}

TEST(Neighbours, AnAtomThatLeapsFartherThanForcesReachIsReported) {
  const Box box = Box::restricted({0, 0, 0}, {12, 12, 12}, 0, 0, 0, {true, true, true});
  const Communicator comm;
  System system(comm);
  system.distribute(random_configuration(box, 10, 1.5, 5), {});
  Timers timers;
  std::vector<std::unique_ptr<Potential>> potentials;
  potentials.push_back(make_soft_potential(3.0, ListKind::full));
  Forces forces(system, std::move(potentials), {1.0, 1, true}, timers);
  forces.rebuild();
  for (int i = 0; i < system.atoms.n_local; ++i) {
    if (system.atoms.id(i) == 3) system.atoms.x(i, 2) += 4.5;
  }
  EXPECT_NE(run_error([&] { forces.rebuild_if_needed(); }).find("atom 3 has moved 4.5 Å"),
            std::string::npos);
}

TEST(Neighbours, APositionThatIsNotANumberIsReported) {
  const Box box = Box::restricted({0, 0, 0}, {12, 12, 12}, 0, 0, 0, {true, true, true});
  const Communicator comm;
  System system(comm);
  system.distribute(random_configuration(box, 10, 1.5, 5), {});
  Timers timers;
  std::vector<std::unique_ptr<Potential>> potentials;
  potentials.push_back(make_soft_potential(3.0, ListKind::full));
  Forces forces(system, std::move(potentials), {1.0, 1, true}, timers);
  forces.rebuild();
  for (int i = 0; i < system.atoms.n_local; ++i) {
    if (system.atoms.id(i) == 7) system.atoms.x(i, 1) = NAN;
  }
  EXPECT_NE(
      run_error([&] { forces.rebuild_if_needed(); }).find("the position of atom 7 is not a number"),
      std::string::npos);
}

}  // namespace
}  // namespace splicemd::md
