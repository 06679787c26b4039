// Maxwell–Boltzmann velocities, and removal of the centre-of-mass motion.
#include "md/velocities.hpp"

#include <cmath>

#include "base/error.hpp"
#include "base/random.hpp"
#include "base/units.hpp"
#include "md/integrators/verlet.hpp"
#include "md/measure.hpp"

namespace splicemd::md {

namespace {

void draw_velocities(System& system, double target, std::uint64_t seed) {
  const auto v = system.atoms.v;
  const auto id = system.atoms.id;
  const auto type = system.atoms.type;
  const auto group = system.atoms.group;
  const auto mass = system.mass;
  const double variance = units::kBoltzmann * target / units::kMv2ToEv;  // times 1/m: (Å/ps)²
  Kokkos::parallel_for(
      "velocities::draw", RangePolicy(0, system.atoms.n_local), KOKKOS_LAMBDA(const int i) {
        double normal[4] = {0, 0, 0, 0};
        if ((group(i) & kFrozenBit) == 0) {
          random_normal4(seed, RandomStream::velocities, static_cast<std::uint64_t>(id(i)), 0, 0,
                         normal);
        }
        const double amplitude = ::sqrt(variance / mass(type(i)));
        for (int k = 0; k < 3; ++k) v(i, k) = amplitude * normal[k];
      });
}

}  // namespace

void create_velocities(System& system, const VelocitySpec& spec) {
  require(std::isfinite(spec.temperature) && spec.temperature >= 0.0,
          "velocities need a finite temperature of at least 0 K");
  draw_velocities(system, spec.temperature, spec.seed);
  if (spec.zero_momentum) zero_momentum(system);
  if (spec.rescale) rescale_velocities(system, spec.temperature, spec.zero_momentum);
}

void zero_momentum(System& system) {
  const std::array<double, 4> total = total_momentum(system);
  if (total[3] <= 0.0) return;
  const double drift[3] = {total[0] / total[3], total[1] / total[3], total[2] / total[3]};
  const double dx = drift[0], dy = drift[1], dz = drift[2];
  const auto v = system.atoms.v;
  const auto group = system.atoms.group;
  Kokkos::parallel_for(
      "velocities::zero_momentum", RangePolicy(0, system.atoms.n_local),
      KOKKOS_LAMBDA(const int i) {
        if ((group(i) & kFrozenBit) != 0) return;
        v(i, 0) -= dx;
        v(i, 1) -= dy;
        v(i, 2) -= dz;
      });
}

void rescale_velocities(System& system, double target, bool conserves_momentum) {
  const double degrees = degrees_of_freedom(system, conserves_momentum);
  const double now = temperature(0.5 * twice_kinetic_energy(system), degrees);
  if (now > 0.0) scale_velocities(system, std::sqrt(target / now));
}

}  // namespace splicemd::md
