// Extended XYZ files as ASE and OVITO write them: one comment line of key=value pairs per frame.
#pragma once

#include <array>
#include <string>

#include "base/parse.hpp"
#include "md/configuration.hpp"

namespace splicemd::md {

// Reads frame `index` (0-based; negative counts from the end). Columns named by `Properties` may come in
// any order: species or Z, pos, vel/velo/velocities (Å/ps), momenta (ASE's units), id, image, masses or
// mass, move_mask; others are skipped. Atoms of one element that differ in mass are of different species.
// Without `Lattice`, or along axes whose vector is zero, the box reaches 10 Å beyond the atoms and is open.
// Without `pbc` a file with a `Lattice` is periodic along all axes. Of left-handed vectors a and b change
// places. InputError names the line; what had to be guessed is said in a warning.
Configuration read_extxyz(const std::string& path, std::int64_t index = -1);
Configuration read_extxyz(const TextFile& file, std::int64_t index);

}  // namespace splicemd::md
