// The elementary moves and sums all integrators are made of.
#pragma once

#include "md/system.hpp"

namespace splicemd::md {

// v += f/m · dt for mobile atoms (dt in ps).
void kick(System& system, double dt);
// x += v · dt for mobile atoms.
void drift(System& system, double dt);
// v *= factor.
void scale_velocities(System& system, double factor);
// Σ m v² over mobile atoms on all ranks (eV). Collective.
double twice_kinetic_energy(const System& system);

}  // namespace splicemd::md
