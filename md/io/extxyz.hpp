// Extended XYZ files as ASE and OVITO write them: one comment line of key=value pairs per frame.
#pragma once

#include <array>
#include <string>

#include "base/parse.hpp"
#include "md/configuration.hpp"

namespace splicemd::md {

// Reads frame `index` (0-based; negative counts from the end). Columns named by `Properties` may come in
// any order: species or Z, pos, vel/velo/velocities (Å/ps), momenta (ASE's units), id, image, masses or
// mass; others are skipped. Without `Lattice` the box is the atoms' bounding box with 10 Å around it and
// open axes. Without `pbc` a file with a `Lattice` is periodic along all axes.
Configuration read_extxyz(const std::string& path, std::int64_t index = -1);
Configuration read_extxyz(const TextFile& file, std::int64_t index);

}  // namespace splicemd::md
