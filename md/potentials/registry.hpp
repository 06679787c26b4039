// The table of potentials a deck can name. Adding one: a .hpp, a .cpp, a test, a row in registry.cpp
// and a line in docs/potentials.md.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/config.hpp"
#include "md/atoms.hpp"
#include "md/potential.hpp"

namespace splicemd::md {

// Builds the potential described by one entry of a deck's `potentials:` list, e.g.
//   - style: eam/alloy
//     file: Cu_mishin1.eam.alloy
//     elements: {Cu: Cu}        # optional: species → name in the file; default the species' own name
// Each potential reads its own keys. Species without a mapping in a many-body term are an error.
std::unique_ptr<Potential> make_potential(const ConfigNode& term,
                                          const std::vector<Species>& species);
std::vector<std::string> potential_styles();

}  // namespace splicemd::md
