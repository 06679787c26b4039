// Physical constants in metal units (Å, eV, ps, K, bar, g/mol, e): the values LAMMPS uses in
// `units metal`, so that results compare digit for digit (LAMMPS documentation, command `units`).
#pragma once

namespace splicemd::units {

inline constexpr double kBoltzmann = 8.617343e-5;        // eV/K
inline constexpr double kMv2ToEv = 1.0364269e-4;         // (g/mol)(Å/ps)² → eV
inline constexpr double kForceToAccel = 1.0 / kMv2ToEv;  // (eV/Å)/(g/mol) → Å/ps²
inline constexpr double kEvPerA3ToBar = 1.6021765e6;     // eV/Å³ → bar
inline constexpr double kPi = 3.14159265358979323846;

}  // namespace splicemd::units
