// The table of chemical elements: symbols, atomic numbers and standard atomic weights.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace splicemd::md {

struct Element {
  const char* symbol;
  double weight;  // g/mol
};

inline constexpr int kElementCount = 118;

// The element with atomic number `z`, 1 ≤ z ≤ kElementCount.
const Element& element(int z);
// The atomic number of a symbol as chemists write it ("Cu"), or nullopt.
std::optional<int> atomic_number(std::string_view symbol);
// The standard atomic weight of a symbol, or nullopt.
std::optional<double> standard_weight(std::string_view symbol);
// The symbol of the element whose weight is within 0.02 g/mol + 0.05 % of `mass`, if exactly one is:
// files often name their types by mass only. A mass of exactly 1 stands for any element, not for hydrogen.
std::optional<std::string> element_of_mass(double mass);

}  // namespace splicemd::md
