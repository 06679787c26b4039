// A reference case: a folder with a system and what another code computes for it.
//
// `system.data` is a LAMMPS data file; `expected.json` holds the potential in LAMMPS's words, the
// energy (eV), per-atom energies, forces (eV/Å), the virial pressure without the kinetic part (bar)
// and, for some cases, a short NVE run.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "md/configuration.hpp"

namespace splicemd::md {

using Row3 = std::array<double, 3>;

// Constant-energy dynamics from the case's positions and velocities by velocity Verlet.
struct ReferenceNve {
  double timestep = 0.0;  // ps
  std::int64_t steps = 0;
  std::vector<std::string> columns;         // step temp_K pe_eV ke_eV etotal_eV press_bar
  std::vector<std::vector<double>> thermo;  // [row][column]
  std::vector<Row3> final_positions;        // Å, in the data file's order
  std::vector<Row3> final_velocities;       // Å/ps
};

struct ReferenceCase {
  std::string folder;  // as given
  std::string name;    // the folder's last part
  std::array<bool, 3> periodic{true, true, true};
  std::vector<std::string> elements;  // of types 1, 2, …
  std::string pair_style;
  std::vector<std::string> pair_coeff;

  double energy = 0.0;                // eV
  std::vector<double> atom_energies;  // eV
  std::vector<Row3> forces;           // eV/Å
  std::array<double, 6> pressure{};   // bar, xx yy zz xy xz yz
  std::optional<ReferenceNve> nve;

  double largest_force() const;  // the largest component's magnitude, eV/Å
};

// Reads `folder`/expected.json. InputError if something is missing or malformed.
ReferenceCase read_reference_case(const std::string& folder);
// Reads `folder`/system.data, with the case's boundaries and its elements as species names.
Configuration read_reference_system(const ReferenceCase& reference);

// The potential as the `potentials:` list of a deck (YAML text, a block list). Files are looked for in
// `directories` in turn and written with the path found. InputError for a style that has no
// counterpart or a file that is in none of them.
std::string deck_potentials(const ReferenceCase& reference,
                            const std::vector<std::string>& directories);

// Replaces masses as the reference code did: its EAM styles take them from the potential's file.
void set_reference_masses(const ReferenceCase& reference,
                          const std::vector<std::string>& directories,
                          std::vector<Species>& species);

}  // namespace splicemd::md
