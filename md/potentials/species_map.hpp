// How decks connect the system's species with the elements of a potential.
#pragma once

#include <string>
#include <vector>

#include "base/config.hpp"
#include "md/atoms.hpp"

namespace splicemd::md {

// The element each species has in a potential's file: from the deck's optional map `elements:
// {species: element}`, else the species' own name.
std::vector<std::string> element_names(const ConfigNode& term, const std::vector<Species>& species);
// The same for a potential that needs atomic numbers: an entry of the map may be a number or a symbol.
std::vector<double> atomic_numbers_of(const ConfigNode& term, const std::vector<Species>& species);
// The index of the species a scalar node names; an unknown one is an error with the nearest name.
int species_index(const ConfigNode& node, const std::vector<Species>& species);

}  // namespace splicemd::md
