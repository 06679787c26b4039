// The table of potentials and the function that picks a row of it.
#include "md/potentials/registry.hpp"

#include <algorithm>

#include "md/potentials/eam.hpp"
#include "md/potentials/lj.hpp"
#include "md/potentials/snap.hpp"
#include "md/potentials/zbl.hpp"

namespace splicemd::md {

namespace {

struct Row {
  const char* style;
  std::unique_ptr<Potential> (*make)(const ConfigNode& term, const std::vector<Species>& species);
};

constexpr Row kPotentials[] = {
    {"snap", make_snap},           {"zbl", make_zbl},       {"eam", make_eam_funcfl},
    {"eam/alloy", make_eam_alloy}, {"eam/fs", make_eam_fs}, {"lj/cut", make_lj_cut},
};

}  // namespace

std::vector<std::string> potential_styles() {
  std::vector<std::string> styles;
  for (const Row& row : kPotentials) styles.emplace_back(row.style);
  return styles;
}

std::unique_ptr<Potential> make_potential(const ConfigNode& term,
                                          const std::vector<Species>& species) {
  const std::string style = term.at("style").choice(potential_styles());
  const auto row = std::find_if(std::begin(kPotentials), std::end(kPotentials),
                                [&](const Row& each) { return style == each.style; });
  return row->make(term, species);
}

}  // namespace splicemd::md
