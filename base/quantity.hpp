// Numbers with units, as decks and command lines write them: "0.5 fs", "12 GPa", "300 K", "4.7".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace splicemd {

// What a number measures. Without a unit it is in metal units: Å, eV, ps, K, bar, g/mol, Å/ps, eV/Å,
// 1/ps; angles are in degrees.
enum class Dimension {
  none,         // a pure number
  length,       // Å: Å A angstrom nm pm m bohr
  energy,       // eV: eV meV keV J kJ/mol kcal/mol Ha Ry
  time,         // ps: s ms us ns ps fs
  wall_time,    // s: s min h d, and h:m:s
  temperature,  // K: K
  pressure,     // bar: Pa kPa MPa GPa bar kbar atm
  mass,         // g/mol: g/mol u amu
  velocity,     // Å/ps: Å/ps A/ps nm/ps m/s km/s
  force,        // eV/Å: eV/Å eV/A
  rate,         // 1/ps: 1/ps 1/fs 1/ns /ps ps^-1 THz
  angle,        // degrees: deg rad
  bytes         // bytes: B kB MB GB KiB MiB GiB
};

// The value in metal units (or s, degrees, bytes), or nullopt if the text is not one number with a
// unit of this dimension.
std::optional<double> parse_quantity(std::string_view text, Dimension dimension);
// "a length (Å, A, nm, ...)": for messages about what was expected.
std::string describe(Dimension dimension);

}  // namespace splicemd
