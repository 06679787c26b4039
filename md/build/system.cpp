// Reads the keys of `system:`; docs/deck.md lists them.
#include "md/build/system.hpp"

#include <algorithm>
#include <cmath>

#include "base/log.hpp"
#include "base/parse.hpp"
#include "md/build/edit.hpp"
#include "md/build/lattice.hpp"
#include "md/elements.hpp"
#include "md/io/extxyz.hpp"
#include "md/io/lammps_data.hpp"
#include "md/io/poscar.hpp"

namespace splicemd::md {

namespace {

constexpr std::int64_t kMaxSeed = std::numeric_limits<std::int64_t>::max();

// Runs `action`; an InputError that carries no position gets the node's.
template <class Action>
auto located(const ConfigNode& node, const Action& action) {
  try {
    return action();
  } catch (const InputError& error) {
    node.fail("{}", error.what());
  }
}

std::array<double, 3> vector3(const ConfigNode& node, Dimension dimension) {
  const std::vector<double> v = node.numbers(3, dimension);
  return {v[0], v[1], v[2]};
}

std::array<int, 3> integers3(const ConfigNode& node, int min, int max) {
  const auto items = node.items();
  if (items.size() != 3) node.fail("expected three integers, found {}", items.size());
  std::array<int, 3> out{};
  for (std::size_t k = 0; k < 3; ++k) out[k] = static_cast<int>(items[k].integer(min, max));
  return out;
}

std::vector<std::string> names(const ConfigNode& node) {
  std::vector<std::string> out;
  for (const ConfigNode& item : node.items()) out.push_back(item.text());
  return out;
}

int axis_of(const ConfigNode& node) {
  const std::string name = node.choice({"x", "y", "z"});
  return name[0] - 'x';
}

std::uint64_t seed_of(const ConfigNode& node) {
  return static_cast<std::uint64_t>(node.integer("seed", 1, 0, kMaxSeed));
}

// --- read ------------------------------------------------------------------------------------------
bool ends_with(const std::string& text, std::string_view tail) {
  return text.size() >= tail.size() &&
         std::string_view(text).substr(text.size() - tail.size()) == tail;
}

std::string guess_format(const std::string& path) {
  const std::string name = path.substr(path.find_last_of('/') + 1);
  for (const char* tail : {".data", ".lmp", ".lammps"}) {
    if (ends_with(name, tail)) return "lammps-data";
  }
  for (const char* tail : {".extxyz", ".xyz"}) {
    if (ends_with(name, tail)) return "extxyz";
  }
  if (name.rfind("data.", 0) == 0) return "lammps-data";  // as LAMMPS's examples are named
  const bool vasp = name.rfind("POSCAR", 0) == 0 || name.rfind("CONTCAR", 0) == 0;
  return vasp || ends_with(name, ".poscar") || ends_with(name, ".vasp") ? "poscar" : "";
}

Configuration read_structure(const ConfigNode& node) {
  const bool plain = node.is_scalar();
  const ConfigNode file = plain ? node : node.at("file");
  const std::string name = file.text();
  if (name.empty()) file.fail("expected the name of a structure file");
  const std::string path = name[0] == '/' ? name : file.directory() + "/" + name;
  std::string format = guess_format(name);
  if (!plain) {
    if (const auto given = node.find("format"))
      format = given->choice({"lammps-data", "extxyz", "poscar"});
  }
  if (format.empty()) {
    file.fail(
        "the format of '{}' is not clear from its name: give `format: lammps-data`, `extxyz` or "
        "`poscar`",
        name);
  }
  std::optional<ConfigNode> elements;
  if (!plain) elements = node.find("elements");
  const std::vector<std::string> symbols = elements ? names(*elements) : std::vector<std::string>{};
  Configuration c;
  if (format == "lammps-data") {
    c = read_lammps_data(path);
  } else if (format == "poscar") {
    c = read_poscar(path, symbols);
  } else {
    c = read_extxyz(path, plain ? -1 : node.integer("frame", -1));
  }
  if (elements) {
    if (symbols.size() != c.species.size()) {
      elements->fail("the file has {} types, but {} elements are given", c.species.size(),
                     symbols.size());
    }
    for (std::size_t t = 0; t < symbols.size(); ++t) c.species[t].symbol = symbols[t];
  }
  return c;
}

// --- build -----------------------------------------------------------------------------------------
LatticeSpec lattice_spec(const ConfigNode& node) {
  LatticeSpec spec;
  spec.lattice = node.at("lattice").choice(lattice_names());
  spec.a = node.at("a").number(Dimension::length, 0.1, 1000.0);
  if (const auto c = node.find("c")) spec.c = c->number(Dimension::length, 0.1, 1000.0);
  spec.elements = names(node.at("elements"));
  spec.repeats = integers3(node.at("repeats"), 1, 1000000);
  if (const auto origin = node.find("origin")) spec.origin = vector3(*origin, Dimension::length);
  if (const auto orient = node.find("orient")) {
    const auto rows = orient->items();
    if (rows.size() != 3) orient->fail("expected three integer vectors, found {}", rows.size());
    for (std::size_t k = 0; k < 3; ++k) spec.orient[k] = integers3(rows[k], -1000, 1000);
  }
  return spec;
}

void apply_fractions(Configuration& c, const ConfigNode& node) {
  std::vector<std::pair<std::string, double>> fractions;
  for (const auto& [symbol, value] : node.at("elements").entries()) {
    fractions.emplace_back(symbol, value.number(Dimension::none, 0.0, 1.0));
  }
  const std::string on = node.text("on", "");
  const std::uint64_t seed = seed_of(node);
  located(node, [&] { randomise_species(c, fractions, seed, on); });
}

void apply_vacancies(Configuration& c, const ConfigNode& node) {
  const auto count = node.find("count");
  const auto ids = node.find("ids");
  const auto at = node.find("at");
  if ((count ? 1 : 0) + (ids ? 1 : 0) + (at ? 1 : 0) != 1)
    node.fail("expected exactly one of count, ids and at");
  if (count) {
    const std::int64_t n = count->integer(0);
    const std::uint64_t seed = seed_of(node);
    located(*count, [&] { remove_random_atoms(c, n, seed); });
  } else if (ids) {
    std::vector<std::int64_t> list;
    for (const ConfigNode& item : ids->items()) list.push_back(item.integer(1));
    located(*ids, [&] { remove_atoms(c, list); });
  } else {
    const auto items = at->items();
    const bool one_point = !items.empty() && items[0].is_scalar();
    for (const ConfigNode& point : one_point ? std::vector<ConfigNode>{*at} : items) {
      const auto p = vector3(point, Dimension::length);
      located(point, [&] { remove_nearest_atom(c, p); });
    }
  }
}

void apply_adatoms(Configuration& c, const ConfigNode& list) {
  for (const ConfigNode& node : list.items()) {
    const std::string element = node.at("element").text();
    const auto at = node.find("at");
    const auto above = node.find("above");
    if (at.has_value() == above.has_value()) node.fail("expected exactly one of at and above");
    std::array<double, 3> point{};
    if (at) {
      point = vector3(*at, Dimension::length);
    } else {
      const std::vector<double> xy = above->numbers(2, Dimension::length);
      const double height = node.at("height").number(Dimension::length, 0.0, 100.0);
      point = located(*above, [&] { return point_above(c, xy[0], xy[1], height); });
    }
    located(node, [&] { add_atom(c, element, point); });
  }
}

void apply_cuts(Configuration& c, const ConfigNode& node) {
  const auto sphere = node.find("sphere");
  const auto slab = node.find("slab");
  if (sphere && slab) node.fail("sphere and slab cannot be combined");
  if (sphere) {
    const double radius = sphere->at("radius").number(Dimension::length, 0.0);
    const double vacuum = sphere->number("vacuum", Dimension::length, 10.0, 0.0);
    located(*sphere, [&] { cut_sphere(c, radius, vacuum); });
  }
  if (slab) {
    const auto axis = slab->find("axis");
    const int k = axis ? axis_of(*axis) : 2;
    const double vacuum = slab->number("vacuum", Dimension::length, 20.0, 0.0);
    located(*slab, [&] { cut_slab(c, k, vacuum); });
  }
}

Configuration build_structure(const ConfigNode& node) {
  const LatticeSpec spec = lattice_spec(node);
  Configuration c = located(node, [&] { return build_lattice(spec); });
  if (const auto fractions = node.find("fractions")) apply_fractions(c, *fractions);
  apply_cuts(c, node);
  if (const auto vacancies = node.find("vacancies")) apply_vacancies(c, *vacancies);
  if (const auto adatoms = node.find("adatoms")) apply_adatoms(c, *adatoms);
  if (const auto displace = node.find("displace")) {
    const double amplitude = displace->at("amplitude").number(Dimension::length, 0.0, 10.0);
    displace_randomly(c, amplitude, seed_of(*displace));
  }
  return c;
}

// --- what both share ---------------------------------------------------------------------------------
void apply_boundary(Configuration& c, const ConfigNode& node) {
  const auto items = node.items();
  if (items.size() != 1 && items.size() != 3)
    node.fail("expected one word or three, found {}", items.size());
  for (std::size_t k = 0; k < 3; ++k) {
    const std::string word =
        items[items.size() == 1 ? 0 : k].choice({"periodic", "open", "p", "o"});
    c.box.periodic[k] = word[0] == 'p';
  }
}

// An open axis has no images: a position there is what it is.
void forget_images_along_open_axes(Configuration& c) {
  std::int64_t changed = 0;
  for (AtomRecord& atom : c.atoms) {
    bool any = false;
    for (int k = 0; k < 3; ++k) {
      if (c.box.periodic[k] || atom.image[k] == 0) continue;
      atom.image[k] = 0;
      any = true;
    }
    if (any) ++changed;
  }
  if (changed > 0) log::warning("image counts of {} atom(s) along open axes are ignored", changed);
}

void apply_masses(Configuration& c, const ConfigNode& node) {
  std::vector<std::string> present;
  for (const Species& species : c.species) present.push_back(species.symbol);
  for (const auto& [symbol, value] : node.entries()) {
    const double mass = value.number(Dimension::mass, 1e-3, 1e6);
    bool found = false;
    for (Species& species : c.species) {
      if (species.symbol != symbol) continue;
      species.mass = mass;
      found = true;
    }
    if (!found)
      value.fail("no atom is of the element '{}'{}", symbol, did_you_mean(symbol, present));
  }
}

// A file's mass that no isotope has is a placeholder or in another unit; a deck's is meant.
void warn_of_odd_masses(const Configuration& c, const std::optional<ConfigNode>& masses) {
  constexpr double kFactor = 5.0;  // beyond tritium and repartitioned hydrogen
  if (!log::on_root()) return;
  for (const Species& species : c.species) {
    const double standard = standard_weight(species.symbol).value_or(0.0);
    if (standard <= 0.0 || species.mass <= 0.0 || (masses && masses->find(species.symbol)))
      continue;
    const bool placeholder = species.mass == 1.0 && standard > 2.0;
    if (!placeholder && species.mass < kFactor * standard && species.mass > standard / kFactor)
      continue;
    log::warning(
        "the structure file gives {0} a mass of {1:g} g/mol, where {2:g} is the standard atomic "
        "weight: `masses: {{{0}: {2:g}}}` under `system` replaces it",
        species.symbol, species.mass, standard);
  }
}

void fill_masses(Configuration& c, const ConfigNode& system) {
  for (std::size_t t = 0; t < c.species.size(); ++t) {
    Species& species = c.species[t];
    if (species.symbol.empty()) {
      system.fail("type {} of the structure file has no element name: give `elements` under `read`",
                  t + 1);
    }
    if (species.mass <= 0.0) species.mass = standard_weight(species.symbol).value_or(0.0);
    if (species.mass <= 0.0) {
      system.fail("'{0}' is not an element with a known weight: give `masses: {{{0}: ...}}`",
                  species.symbol);
    }
  }
}

}  // namespace

Configuration system_from_deck(const ConfigNode& system) {
  const auto read = system.find("read");
  const auto build = system.find("build");
  if (read.has_value() == build.has_value()) system.fail("expected exactly one of read and build");
  Configuration c = read ? read_structure(*read) : build_structure(*build);
  if (const auto boundary = system.find("boundary")) apply_boundary(c, *boundary);
  forget_images_along_open_axes(c);
  if (const auto copies = system.find("replicate")) {
    const std::array<int, 3> n = integers3(*copies, 1, 1000000);
    c = located(*copies, [&] { return replicate(c, n); });
  }
  const auto masses = system.find("masses");
  if (read) warn_of_odd_masses(c, masses);
  if (masses) apply_masses(c, *masses);
  fill_masses(c, system);
  if (c.atoms.empty()) system.fail("the system has no atoms");
  return c;
}

}  // namespace splicemd::md
