// Species → element maps of decks.
#include "md/potentials/species_map.hpp"

#include <algorithm>
#include <map>

#include "base/parse.hpp"
#include "md/elements.hpp"

namespace splicemd::md {

namespace {

std::vector<std::string> symbols_of(const std::vector<Species>& species) {
  std::vector<std::string> names;
  for (const Species& each : species) names.push_back(each.symbol);
  return names;
}

// The entries of `elements`, each checked to name a species.
std::map<std::string, ConfigNode> element_entries(const ConfigNode& term,
                                                  const std::vector<Species>& species) {
  std::map<std::string, ConfigNode> result;
  const auto map = term.find("elements");
  if (!map) return result;
  const auto known = symbols_of(species);
  for (const auto& [name, node] : map->entries()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      node.fail("the system has no species '{}'{}", name, did_you_mean(name, known));
    }
    result.emplace(name, node);
  }
  return result;
}

}  // namespace

std::vector<std::string> element_names(const ConfigNode& term,
                                       const std::vector<Species>& species) {
  const auto entries = element_entries(term, species);
  std::vector<std::string> result;
  for (const Species& each : species) {
    const auto found = entries.find(each.symbol);
    result.push_back(found == entries.end() ? each.symbol : found->second.text());
  }
  return result;
}

std::vector<double> atomic_numbers_of(const ConfigNode& term, const std::vector<Species>& species) {
  const auto entries = element_entries(term, species);
  std::vector<double> result;
  for (const Species& each : species) {
    const auto found = entries.find(each.symbol);
    const std::string name = found == entries.end() ? each.symbol : found->second.text();
    if (const auto z = atomic_number(name)) {
      result.push_back(*z);
    } else if (found != entries.end()) {
      result.push_back(found->second.number(Dimension::none, 1.0, 200.0));
    } else {
      term.fail("species '{}' is no chemical symbol: give its atomic number as elements: {{{}: Z}}",
                each.symbol, each.symbol);
    }
  }
  return result;
}

int species_index(const ConfigNode& node, const std::vector<Species>& species) {
  const auto known = symbols_of(species);
  const std::string name = node.text();
  const auto found = std::find(known.begin(), known.end(), name);
  if (found == known.end())
    node.fail("the system has no species '{}'{}", name, did_you_mean(name, known));
  return static_cast<int>(found - known.begin());
}

}  // namespace splicemd::md
