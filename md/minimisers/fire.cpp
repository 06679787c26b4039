// The FIRE step. The velocities are the array a_ of the base class.
#include "md/minimisers/fire.hpp"

#include <algorithm>
#include <cmath>

#include "base/units.hpp"
#include "md/measure.hpp"

namespace splicemd::md {

Fire::Fire(const MinimiserSettings& settings, const FireSettings& fire)
    : Minimiser(settings), fire_(fire) {}

void Fire::start(System& system) {
  const double mass = total_momentum(system)[3];
  accel_ = units::kForceToAccel * static_cast<double>(system.n_mobile) / mass;
  dt_ = fire_.timestep;
  mixing_ = fire_.mixing;
  downhill_ = 0;
  moved_dt_ = fastest_ = 0.0;
}

double Fire::update_velocities(System& system, double back, double keep, double push) const {
  const auto x = system.atoms.x;
  const auto f = system.atoms.f;
  const auto group = system.atoms.group;
  const auto v = a_;
  double largest2 = 0.0;
  reduce_rows(
      "fire::velocities", system.atoms.n_local,
      KOKKOS_LAMBDA(const int i, double& largest) {
        if ((group(i) & kFrozenBit) != 0) return;
        double square = 0.0;
        for (int k = 0; k < 3; ++k) {
          x(i, k) -= back * v(i, k);
          v(i, k) = keep * v(i, k) + push * f(i, k);
          square += v(i, k) * v(i, k);
        }
        if (square > largest) largest = square;
      },
      Kokkos::Max<double>(largest2));
  return std::sqrt(system.comm.max(std::max(largest2, 0.0)));
}

void Fire::move(System& system, double dt) const {
  const auto x = system.atoms.x;
  const auto group = system.atoms.group;
  const auto v = a_;
  for_rows(
      "fire::move", system.atoms.n_local, KOKKOS_LAMBDA(const int i) {
        if ((group(i) & kFrozenBit) != 0) return;
        for (int k = 0; k < 3; ++k) x(i, k) += dt * v(i, k);
      });
}

void Fire::advance(System& system, Forces& forces) {
  const double power = sums_.fa;
  double back = 0.0;
  if (power > 0.0) {
    if (++downhill_ > fire_.delay) {
      dt_ = std::min(dt_ * fire_.grow, fire_.longest * fire_.timestep);
      mixing_ *= fire_.mixing_decay;
    }
  } else {
    // Uphill (or at rest): half a step back, and start anew from rest.
    back = 0.5 * moved_dt_;
    if (steps() > fire_.delay) {
      dt_ = std::max(dt_ * fire_.shrink, fire_.shortest * fire_.timestep);
    }
    mixing_ = fire_.mixing;
    downhill_ = 0;
    energy_counts_ = false;
  }
  // v + kick·f, of which the share `mixing` is turned into the direction of f.
  const double kick = dt_ * accel_;
  const double old = power > 0.0 ? 1.0 : 0.0;
  const double speed2 = old * (sums_.aa + 2.0 * kick * power) + kick * kick * sums_.ff;
  const double turned = mixing_ * std::sqrt(std::max(speed2, 0.0) / sums_.ff);
  // What the step back takes of the limit is not left for the step forward.
  const double allowed = settings_.max_displacement - back * fastest_;
  fastest_ =
      update_velocities(system, back, old * (1.0 - mixing_), (1.0 - mixing_) * kick + turned);
  moved_dt_ = fastest_ * dt_ > allowed ? allowed / fastest_ : dt_;
  move(system, moved_dt_);
  evaluate(system, forces);
}

std::unique_ptr<Minimiser> make_fire(const ConfigNode& stage, const MinimiserSettings& settings) {
  FireSettings fire;
  fire.timestep = stage.number("timestep", Dimension::time, fire.timestep, 1e-9, 0.1);
  return std::make_unique<Fire>(settings, fire);
}

}  // namespace splicemd::md
