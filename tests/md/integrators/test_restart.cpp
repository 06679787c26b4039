// An integrator rebuilt from its saved state continues bit for bit; noise does not depend on ranks.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/physics/laboratory.hpp"

namespace splicemd::test {
namespace {

const std::vector<std::string> kStages = {
    "{style: nve}",
    "{style: langevin, temperature: [60, 90], friction: 2}",
    "{style: nvt, temperature: [60, 90], tau_t: 0.2}",
    "{style: npt, temperature: [60, 90], tau_t: 0.2, pressure: [0, 500]}",
    "{style: npt, temperature: 60, cell: tri, tau_t: 0.2, chain: 4, chain_p: 2, pressure: 300}",
};

TEST(Restart, ContinuesBitForBit) {
  for (const std::string& keys : kStages) {
    Laboratory lab(crystal("fcc", 5.4, {"Ar"}, 3), {kArgon});
    lab.heat(100.0, 3);
    auto integrator = lab.integrator(keys, 0.005, 60);
    lab.run(*integrator, 30);
    const std::vector<double> saved = integrator->state();
    // A new integrator takes over; the atoms stay where they are.
    auto restored = lab.integrator(keys, 0.005, 60);
    lab.forces->compute(true, true);
    restored->begin(lab.system, *lab.forces);
    restored->set_state(saved);
    EXPECT_EQ(restored->bath_energy(), integrator->bath_energy()) << keys;
    lab.resume(*restored, 30);
    const std::vector<double> with = lab.positions_by_id();
    const double bath = restored->bath_energy();

    Laboratory other(crystal("fcc", 5.4, {"Ar"}, 3), {kArgon});
    other.heat(100.0, 3);
    const auto straight = other.integrator(keys, 0.005, 60);
    other.run(*straight, 30);
    straight->state();
    other.resume(*straight, 30);
    EXPECT_EQ(other.positions_by_id(), with) << keys;
    EXPECT_EQ(straight->bath_energy(), bath) << keys;
    for (int k = 0; k < 3; ++k) EXPECT_EQ(other.system.box.h[k][k], lab.system.box.h[k][k]) << keys;
  }
}

TEST(Restart, RefusesAStateOfTheWrongLength) {
  Laboratory lab(crystal("fcc", 5.4, {"Ar"}, 3), {kArgon});
  for (const std::string& keys : kStages) {
    if (keys == kStages[0]) continue;  // nve has none
    const auto integrator = lab.integrator(keys, 0.005, 60);
    lab.run(*integrator, 2);
    std::vector<double> state = integrator->state();
    state.pop_back();
    EXPECT_THROW(integrator->set_state(state), InputError) << keys;
    state.insert(state.end(), 2, 0.0);
    EXPECT_THROW(integrator->set_state(state), InputError) << keys;
  }
}

// The same trajectory on one rank (each rank alone) as on all together, up to rounding.
TEST(Restart, TrajectoriesDoNotDependOnRanks) {
  const Communicator world;
  for (const std::string& keys : kStages) {
    Laboratory together(crystal("fcc", 5.4, {"Ar"}, 3), {kArgon});
    together.heat(100.0, 3);
    const auto integrator = together.integrator(keys, 0.005, 40);
    together.run(*integrator, 40);
    const std::vector<double> x = together.positions_by_id(), v = together.velocities_by_id();

    Laboratory alone(crystal("fcc", 5.4, {"Ar"}, 3), {kArgon}, {}, {}, MPI_COMM_SELF);
    alone.heat(100.0, 3);
    const auto again = alone.integrator(keys, 0.005, 40);
    alone.run(*again, 40);
    const std::vector<double> x1 = alone.positions_by_id(), v1 = alone.velocities_by_id();
    if (!world.is_root()) continue;
    for (std::size_t k = 0; k < x.size(); ++k) {
      ASSERT_NEAR(x[k], x1[k], 1e-9) << keys;
      ASSERT_NEAR(v[k], v1[k], 1e-9) << keys;
    }
  }
}

}  // namespace
}  // namespace splicemd::test
