// Constant pressure: the cell finds the equilibrium that static calculations give, in every kind of cell.
#include <gtest/gtest.h>

#include <cmath>

#include "base/units.hpp"
#include "md/measure.hpp"
#include "tests/physics/laboratory.hpp"

namespace splicemd::test {
namespace {

constexpr double kCold = 5.0;  // K: thermal expansion of copper up to here is about 1e-4

// The static pressure (bar) of perfect fcc copper with cubic lattice constant a, stretched by `c_over_a`
// along z.
md::Tensor static_pressure(double a, double c_over_a) {
  md::Configuration copper = crystal("fcc", a, {"Cu"}, 1);
  double rows[3][3] = {};
  for (int k = 0; k < 3; ++k) rows[k][k] = copper.box.h[k][k];
  rows[2][2] *= c_over_a;
  copper.box.set_vectors(rows);
  for (md::AtomRecord& atom : copper.atoms) atom.x[2] *= c_over_a;
  const Laboratory lab(copper, {kCopper});
  return md::pressure_tensor({}, lab.forces->virial(), lab.system.box.volume());
}

// The zero of an increasing function between lo and hi.
double bisect(double lo, double hi, const std::function<double(double)>& f) {
  for (int k = 0; k < 30; ++k) {
    const double middle = 0.5 * (lo + hi);
    (f(middle) < 0.0 ? lo : hi) = middle;
  }
  return 0.5 * (lo + hi);
}

double static_lattice_constant(double pressure) {
  return bisect(3.4, 3.7, [&](double a) { return pressure - static_pressure(a, 1.0)[0]; });
}

struct MeanCell {
  double h[3][3] = {};  // Å
  double temperature = 0.0;
};

MeanCell mean_cell(Laboratory& lab, md::Integrator& integrator, std::int64_t settle,
                   std::int64_t steps) {
  lab.run(integrator, settle);
  MeanCell mean;
  lab.resume(integrator, steps, [&] {
    for (int i = 0; i < 3; ++i) {
      for (int k = 0; k < 3; ++k) {
        mean.h[i][k] += lab.system.box.h[i][k] / static_cast<double>(steps);
      }
    }
    mean.temperature += md::temperature(lab.kinetic(), md::degrees_of_freedom(lab.system, true)) /
                        static_cast<double>(steps);
  });
  return mean;
}

TEST(Npt, IsoFindsTheStaticLatticeConstantWithAndWithoutPressure) {
  for (const double pressure : {0.0, 1e5}) {
    const double expected = static_lattice_constant(pressure);
    if (pressure == 0.0) {
      EXPECT_NEAR(expected, 3.615, 1e-3);
    }
    Laboratory lab(crystal("fcc", expected * 1.003, {"Cu"}, 3), {kCopper});
    lab.heat(2.0 * kCold, 3);
    const auto npt = lab.integrator(
        fmt::format("{{style: npt, temperature: {}, tau_t: 0.05, tau_p: 0.3, pressure: {}}}", kCold,
                    pressure),
        0.002, 0);
    const MeanCell mean = mean_cell(lab, *npt, 3000, 6000);
    EXPECT_NEAR(mean.h[0][0] / (3.0 * expected), 1.0, 4e-4) << pressure;
    EXPECT_DOUBLE_EQ(lab.system.box.h[0][0], lab.system.box.h[1][1]);
    EXPECT_EQ(mean.h[0][1], 0.0);
    EXPECT_NEAR(mean.temperature, kCold, 1.5);
  }
}

TEST(Npt, AnisoFindsTheShapeUnderUniaxialPressure) {
  // Along z 2 GPa, none along x and y: the static answer by two nested bisections.
  const double target = 2e4;
  double c_over_a = 1.0;
  const auto relaxed_a = [](double c) {
    return bisect(3.5, 3.75, [&](double a) { return -static_pressure(a, c)[0]; });
  };
  c_over_a =
      bisect(0.9, 1.0, [&](double c) { return target - static_pressure(relaxed_a(c), c)[2]; });
  const double a = relaxed_a(c_over_a);
  Laboratory lab(crystal("fcc", a * (1.0 + 2.0 * c_over_a) / (2.0 + c_over_a), {"Cu"}, 3),
                 {kCopper});
  lab.heat(2.0 * kCold, 3);
  const auto npt = lab.integrator(
      "{style: npt, cell: aniso, temperature: 5, tau_t: 0.05, tau_p: 0.3, pressure: {xx: 0, yy: 0, "
      "zz: 2 GPa}}",
      0.002, 0);
  const MeanCell mean = mean_cell(lab, *npt, 4000, 8000);
  EXPECT_NEAR(mean.h[0][0] / (3.0 * a), 1.0, 8e-4);
  EXPECT_NEAR(mean.h[1][1] / (3.0 * a), 1.0, 8e-4);
  EXPECT_NEAR(mean.h[2][2] / (3.0 * a * c_over_a), 1.0, 8e-4);
  EXPECT_LT(c_over_a, 0.99);  // far outside the tolerances
}

TEST(Npt, TriRelaxesShearWithoutRotating) {
  md::Configuration copper = crystal("fcc", 3.62, {"Cu"}, 3);
  // Sheared: b leans along x, c along y.
  double rows[3][3] = {};
  for (int k = 0; k < 3; ++k) rows[k][k] = copper.box.h[k][k];
  rows[1][0] = 0.06;
  rows[2][1] = -0.05;
  md::Box sheared = copper.box;
  sheared.set_vectors(rows);
  for (md::AtomRecord& atom : copper.atoms) {
    double s[3];
    copper.box.to_fractional(atom.x, s);
    sheared.to_cartesian(s, atom.x);
  }
  copper.box = sheared;
  Laboratory lab(copper, {kCopper});
  lab.heat(2.0 * kCold, 3);
  const auto npt =
      lab.integrator("{style: npt, cell: tri, temperature: 5, tau_t: 0.05, tau_p: 0.3}", 0.002, 0);
  const MeanCell mean = mean_cell(lab, *npt, 4000, 8000);
  const double expected = 3.0 * static_lattice_constant(0.0);
  for (int k = 0; k < 3; ++k) EXPECT_NEAR(mean.h[k][k] / expected, 1.0, 8e-4);
  EXPECT_NEAR(mean.h[1][0], 0.0, 0.01);
  EXPECT_NEAR(mean.h[2][0], 0.0, 0.01);
  EXPECT_NEAR(mean.h[2][1], 0.0, 0.01);
  EXPECT_EQ(mean.h[0][1], 0.0);
  EXPECT_EQ(mean.h[0][2], 0.0);
  EXPECT_EQ(mean.h[1][2], 0.0);
}

double conserved_error(const std::string& keys, double timestep, std::int64_t steps) {
  Laboratory lab(crystal("fcc", 3.63, {"Cu"}, 3), {kCopper});
  lab.heat(1200.0, 3);
  const auto npt = lab.integrator(keys, timestep, steps);
  lab.run(*npt, steps / 4);
  std::vector<double> series;
  lab.resume(*npt, steps, [&] { series.push_back(lab.total_energy() + npt->bath_energy()); });
  return standard_deviation(series);
}

TEST(Npt, ConservedQuantityFallsWithTheSquareOfTheTimestep) {
  for (const std::string cell :
       {"cell: iso, pressure: 1 GPa", "cell: aniso, pressure: {xx: 0, zz: 1 GPa}",
        "cell: tri, pressure: {xx: 0, yy: 0, zz: 1 GPa, xy: 0.2 GPa, xz: 0, yz: 0}"}) {
    const std::string keys = "{style: npt, temperature: 600, tau_t: 0.1, tau_p: 0.5, " + cell + "}";
    EXPECT_NEAR(conserved_error(keys, 0.004, 300) / conserved_error(keys, 0.002, 600), 4.0, 0.8)
        << cell;
  }
}

TEST(Npt, KeepsMomentumAndTemperature) {
  Laboratory lab(crystal("fcc", 3.65, {"Cu"}, 3), {kCopper});
  lab.heat(1600.0, 3);
  const auto npt =
      lab.integrator("{style: npt, cell: tri, temperature: 800, tau_t: 0.1, tau_p: 0.5}", 0.002, 0);
  lab.run(*npt, 1500);
  std::vector<double> kinetic, pressures;
  lab.resume(*npt, 8000, [&] {
    kinetic.push_back(lab.kinetic());
    const md::Tensor p = md::pressure_tensor(md::momentum_flux(lab.system), lab.forces->virial(),
                                             lab.system.box.volume());
    pressures.push_back(md::trace(p) / 3.0);
  });
  const double degrees = md::degrees_of_freedom(lab.system, true);
  const Estimate k = estimate(kinetic), p = estimate(pressures);
  EXPECT_LT(std::abs(k.mean - 0.5 * degrees * units::kBoltzmann * 800.0), kSigmas * k.error);
  EXPECT_LT(std::abs(p.mean), kSigmas * p.error);
  EXPECT_LT(p.error, 500.0);  // bar
  const std::array<double, 4> momentum = md::total_momentum(lab.system);
  for (int c = 0; c < 3; ++c) EXPECT_LT(std::abs(momentum[c]) / momentum[3], 1e-11);
}

TEST(Npt, LeavesOpenAxesAlone) {
  md::Configuration slab = crystal("fcc", 3.65, {"Cu"}, 3);
  slab.box.periodic[2] = false;
  for (const std::string cell : {"iso", "aniso", "tri"}) {
    Laboratory lab(slab, {kCopper});
    lab.heat(200.0, 3);
    const auto npt = lab.integrator(
        "{style: npt, temperature: 100, tau_t: 0.05, tau_p: 0.3, cell: " + cell + "}", 0.002, 0);
    lab.run(*npt, 500);
    EXPECT_EQ(lab.system.box.h[2][2], slab.box.h[2][2]) << cell;
    EXPECT_EQ(lab.system.box.h[2][0], 0.0) << cell;
    EXPECT_EQ(lab.system.box.h[2][1], 0.0) << cell;
    EXPECT_GT(std::abs(lab.system.box.h[0][0] - slab.box.h[0][0]), 1e-3) << cell;
  }
}

}  // namespace
}  // namespace splicemd::test
