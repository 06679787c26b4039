// VASP 5 structure files: POSCAR and CONTCAR.
#pragma once

#include <string>

#include "base/parse.hpp"
#include "md/configuration.hpp"

namespace splicemd::md {

// Reads lattice, species, positions (Direct or Cartesian) and, if there is one, the block of velocities
// (Å/fs, or Direct in lattice vectors per fs·POTIM is refused). A negative scale is the cell's volume.
// The flags of Selective dynamics are checked and ignored: a deck's `groups` fix atoms. All axes periodic.
Configuration read_poscar(const std::string& path);
Configuration read_poscar(const TextFile& file);

}  // namespace splicemd::md
