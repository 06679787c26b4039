// Newtonian motion: the energy error of velocity Verlet falls with dt², motion is reversible and keeps
// its momentum.
#include <gtest/gtest.h>

#include <cmath>

#include "md/measure.hpp"
#include "tests/physics/laboratory.hpp"

namespace splicemd::test {
namespace {

struct Case {
  std::string name;
  md::Configuration configuration;
  std::vector<std::string> terms;
  double temperature;  // K
  double timestep;     // ps, the longer of two
  std::int64_t steps;  // of the longer timestep
};

std::vector<Case> cases() {
  return {
      {"argon", crystal("fcc", 5.3, {"Ar"}, 3), {kArgon}, 20.0, 0.02, 150},
      {"copper", crystal("fcc", kCopperLattice, {"Cu"}, 3), {kCopper}, 600.0, 0.005, 200},
      {"tungsten",
       crystal("bcc", 3.1803, {"W"}, 3),
       {"{style: zbl, inner: 4.0, outer: 4.8}",
        "{style: snap, coefficients: W_2940_2017_2.snapcoeff, parameters: "
        "W_2940_2017_2.snapparam}"},
       600.0,
       0.006,
       60},
  };
}

// Standard deviation of the total energy (eV) over the same stretch of time for timestep/divisor.
double energy_error(const Case& which, int divisor) {
  Laboratory lab(which.configuration, which.terms);
  lab.heat(2.0 * which.temperature, 3);
  const auto nve = lab.integrator("{style: nve}", which.timestep / divisor, 0);
  lab.run(*nve, which.steps * divisor / 3);  // away from the perfect lattice
  std::vector<double> energies;
  lab.resume(*nve, which.steps * divisor, [&] { energies.push_back(lab.total_energy()); });
  return standard_deviation(energies);
}

TEST(Nve, EnergyErrorFallsWithTheSquareOfTheTimestep) {
  for (const Case& which : cases()) {
    const double ratio = energy_error(which, 1) / energy_error(which, 2);
    EXPECT_NEAR(ratio, 4.0, 0.5) << which.name;
  }
}

TEST(Nve, EnergyDoesNotDrift) {
  Laboratory lab(crystal("fcc", kCopperLattice, {"Cu"}, 3), {kCopper});
  lab.heat(1200.0, 3);
  const auto nve = lab.integrator("{style: nve}", 0.002, 0);
  lab.run(*nve, 1000);
  std::vector<double> first, last;
  lab.resume(*nve, 1500, [&] { first.push_back(lab.total_energy()); });
  lab.resume(*nve, 2000);
  lab.resume(*nve, 1500, [&] { last.push_back(lab.total_energy()); });
  const Estimate a = estimate(first), b = estimate(last);
  const double error = std::hypot(a.error, b.error);
  EXPECT_LT(std::abs(b.mean - a.mean), kSigmas * error);
  EXPECT_LT(kSigmas * error / static_cast<double>(lab.system.n_global), 5e-6);  // eV per atom
}

TEST(Nve, IsReversibleAndKeepsMomentum) {
  for (const Case& which : cases()) {
    Laboratory lab(which.configuration, which.terms);
    lab.heat(which.temperature, 5);
    const std::vector<double> start = lab.positions_by_id();
    const auto nve = lab.integrator("{style: nve}", which.timestep / 2, 0);
    lab.run(*nve, which.steps);
    const std::array<double, 4> momentum = md::total_momentum(lab.system);
    for (int k = 0; k < 3; ++k) {
      EXPECT_LT(std::abs(momentum[k]) / momentum[3], 1e-11) << which.name;  // Å/ps
    }
    const std::vector<double> away = lab.positions_by_id();
    const auto v = lab.system.atoms.v;
    Kokkos::parallel_for(
        "test::reverse", RangePolicy(0, lab.system.atoms.n_local), KOKKOS_LAMBDA(const int i) {
          for (int k = 0; k < 3; ++k) v(i, k) = -v(i, k);
        });
    lab.run(*nve, which.steps);
    const std::vector<double> back = lab.positions_by_id();
    double moved = 0.0, left = 0.0;
    for (std::size_t k = 0; k < start.size(); ++k) {
      moved = std::max(moved, std::abs(away[k] - start[k]));
      left = std::max(left, std::abs(back[k] - start[k]));
    }
    if (lab.comm.is_root()) {
      EXPECT_GT(moved, 0.05) << which.name;
    }
    EXPECT_LT(left, 1e-8) << which.name;
  }
}

}  // namespace
}  // namespace splicemd::test
