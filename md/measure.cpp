// Reductions over atoms that give kinetic energy, momentum and pressure.
#include "md/measure.hpp"

#include "base/units.hpp"

namespace splicemd::md {

Tensor momentum_flux(const System& system) {
  constexpr int kFirst[6] = {0, 1, 2, 0, 0, 1};
  constexpr int kSecond[6] = {0, 1, 2, 1, 2, 2};
  const auto v = system.atoms.v;
  const auto type = system.atoms.type;
  const auto mass = system.mass;
  Tensor flux{};
  for (int c = 0; c < 6; ++c) {
    const int a = kFirst[c], b = kSecond[c];
    Kokkos::parallel_reduce(
        "measure::momentum_flux", RangePolicy(0, system.atoms.n_local),
        KOKKOS_LAMBDA(const int i, double& sum) { sum += mass(type(i)) * v(i, a) * v(i, b); },
        flux[c]);
    flux[c] *= units::kMv2ToEv;
  }
  system.comm.sum(flux.data(), flux.size());
  return flux;
}

std::array<double, 4> total_momentum(const System& system) {
  const auto v = system.atoms.v;
  const auto type = system.atoms.type;
  const auto mass = system.mass;
  const auto group = system.atoms.group;
  std::array<double, 4> total{};
  for (int c = 0; c < 4; ++c) {
    Kokkos::parallel_reduce(
        "measure::momentum", RangePolicy(0, system.atoms.n_local),
        KOKKOS_LAMBDA(const int i, double& sum) {
          if ((group(i) & kFrozenBit) == 0)
            sum += mass(type(i)) * (c < 3 ? v(i, c < 3 ? c : 0) : 1.0);
        },
        total[c]);
  }
  system.comm.sum(total.data(), total.size());
  return total;
}

double total_mass(const System& system) {
  const auto type = system.atoms.type;
  const auto mass = system.mass;
  double total = 0.0;
  Kokkos::parallel_reduce(
      "measure::mass", RangePolicy(0, system.atoms.n_local),
      KOKKOS_LAMBDA(const int i, double& sum) { sum += mass(type(i)); }, total);
  return system.comm.sum(total);
}

double degrees_of_freedom(const System& system, bool conserves_momentum) {
  const auto mobile = static_cast<double>(system.n_mobile);
  const bool free = conserves_momentum && system.n_mobile == system.n_global && system.n_mobile > 1;
  return 3.0 * mobile - (free ? 3.0 : 0.0);
}

double temperature(double kinetic_energy, double degrees) {
  return degrees > 0.0 ? 2.0 * kinetic_energy / (degrees * units::kBoltzmann) : 0.0;
}

Tensor pressure_tensor(const Tensor& flux, const Tensor& virial, double volume) {
  Tensor pressure{};
  for (int c = 0; c < 6; ++c) pressure[c] = (flux[c] + virial[c]) / volume * units::kEvPerA3ToBar;
  return pressure;
}

}  // namespace splicemd::md
