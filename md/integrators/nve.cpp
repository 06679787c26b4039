// Velocity Verlet as kick–drift, forces, kick.
#include "md/integrators/nve.hpp"

#include "md/integrators/verlet.hpp"

namespace splicemd::md {

void Nve::first_half(System& system) {
  kick(system, 0.5 * timestep_);
  drift(system, timestep_);
}

void Nve::second_half(System& system, const Forces&) { kick(system, 0.5 * timestep_); }

}  // namespace splicemd::md
