// VASP's structure files, versions 4 and 5: POSCAR and CONTCAR.
#pragma once

#include <string>
#include <vector>

#include "base/parse.hpp"
#include "md/configuration.hpp"

namespace splicemd::md {

// Reads lattice, species, positions (Direct or Cartesian) and, if there is one, the block of velocities
// (Å/fs; Direct, in lattice vectors per step of POTIM, is refused). A negative scale is the cell's volume.
// All axes periodic. The flags of Selective dynamics become AtomRecord::held.
//
// VASP 4 files do not name their species: `elements`, one for each number of atoms, does (each is a type of
// its own, also if two are the same element); else the words of the title do if they are as many elements.
// VASP 5 files do not use `elements`.
Configuration read_poscar(const std::string& path, const std::vector<std::string>& elements = {});
Configuration read_poscar(const TextFile& file, const std::vector<std::string>& elements = {});

}  // namespace splicemd::md
