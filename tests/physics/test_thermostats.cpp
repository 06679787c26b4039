// The canonical ensemble: Langevin and Nosé–Hoover dynamics sample the Maxwell–Boltzmann distribution.
//
// Each statistical test compares a mean with its exact value in units of the standard error and fails at
// five of them: probability 6e-7 each for a correct program whose series is long enough to be Gaussian.
#include <gtest/gtest.h>

#include <cmath>

#include "base/units.hpp"
#include "md/measure.hpp"
#include "md/potential.hpp"
#include "tests/physics/laboratory.hpp"

namespace splicemd::test {
namespace {

constexpr double kT = 120.0;  // K, argon above its melting point

// Argon that melts at once.
md::Configuration liquid() { return crystal("fcc", 5.6, {"Ar"}, 3); }

double z_score(const std::vector<double>& series, double expected) {
  const Estimate e = estimate(series);
  return (e.mean - expected) / e.error;
}

// Kinetic energies of a run at kT (eV).
std::vector<double> kinetic_energies(Laboratory& lab, const std::string& keys, std::int64_t steps) {
  lab.heat(1.5 * kT, 9);
  const auto integrator = lab.integrator(keys, 0.005, steps);
  lab.run(*integrator, 1500);
  std::vector<double> series;
  lab.resume(*integrator, steps, [&] { series.push_back(lab.kinetic()); });
  return series;
}

// K of n degrees of freedom: mean n kT/2, variance n (kT)²/2.
void expect_canonical(const std::vector<double>& kinetic, double degrees) {
  const double kt = units::kBoltzmann * kT;
  EXPECT_LT(std::abs(z_score(kinetic, 0.5 * degrees * kt)), kSigmas);
  std::vector<double> squares;
  for (const double k : kinetic) {
    squares.push_back((k - 0.5 * degrees * kt) * (k - 0.5 * degrees * kt));
  }
  const Estimate variance = estimate(squares);
  EXPECT_LT(std::abs(variance.mean - 0.5 * degrees * kt * kt), kSigmas * variance.error);
  // The test has power: it would see a variance wrong by a quarter.
  EXPECT_LT(variance.error * kSigmas, 0.25 * 0.5 * degrees * kt * kt);
}

TEST(Langevin, KineticEnergyHasTheCanonicalMeanAndVariance) {
  Laboratory lab(liquid(), {kArgon});
  const auto series =
      kinetic_energies(lab, "{style: langevin, temperature: 120, friction: 5}", 20000);
  expect_canonical(series, 3.0 * static_cast<double>(lab.system.n_global));
}

TEST(Nvt, KineticEnergyHasTheCanonicalMeanAndVariance) {
  Laboratory lab(liquid(), {kArgon});
  // Long enough that the error's own scatter (over seeds, or by rounding) leaves the test its power.
  const auto series = kinetic_energies(lab, "{style: nvt, temperature: 120, tau_t: 0.3}", 60000);
  expect_canonical(series, 3.0 * static_cast<double>(lab.system.n_global) - 3.0);
}

// Σ m v² of one species (eV).
double twice_kinetic_of(const md::System& system, int species) {
  const auto v = system.atoms.v;
  const auto type = system.atoms.type;
  const auto mass = system.mass;
  double sum = 0.0;
  Kokkos::parallel_reduce(
      "test::kinetic_of", RangePolicy(0, system.atoms.n_local),
      KOKKOS_LAMBDA(const int i, double& total) {
        if (type(i) != species) return;
        for (int k = 0; k < 3; ++k) total += mass(type(i)) * v(i, k) * v(i, k);
      },
      sum);
  return system.comm.sum(sum * units::kMv2ToEv);
}

TEST(Thermostats, EnergyIsSharedEquallyBetweenSpecies) {
  md::Configuration mixture = liquid();
  mixture.species.push_back({"Kr", 83.798});
  for (md::AtomRecord& atom : mixture.atoms) atom.type = atom.id % 3 == 0 ? 1 : 0;
  const std::string term =
      "{style: lj/cut, cutoff: 8, shift: yes, mixing: arithmetic, pairs: [{species: [Ar, Ar], "
      "epsilon: 0.0104, sigma: 3.4}, {species: [Kr, Kr], epsilon: 0.0140, sigma: 3.65}]}";
  for (const bool deterministic : {false, true}) {
    Laboratory lab(mixture, {term});
    lab.heat(1.5 * kT, 21);
    const auto integrator =
        lab.integrator(deterministic ? "{style: nvt, temperature: 120, tau_t: 0.3}"
                                     : "{style: langevin, temperature: 120, friction: 5}",
                       0.005, 0);
    lab.run(*integrator, 1500);
    std::vector<double> series[2];
    lab.resume(*integrator, 12000, [&] {
      for (int s = 0; s < 2; ++s) series[s].push_back(twice_kinetic_of(lab.system, s));
    });
    double mass[2] = {0, 0}, atoms[2] = {0, 0};
    for (const md::AtomRecord& atom : mixture.atoms) {
      mass[atom.type] += mixture.species[atom.type].mass;
      ++atoms[atom.type];
    }
    for (int s = 0; s < 2; ++s) {
      // Where momentum is conserved, a species lacks its share of the centre of mass's motion.
      const double lost = deterministic ? 3.0 * mass[s] / (mass[0] + mass[1]) : 0.0;
      const double expected = (3.0 * atoms[s] - lost) * units::kBoltzmann * kT;
      EXPECT_LT(std::abs(z_score(series[s], expected)), kSigmas)
          << (deterministic ? "nvt" : "langevin") << ", species " << s;
    }
  }
}

// Independent harmonic springs of constant k (eV/Å²) to the atoms' first positions: averages are
// known exactly. Works on one rank without rebuilds.
class Springs : public md::Potential {
 public:
  Springs(double k, const DeviceView<double* [3]>& anchors) : k_(k), anchors_(anchors) {}
  std::string name() const override { return "springs"; }
  double cutoff() const override { return 1.0; }
  void compute(const md::ForceInput& in, md::Phase, const md::ForceOutput& out) override {
    const double k = k_;
    const auto anchors = anchors_;
    Kokkos::parallel_for(
        "test::springs", RangePolicy(0, in.n_local), KOKKOS_LAMBDA(const int i) {
          for (int c = 0; c < 3; ++c) {
            const double d = in.x(i, c) - anchors(i, c);
            out.f(i, c) -= k * d;
            if (in.energy) out.energy(i) += 0.5 * k * d * d;
          }
        });
  }

 private:
  double k_;
  DeviceView<double* [3]> anchors_;
};

// BAOAB in a harmonic well: <U> is exact at any timestep, <K> low by 1 − (ωh)²/4 (Leimkuhler, Matthews
// 2013). At ωh = 1 that is a quarter.
TEST(Langevin, IsExactInConfigurationsForHarmonicWells) {
  Communicator comm;
  if (comm.size() > 1) GTEST_SKIP() << "the springs are tied to one rank's rows";
  md::System system(comm);
  system.distribute(crystal("sc", 8.0, {"Ar"}, 5), {});
  md::Timers timers;
  const int n = system.atoms.n_local;
  DeviceView<double* [3]> anchors("anchors", n);
  const double spring = 1.0;  // eV/Å²
  std::vector<std::unique_ptr<md::Potential>> list;
  list.push_back(std::make_unique<Springs>(spring, anchors));
  md::Forces forces(system, std::move(list), {6.0, 1, true}, timers);
  forces.rebuild();
  const auto x = system.atoms.x;
  Kokkos::parallel_for(
      "test::anchors", RangePolicy(0, n), KOKKOS_LAMBDA(const int i) {
        for (int c = 0; c < 3; ++c) anchors(i, c) = x(i, c);
      });
  forces.compute(true, true);
  const double omega = std::sqrt(spring * units::kForceToAccel / system.species[0].mass);
  const double h = 1.0 / omega;
  md::create_velocities(system, {kT, 2, false, false});
  const ConfigNode node =
      ConfigNode::parse("stage", "{style: langevin, temperature: 120, friction: 20}");
  const auto langevin = md::make_integrator(node, {system, 0, h, 77});
  langevin->begin(system, forces);
  std::vector<double> potential, kinetic;
  for (int step = 0; step < 6000; ++step) {
    langevin->first_half(system);
    ++system.step;
    forces.compute(true, false);
    langevin->second_half(system, forces);
    if (step < 100) continue;
    potential.push_back(forces.potential_energy());
    kinetic.push_back(0.5 * md::trace(md::momentum_flux(system)));
  }
  const double half = 1.5 * n * units::kBoltzmann * kT;
  EXPECT_LT(std::abs(z_score(potential, half)), kSigmas);
  EXPECT_LT(std::abs(z_score(kinetic, 0.75 * half)), kSigmas);
  EXPECT_LT(estimate(kinetic).error, 0.01 * half);
}

// Standard deviation of the conserved quantity.
double bath_error(const std::string& keys, double timestep, std::int64_t steps) {
  Laboratory lab(crystal("fcc", kCopperLattice, {"Cu"}, 3), {kCopper});
  lab.heat(1200.0, 3);
  const auto integrator = lab.integrator(keys, timestep, steps);
  lab.run(*integrator, steps / 4);
  std::vector<double> series;
  lab.resume(*integrator, steps,
             [&] { series.push_back(lab.total_energy() + integrator->bath_energy()); });
  return standard_deviation(series);
}

TEST(Nvt, ConservedQuantityFallsWithTheSquareOfTheTimestep) {
  const std::string keys = "{style: nvt, temperature: 600, tau_t: 0.1}";
  EXPECT_NEAR(bath_error(keys, 0.004, 300) / bath_error(keys, 0.002, 600), 4.0, 0.6);
}

TEST(Nvt, ConservesItsEnergyThroughARamp) {
  const std::string keys = "{style: nvt, temperature: [600, 900], tau_t: 0.1}";
  EXPECT_NEAR(bath_error(keys, 0.004, 300) / bath_error(keys, 0.002, 600), 4.0, 0.8);
}

TEST(Langevin, HeatBalancesTheEnergy) {
  // The heat is that of the noise alone, so the sum changes only by the error of the Verlet part.
  const std::string keys = "{style: langevin, temperature: 600, friction: 5}";
  const double coarse = bath_error(keys, 0.004, 300), fine = bath_error(keys, 0.001, 1200);
  EXPECT_LT(fine, coarse / 6.0);
}

TEST(Thermostats, FollowARamp) {
  for (const std::string style : {"langevin, friction: 10", "nvt, tau_t: 0.05"}) {
    Laboratory lab(crystal("fcc", kCopperLattice, {"Cu"}, 3), {kCopper});
    lab.heat(600.0, 3);  // half of it goes into the potential
    const auto equilibrate = lab.integrator("{style: " + style + ", temperature: 300}", 0.002, 500);
    lab.run(*equilibrate, 500);
    const auto ramp =
        lab.integrator("{style: " + style + ", temperature: [300, 900]}", 0.002, 3000);
    std::vector<double> kinetic;
    lab.run(*ramp, 3000, [&] { kinetic.push_back(lab.kinetic()); });
    const double degrees = md::degrees_of_freedom(lab.system, ramp->conserves_momentum());
    for (int part = 0; part < 6; ++part) {
      double mean = 0.0;
      for (int k = 0; k < 500; ++k) mean += md::temperature(kinetic[500 * part + k], degrees) / 500;
      EXPECT_NEAR(mean, 350.0 + 100.0 * part, 60.0) << style << ", part " << part;
    }
  }
}

TEST(Thermostats, LeaveFrozenAtomsAlone) {
  for (const std::string keys :
       {"{style: nve}", "{style: langevin, temperature: 600}", "{style: nvt, temperature: 600}"}) {
    const md::Configuration copper = crystal("fcc", kCopperLattice, {"Cu"}, 3);
    std::vector<unsigned> group;
    for (const md::AtomRecord& atom : copper.atoms) {
      group.push_back(atom.id <= 30 ? md::kFrozenBit : 0u);
    }
    Laboratory lab(copper, {kCopper}, group);
    lab.heat(600.0, 3);
    const std::vector<double> before = lab.positions_by_id();
    const auto integrator = lab.integrator(keys, 0.002, 200);
    lab.run(*integrator, 200);
    const std::vector<double> after = lab.positions_by_id(), v = lab.velocities_by_id();
    double moved = 0.0;
    for (std::size_t k = 0; k < before.size(); ++k) {
      if (k < 90) {
        EXPECT_EQ(before[k], after[k]) << keys;
        EXPECT_EQ(v[k], 0.0) << keys;
      } else {
        moved = std::max(moved, std::abs(after[k] - before[k]));
      }
    }
    if (lab.comm.is_root()) {
      EXPECT_GT(moved, 0.05) << keys;
    }
  }
}

TEST(Velocities, AreMaxwellBoltzmannWithoutNetMomentum) {
  const md::Configuration copper = crystal("fcc", kCopperLattice, {"Cu"}, 12);
  Communicator comm;
  md::System system(comm);
  system.distribute(copper, {});
  md::create_velocities(system, {300.0, 4, true, true});
  const double degrees = md::degrees_of_freedom(system, true);
  EXPECT_NEAR(md::temperature(0.5 * md::trace(md::momentum_flux(system)), degrees), 300.0, 1e-9);
  const std::array<double, 4> momentum = md::total_momentum(system);
  for (int k = 0; k < 3; ++k) EXPECT_LT(std::abs(momentum[k]) / momentum[3], 1e-13);

  md::create_velocities(system, {300.0, 4, false, false});
  // Second and fourth moments, without rescaling.
  const auto v = system.atoms.v;
  double second = 0.0, fourth = 0.0;
  Kokkos::parallel_reduce(
      "test::moments", RangePolicy(0, system.atoms.n_local),
      KOKKOS_LAMBDA(const int i, double& s2, double& s4) {
        for (int k = 0; k < 3; ++k) {
          s2 += v(i, k) * v(i, k);
          s4 += v(i, k) * v(i, k) * v(i, k) * v(i, k);
        }
      },
      second, fourth);
  const double n = 3.0 * static_cast<double>(system.n_global);
  second = comm.sum(second) / n;
  fourth = comm.sum(fourth) / n;
  const double variance = units::kBoltzmann * 300.0 / (system.species[0].mass * units::kMv2ToEv);
  EXPECT_NEAR(second / variance, 1.0, kSigmas * std::sqrt(2.0 / n));
  EXPECT_NEAR(fourth / (variance * variance), 3.0, kSigmas * std::sqrt(96.0 / n));
}

}  // namespace
}  // namespace splicemd::test
