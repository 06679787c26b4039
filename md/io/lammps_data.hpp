// LAMMPS data files (`read_data` / `write_data`), units metal, atom_style atomic or charge.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/parse.hpp"
#include "md/configuration.hpp"

namespace splicemd::md {

// Reads the header, `Masses`, `Atom Type Labels`, `Atoms` and `Velocities`; charges and the `Pair Coeffs`
// sections are skipped, sections of molecules are refused. Atoms keep the file's order and may lie
// outside the box. A species' symbol is its type label, else the word after `#` on its `Masses` line,
// else the element of that mass, else empty.
// Throws InputError with file and line for anything malformed, missing, duplicate or out of range.
Configuration read_lammps_data(const std::string& path,
                               const std::array<bool, 3>& periodic = {true, true, true});
Configuration read_lammps_data(const TextFile& file, const std::array<bool, 3>& periodic);

// Writes `configuration` (atom_style atomic, image flags, velocities if it has them) with every digit of
// its numbers (box lengths are rounded once where the origin is not 0); a box that is not in restricted
// form is rotated, atoms and velocities with it. The file replaces `path` atomically. RunError if it cannot be written.
void write_lammps_data(const std::string& path, const Configuration& configuration,
                       std::string_view title = "");

}  // namespace splicemd::md
