// The `snap` term of a deck: a published SNAP potential from its .snapcoeff and .snapparam files.
#pragma once

#include <memory>
#include <vector>

#include "base/config.hpp"
#include "md/atoms.hpp"
#include "md/potential.hpp"

namespace splicemd::md {

// Keys: coefficients, parameters (file names), elements (species → name in the file; default the
// species' own symbol). Every species needs an element. Throws InputError.
std::unique_ptr<Potential> make_snap(const ConfigNode& term, const std::vector<Species>& species);

}  // namespace splicemd::md
