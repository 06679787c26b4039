// Crystals: a conventional cell, an orientation, repeats and a basis of species.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "md/configuration.hpp"

namespace splicemd::md {

struct LatticeSpec {
  std::string lattice;  // one of lattice_names()
  double a = 0.0;       // Å
  double c = 0.0;       // Å; hcp only, 0 means the ideal a·√(8/3)
  std::vector<std::string>
      elements;  // one, or two for zincblende and rocksalt: first and second sublattice
  // Crystal directions along the box's x, y and z: orthogonal, right-handed, each an integer vector of the
  // conventional cell (hcp: of the orthohexagonal cell a × √3·a × c).
  std::array<std::array<int, 3>, 3> orient = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  std::array<int, 3> repeats = {1, 1, 1};
  std::array<double, 3> origin = {0, 0, 0};  // Å, the box's corner
};

std::vector<std::string> lattice_names();

// The most atoms a builder makes.
inline constexpr std::int64_t kMaxBuiltAtoms = std::int64_t{1} << 31;

// A periodic orthogonal box filled with the crystal; ids 1…n. With an orientation one repeat is the
// smallest box whose edges are lattice translations along the three directions. Masses are the elements'
// standard weights (0 for names that are not elements). InputError if the spec makes no sense.
Configuration build_lattice(const LatticeSpec& spec);

// `n` copies along each cell vector; ids are renumbered, images cleared.
Configuration replicate(const Configuration& unit, const std::array<int, 3>& n);

}  // namespace splicemd::md
