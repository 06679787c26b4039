// EAM potentials from deck entries.
#include <algorithm>

#include "md/potentials/eam.hpp"
#include "md/potentials/species_map.hpp"

namespace splicemd::md {

namespace {

std::string file_of(const ConfigNode& term, const ConfigNode& node) {
  return find_data_file(term, node.text());
}

std::unique_ptr<Potential> from_multi_element_file(const std::string& style, const ConfigNode& term,
                                                   const std::vector<Species>& species,
                                                   EamFile (*read)(const std::string&)) {
  const EamFile file = read(file_of(term, term.at("file")));
  return std::make_unique<Eam>(style, make_eam_tables(file, element_names(term, species)));
}

}  // namespace

// `file: F` for a single species, or `files: {species: F, …}` with an entry for each.
std::unique_ptr<Potential> make_eam_funcfl(const ConfigNode& term,
                                           const std::vector<Species>& species) {
  std::vector<FuncflFile> files;
  std::vector<std::string> names;
  if (const auto map = term.find("files")) {
    for (const auto& entry : map->entries()) {
      if (std::none_of(species.begin(), species.end(),
                       [&](const Species& s) { return s.symbol == entry.first; })) {
        entry.second.fail("the system has no species '{}'", entry.first);
      }
    }
    for (const Species& each : species) {
      files.push_back(read_funcfl(file_of(term, map->at(each.symbol))));
      names.push_back(each.symbol);
    }
  } else {
    const ConfigNode node = term.at("file");
    if (species.size() != 1) {
      node.fail(
          "the system has {} species: give one funcfl file for each, as files: {{species: file}}",
          species.size());
    }
    files.push_back(read_funcfl(file_of(term, node)));
    names.push_back(species[0].symbol);
  }
  return std::make_unique<Eam>("eam", make_eam_tables(combine_funcfl(files, names), names));
}

std::unique_ptr<Potential> make_eam_alloy(const ConfigNode& term,
                                          const std::vector<Species>& species) {
  return from_multi_element_file("eam/alloy", term, species, read_setfl);
}

std::unique_ptr<Potential> make_eam_fs(const ConfigNode& term,
                                       const std::vector<Species>& species) {
  return from_multi_element_file("eam/fs", term, species, read_finnis_sinclair);
}

}  // namespace splicemd::md
