// Kick, drift and scaling kernels.
#include "md/integrators/verlet.hpp"

#include "base/units.hpp"

namespace splicemd::md {

void kick(System& system, double dt) {
  const auto v = system.atoms.v;
  const auto f = system.atoms.f;
  const auto type = system.atoms.type;
  const auto group = system.atoms.group;
  const auto mass = system.mass;
  const double scale = dt * units::kForceToAccel;
  for_rows(
      "verlet::kick", system.atoms.n_local, KOKKOS_LAMBDA(const int i) {
        if ((group(i) & kFrozenBit) != 0) return;
        const double factor = scale / mass(type(i));
        for (int k = 0; k < 3; ++k) v(i, k) += factor * f(i, k);
      });
}

void drift(System& system, double dt) {
  const auto x = system.atoms.x;
  const auto v = system.atoms.v;
  for_rows(
      "verlet::drift", system.atoms.n_local, KOKKOS_LAMBDA(const int i) {
        for (int k = 0; k < 3; ++k) x(i, k) += dt * v(i, k);
      });
}

void scale_velocities(System& system, double factor) {
  const auto v = system.atoms.v;
  for_rows(
      "verlet::scale", system.atoms.n_local, KOKKOS_LAMBDA(const int i) {
        for (int k = 0; k < 3; ++k) v(i, k) *= factor;
      });
}

double twice_kinetic_energy(const System& system) {
  const auto v = system.atoms.v;
  const auto type = system.atoms.type;
  const auto mass = system.mass;
  double sum = 0.0;
  reduce_rows(
      "verlet::kinetic_energy", system.atoms.n_local,
      KOKKOS_LAMBDA(const int i, double& total) {
        total += mass(type(i)) * (v(i, 0) * v(i, 0) + v(i, 1) * v(i, 1) + v(i, 2) * v(i, 2));
      },
      Kokkos::Sum<double>(sum));
  return system.comm.sum(sum * units::kMv2ToEv);
}

}  // namespace splicemd::md
