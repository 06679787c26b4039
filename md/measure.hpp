// Thermodynamic quantities of the current state: kinetic energy, temperature, pressure.
#pragma once

#include <array>

#include "md/forces.hpp"
#include "md/system.hpp"

namespace splicemd::md {

// Symmetric tensors are in the order xx yy zz xy xz yz.
using Tensor = std::array<double, 6>;

// Σ m v⊗v over mobile atoms on all ranks (eV): twice the kinetic energy tensor. Collective.
Tensor momentum_flux(const System& system);
// Σ m v over mobile atoms ((g/mol)·Å/ps) and their total mass in the fourth place. Collective.
std::array<double, 4> total_momentum(const System& system);

// Mass of all atoms on all ranks (g/mol). Collective.
double total_mass(const System& system);

inline double trace(const Tensor& t) { return t[0] + t[1] + t[2]; }

// Degrees of freedom the temperature is taken over: 3 per mobile atom, less the 3 of the centre of mass
// where the motion conserves momentum (no frozen atoms, no Langevin bath).
double degrees_of_freedom(const System& system, bool conserves_momentum);
// K, from the kinetic energy (eV).
double temperature(double kinetic_energy, double degrees_of_freedom);
// bar: (momentum flux + virial) / volume, both eV.
Tensor pressure_tensor(const Tensor& flux, const Tensor& virial, double volume);

}  // namespace splicemd::md
