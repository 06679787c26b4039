// A whole system on the host: what readers return, builders make and writers take.
#pragma once

#include <vector>

#include "md/atoms.hpp"
#include "md/box.hpp"

namespace splicemd::md {

struct Configuration {
  Box box;
  std::vector<Species> species;   // masses may be 0 until the deck or the element table fills them
  std::vector<AtomRecord> atoms;  // in file order
  bool has_velocities = false;
};

}  // namespace splicemd::md
