// Reads reference cases and says their potentials in the words of a deck.
#include "md/reference_case.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "base/config.hpp"
#include "base/parse.hpp"
#include "md/io/lammps_data.hpp"
#include "md/potentials/eam_file.hpp"

namespace splicemd::md {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> texts(const ConfigNode& node) {
  std::vector<std::string> result;
  for (const ConfigNode& item : node.items()) result.push_back(item.text());
  return result;
}

std::vector<double> numbers(const ConfigNode& node) {
  std::vector<double> result;
  for (const ConfigNode& item : node.items()) result.push_back(item.number());
  return result;
}

std::vector<Row3> rows3(const ConfigNode& node) {
  std::vector<Row3> result;
  for (const ConfigNode& item : node.items()) {
    const auto row = item.numbers(3);
    result.push_back({row[0], row[1], row[2]});
  }
  return result;
}

ReferenceNve read_nve(const ConfigNode& node) {
  ReferenceNve nve;
  nve.timestep = node.at("timestep_ps").number(Dimension::none, 1e-9, 1.0);
  nve.steps = node.at("steps").integer(1, 1'000'000'000);
  nve.columns = texts(node.at("columns"));
  for (const ConfigNode& row : node.at("thermo").items())
    nve.thermo.push_back(row.numbers(nve.columns.size()));
  nve.final_positions = rows3(node.at("final_positions"));
  nve.final_velocities = rows3(node.at("final_velocities"));
  return nve;
}

std::array<bool, 3> read_boundary(const ConfigNode& node) {
  const std::string text = node.text();
  const auto words = split_words(text);
  if (words.size() != 3) node.fail("expected three of p and f, found '{}'", text);
  std::array<bool, 3> periodic{};
  for (std::size_t k = 0; k < 3; ++k) {
    if (words[k] != "p" && words[k] != "f" && words[k] != "s")
      node.fail("expected p, f or s, found '{}'", words[k]);
    periodic[k] = words[k] == "p";
  }
  return periodic;
}

}  // namespace

double ReferenceCase::largest_force() const {
  double largest = 0.0;
  for (const Row3& f : forces) {
    for (const double c : f) largest = std::max(largest, std::abs(c));
  }
  return largest;
}

ReferenceCase read_reference_case(const std::string& folder) {
  const ConfigNode root = ConfigNode::load((fs::path(folder) / "expected.json").string());
  ReferenceCase result;
  result.folder = folder;
  result.name = fs::absolute(fs::path(folder) / ".").parent_path().filename().string();
  result.periodic = read_boundary(root.at("boundary"));
  result.elements = texts(root.at("elements"));
  result.pair_style = root.at("pair_style").text();
  result.pair_coeff = texts(root.at("pair_coeff"));
  result.energy = root.at("energy").number();
  result.atom_energies = numbers(root.at("atom_energies"));
  result.forces = rows3(root.at("forces"));
  const ConfigNode pressure = root.at("pressure_tensor");
  const char* const names[] = {"xx", "yy", "zz", "xy", "xz", "yz"};
  for (std::size_t k = 0; k < 6; ++k) result.pressure[k] = pressure.at(names[k]).number();
  if (const auto nve = root.find("nve")) result.nve = read_nve(*nve);
  const auto n = static_cast<std::size_t>(root.at("natoms").integer(1, 1'000'000'000));
  if (result.forces.size() != n || result.atom_energies.size() != n) {
    root.fail("{} atoms, but {} forces and {} energies", n, result.forces.size(),
              result.atom_energies.size());
  }
  return result;
}

Configuration read_reference_system(const ReferenceCase& reference) {
  const std::string path = (fs::path(reference.folder) / "system.data").string();
  Configuration system = read_lammps_data(path, reference.periodic);
  require(system.species.size() == reference.elements.size(),
          "{}: {} atom types, but expected.json names {} elements", path, system.species.size(),
          reference.elements.size());
  require(system.atoms.size() == reference.forces.size(),
          "{}: {} atoms, but expected.json has {} forces", path, system.atoms.size(),
          reference.forces.size());
  for (std::size_t k = 0; k < system.species.size(); ++k)
    system.species[k].symbol = reference.elements[k];
  return system;
}

namespace {

using Words = std::vector<std::string>;

// One style of a pair_style line with its arguments and the pair_coeff lines that belong to it.
struct Style {
  std::string name;
  Words arguments;
  std::vector<Words> coefficients;  // without the style's name
};

// Translates the styles of one case.
class Translator {
 public:
  Translator(const ReferenceCase& reference, const std::vector<std::string>& directories)
      : reference_(reference), directories_(directories) {}

  std::string deck() const {
    std::string text;
    for (const Style& style : styles()) text += entry(style);
    return text;
  }

  // LAMMPS's EAM styles take masses from their files, whatever the data file says.
  void set_masses(std::vector<Species>& species) const {
    for (const Style& style : styles()) {
      if (style.name == "eam") {
        for (const Words& words : style.coefficients) {
          species[type_index(words[0])].mass = read_funcfl(path(words[2])).mass;
        }
      } else if (style.name == "eam/alloy" || style.name == "eam/fs") {
        const Words& words = style.coefficients[0];
        const EamFile tables = style.name == "eam/fs" ? read_finnis_sinclair(path(words[2]))
                                                      : read_setfl(path(words[2]));
        for (std::size_t k = 0; k < species.size(); ++k) {
          const int row = tables.index_of(words[3 + k]);
          if (row >= 0) species[k].mass = tables.mass[static_cast<std::size_t>(row)];
        }
      }
    }
  }

 private:
  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
    throw InputError(reference_.folder +
                     "/expected.json: " + fmt::format(format, std::forward<Args>(args)...));
  }

  static Words words_of(const std::string& line) {
    const auto words = split_words(line);
    return {words.begin(), words.end()};
  }

  static bool is_style(const std::string& word) {
    static const Words known = {"snap", "zbl", "eam", "eam/alloy", "eam/fs", "lj/cut"};
    return std::find(known.begin(), known.end(), word) != known.end();
  }

  std::vector<Style> styles() const {
    const Words words = words_of(reference_.pair_style);
    if (words.empty()) fail("pair_style is empty");
    const bool hybrid = words[0] == "hybrid/overlay";
    std::vector<Style> result;
    for (std::size_t k = hybrid ? 1 : 0; k < words.size(); ++k) {
      if (is_style(words[k])) {
        result.push_back({words[k], {}, {}});
      } else if (result.empty()) {
        fail("pair_style '{}' has no counterpart", words[k]);
      } else {
        result.back().arguments.push_back(words[k]);
      }
    }
    for (const std::string& line : reference_.pair_coeff)
      add_coefficients(result, words_of(line), hybrid);
    return result;
  }

  void add_coefficients(std::vector<Style>& styles, Words words, bool hybrid) const {
    if (words.size() < (hybrid ? 3U : 2U))
      fail("a pair_coeff line has only {} words", words.size());
    if (!hybrid) {
      styles.front().coefficients.push_back(std::move(words));
      return;
    }
    const std::string name = words[2];
    words.erase(words.begin() + 2);
    for (Style& style : styles) {
      if (style.name == name) return style.coefficients.push_back(std::move(words));
    }
    fail("a pair_coeff line names '{}', which pair_style does not", name);
  }

  std::string entry(const Style& style) const {
    if (style.name == "zbl") return zbl(style);
    if (style.name == "lj/cut") return lj_cut(style);
    if (style.name == "eam") return eam(style);
    const std::size_t files = style.name == "snap" ? 2 : 1;
    if (style.coefficients.size() != 1 ||
        style.coefficients[0].size() != 2 + files + reference_.elements.size()) {
      fail("{} needs one pair_coeff line with {} file(s) and an element for each type", style.name,
           files);
    }
    const Words& words = style.coefficients[0];
    std::string text = fmt::format("- style: {}\n", style.name);
    if (files == 2) {
      text += fmt::format("  coefficients: {}\n  parameters: {}\n", file(words[2]), file(words[3]));
    } else {
      text += fmt::format("  file: {}\n", file(words[2]));
    }
    text += "  elements: {";
    for (std::size_t k = 0; k < reference_.elements.size(); ++k) {
      text += fmt::format("{}\"{}\": \"{}\"", k ? ", " : "", reference_.elements[k],
                          words[2 + files + k]);
    }
    return text + "}\n";
  }

  std::string eam(const Style& style) const {
    std::string text = "- style: eam\n  files:\n";
    for (const Words& words : style.coefficients) {
      if (words.size() != 3 || words[0] != words[1]) fail("eam: expected 'i i file'");
      text += fmt::format("    \"{}\": {}\n", element(words[0]), file(words[2]));
    }
    return text;
  }

  std::string zbl(const Style& style) const {
    if (style.arguments.size() != 2) fail("zbl: expected 'zbl inner outer'");
    std::map<std::string, std::string> z;
    for (const Words& words : style.coefficients) {
      if (words.size() != 4) fail("zbl: expected 'i j Zi Zj'");
      z[element(words[0])] = words[2];
      z[element(words[1])] = words[3];
    }
    std::string text = fmt::format("- style: zbl\n  inner: {}\n  outer: {}\n  elements:\n",
                                   style.arguments[0], style.arguments[1]);
    for (const auto& [name, number] : z) text += fmt::format("    \"{}\": {}\n", name, number);
    return text;
  }

  std::string lj_cut(const Style& style) const {
    if (style.arguments.size() != 1) fail("lj/cut: expected 'lj/cut cutoff'");
    std::string text = fmt::format("- style: lj/cut\n  cutoff: {}\n  pairs:\n", style.arguments[0]);
    for (const Words& words : style.coefficients) {
      if (words.size() != 4 && words.size() != 5)
        fail("lj/cut: expected 'i j epsilon sigma [cutoff]'");
      text += fmt::format("    - {{species: [\"{}\", \"{}\"], epsilon: {}, sigma: {}",
                          element(words[0]), element(words[1]), words[2], words[3]);
      text += words.size() == 5 ? fmt::format(", cutoff: {}}}\n", words[4]) : "}\n";
    }
    return text;
  }

  std::size_t type_index(const std::string& type) const {
    const auto k = parse_int(type);
    if (!k || *k < 1 || *k > static_cast<std::int64_t>(reference_.elements.size())) {
      fail("'{}' is not an atom type", type);
    }
    return static_cast<std::size_t>(*k - 1);
  }

  std::string element(const std::string& type) const {
    return reference_.elements[type_index(type)];
  }

  // A potential's file, quoted for YAML.
  std::string file(const std::string& name) const { return '"' + path(name) + '"'; }

  std::string path(const std::string& name) const {
    for (const std::string& directory : directories_) {
      const fs::path candidate = fs::path(directory) / name;
      if (fs::exists(candidate)) return fs::absolute(candidate).string();
    }
    fail("'{}' is in none of the folders {}", name, fmt::join(directories_, ", "));
  }

  const ReferenceCase& reference_;
  const std::vector<std::string>& directories_;
};

}  // namespace

std::string deck_potentials(const ReferenceCase& reference,
                            const std::vector<std::string>& directories) {
  return Translator(reference, directories).deck();
}

void set_reference_masses(const ReferenceCase& reference,
                          const std::vector<std::string>& directories,
                          std::vector<Species>& species) {
  Translator(reference, directories).set_masses(species);
}

}  // namespace splicemd::md
