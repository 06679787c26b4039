// Migration and halo: no atom is lost or doubled, velocities and images travel along, ghosts follow
// their owners and the box, scalars reach every ghost.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "md/halo.hpp"
#include "md/integrators/verlet.hpp"
#include "md/measure.hpp"
#include "md/migration.hpp"
#include "md/snapshot.hpp"
#include "support/random_system.hpp"

namespace splicemd::md {
namespace {

const std::array<bool, 3> kPeriodic = {true, true, true};

TEST(Migration, LongFlightsKeepEveryAtomAndItsUnwrappedPath) {
  const Box box = Box::restricted({0, 0, 0}, {12, 9, 10}, 2, -1, 0.5, kPeriodic);
  Configuration configuration = random_configuration(box, 60, 1.2, 11);
  for (AtomRecord& atom : configuration.atoms) {
    for (int k = 0; k < 3; ++k) atom.v[k] = 20.0 * std::sin(static_cast<double>(atom.id) * (k + 1));
  }
  const Communicator comm;
  System system(comm);
  system.distribute(configuration, {});
  for (int turn = 0; turn < 5; ++turn) {  // up to 20 Å a turn: across several bricks and images
    drift(system, 1.0);
    wrap_atoms(system.atoms, system.box);
    migrate_atoms(system.atoms, system.box, system.grid, comm);
    sort_atoms(system.atoms, system.box, 2.0);
  }
  for (int i = 0; i < system.atoms.n_local; ++i) {
    double x[3], s[3];
    for (int k = 0; k < 3; ++k) x[k] = system.atoms.x(i, k);
    system.box.to_fractional(x, s);
    EXPECT_EQ(system.grid.owner(s), comm.rank());
  }
  const Frame frame = gather_frame(take_frame(system, {}), comm);
  if (!comm.is_root()) return;
  ASSERT_EQ(frame.id.size(), configuration.atoms.size());
  for (std::size_t i = 0; i < frame.id.size(); ++i) {
    const AtomRecord& start = configuration.atoms[i];
    ASSERT_EQ(frame.id[i], start.id);
    EXPECT_EQ(frame.type[i], start.type);
    double shift[3];
    box.lattice_vector(frame.image[i][0], frame.image[i][1], frame.image[i][2], shift);
    for (int k = 0; k < 3; ++k) {
      EXPECT_NEAR(frame.x[i][k] + shift[k], start.x[k] + 5.0 * start.v[k], 1e-10);
      EXPECT_EQ(frame.v[i][k], start.v[k]);
    }
  }
}

// Ranks of a communicator may have exchanged atoms among themselves before, as often as they like.
TEST(Migration, CommunicatorsWithDifferentHistoriesMeet) {
  const Box box = Box::restricted({0, 0, 0}, {12, 9, 10}, 0, 0, 0, kPeriodic);
  const Configuration configuration = random_configuration(box, 60, 1.2, 11);
  const auto move_atoms = [&](const Communicator& comm) {
    System system(comm);
    system.distribute(configuration, {});
    drift(system, 1.0);
    wrap_atoms(system.atoms, system.box);
    migrate_atoms(system.atoms, system.box, system.grid, comm);
    EXPECT_EQ(comm.sum(system.atoms.n_local), 60);
  };
  const Communicator world;
  const Communicator some = world.split(std::min(world.rank() / 2, 1), world.rank());
  move_atoms(some);
  move_atoms(world);
  if (world.rank() < 2) move_atoms(some);
  move_atoms(world.duplicate());
}

TEST(Halo, GhostsAreLatticeTranslatesOfTheirOwnersAndFollowThem) {
  const Box box = Box::restricted({0, 0, 0}, {7, 6, 5}, 1, 0.5, -0.5, kPeriodic);
  const Communicator comm;
  System system(comm);
  const Configuration configuration = random_configuration(box, 20, 1.0, 2);
  system.distribute(configuration, {});
  Halo halo(comm);
  halo.build(system.atoms, system.box, system.grid, 6.0);
  Atoms& atoms = system.atoms;

  // Everything moves, and the box is strained: ghosts must be where owner + n·(new box) is.
  double rows[3][3] = {{7.2, 0, 0}, {1.1, 6.1, 0}, {0.4, -0.6, 5.05}};
  system.box.set_vectors(rows);
  std::map<std::int64_t, std::array<double, 3>> now;
  for (const AtomRecord& atom : configuration.atoms) {
    for (int k = 0; k < 3; ++k)
      now[atom.id][k] = atom.x[k] + 0.01 * static_cast<double>(atom.id) * (k - 1);
  }
  for (int i = 0; i < atoms.n_local; ++i) {
    for (int k = 0; k < 3; ++k) {
      atoms.x(i, k) += 0.01 * static_cast<double>(atoms.id(i)) * (k - 1);
    }
  }
  halo.begin_positions(atoms, system.box);
  halo.finish_positions();
  ASSERT_GT(atoms.n_ghost, 0);
  for (int g = atoms.n_local; g < atoms.n_all(); ++g) {
    double d[3], s[3];
    for (int k = 0; k < 3; ++k)
      d[k] = atoms.x(g, k) - now.at(atoms.id(g))[k] + system.box.origin[k];
    system.box.to_fractional(d, s);
    for (int k = 0; k < 3; ++k) EXPECT_NEAR(s[k], std::round(s[k]), 1e-9);
    EXPECT_EQ(atoms.type(g), static_cast<int>(atoms.id(g) % 2));
  }
  const DeviceView<double*> values("values", atoms.n_all());
  for (int i = 0; i < atoms.n_local; ++i) values(i) = 3.0 * static_cast<double>(atoms.id(i));
  halo.begin(values);
  halo.finish(values);
  for (int g = 0; g < atoms.n_all(); ++g)
    EXPECT_EQ(values(g), 3.0 * static_cast<double>(atoms.id(g)));
}

TEST(Halo, ReturnedForcesSumOverAllImages) {
  const Box box = Box::restricted({0, 0, 0}, {5, 5, 5}, 0, 0, 0, kPeriodic);
  const Communicator comm;
  System system(comm);
  system.distribute(random_configuration(box, 8, 1.0, 4), {});
  Halo halo(comm);
  halo.build(system.atoms, system.box, system.grid, 4.0);
  Atoms& atoms = system.atoms;
  for (int i = 0; i < atoms.n_all(); ++i) {
    for (int k = 0; k < 3; ++k) atoms.f(i, k) = i < atoms.n_local ? 0.0 : 1.0;
  }
  halo.return_forces(atoms);
  double returned = 0.0;
  for (int i = 0; i < atoms.n_local; ++i) returned += atoms.f(i, 0);
  EXPECT_EQ(comm.sum(returned), static_cast<double>(comm.sum(atoms.n_ghost)));
}

TEST(System, RefusesDuplicateIdsAndMissingMasses) {
  const Communicator comm;
  const Box box = Box::restricted({0, 0, 0}, {5, 5, 5}, 0, 0, 0, kPeriodic);
  Configuration configuration = random_configuration(box, 4, 1.0, 4);
  configuration.atoms[1].id = 1;
  System system(comm);
  EXPECT_THROW(system.distribute(configuration, {}), InputError);
  configuration.atoms[1].id = 2;
  configuration.species[1].mass = 0.0;
  EXPECT_THROW(system.distribute(configuration, {}), InputError);
}

}  // namespace
}  // namespace splicemd::md
