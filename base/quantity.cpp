// Numbers with units: one table of unit names per dimension, and their conversion to metal units.
#include "base/quantity.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/parse.hpp"

namespace splicemd {
namespace {

// value_in_metal = value * multiply / divide; two factors, so that "1.5 fs" is exactly the double 0.0015.
struct Unit {
  std::string_view name;
  double multiply = 1.0;
  double divide = 1.0;
};

// CODATA 2018 (exact where the SI defines them).
constexpr double kElectronVoltInJoule = 1.602176634e-19;
constexpr double kEvInKjPerMol = 96.48533212331;  // e·N_A / 1000
constexpr double kHartree = 27.211386245988;      // eV
constexpr double kBohr = 0.529177210903;          // Å
constexpr double kPi = 3.14159265358979323846;

struct Table {
  std::string_view what;
  std::vector<Unit> units;
};

const Table& table(Dimension dimension) {
  static const std::array<Table, 13> tables = {{
      {"a number", {}},
      {"a length",
       {{"Å"},
        {"\u212b"},
        {"A"},
        {"angstrom"},
        {"nm", 10},
        {"pm", 1, 100},
        {"m", 1e10},
        {"bohr", kBohr}}},
      {"an energy",
       {{"eV"},
        {"meV", 1, 1000},
        {"keV", 1000},
        {"J", 1, kElectronVoltInJoule},
        {"kJ/mol", 1, kEvInKjPerMol},
        {"kcal/mol", 4.184, kEvInKjPerMol},
        {"Ha", kHartree},
        {"Ry", kHartree, 2}}},
      {"a time",
       {{"s", 1e12},
        {"ms", 1e9},
        {"us", 1e6},
        {"µs", 1e6},
        {"\u03bcs", 1e6},
        {"ns", 1000},
        {"ps"},
        {"fs", 1, 1000}}},
      {"a wall time", {{"s"}, {"min", 60}, {"h", 3600}, {"d", 86400}}},
      {"a temperature", {{"K"}}},
      {"a pressure",
       {{"Pa", 1, 1e5},
        {"kPa", 1, 100},
        {"MPa", 10},
        {"GPa", 1e4},
        {"bar"},
        {"kbar", 1000},
        {"atm", 1.01325}}},
      {"a mass", {{"g/mol"}, {"u"}, {"amu"}}},
      {"a velocity",
       {{"Å/ps"}, {"\u212b/ps"}, {"A/ps"}, {"nm/ps", 10}, {"m/s", 1, 100}, {"km/s", 10}}},
      {"a force", {{"eV/Å"}, {"eV/\u212b"}, {"eV/A"}}},
      {"a rate",
       {{"1/ps"},
        {"/ps"},
        {"ps^-1"},
        {"1/fs", 1000},
        {"/fs", 1000},
        {"fs^-1", 1000},
        {"1/ns", 1, 1000},
        {"/ns", 1, 1000},
        {"ns^-1", 1, 1000},
        {"THz"}}},
      {"an angle", {{"deg"}, {"rad", 180, kPi}}},
      {"a size",
       {{"B"},
        {"kB", 1e3},
        {"MB", 1e6},
        {"GB", 1e9},
        {"KiB", 1024},
        {"MiB", 1048576},
        {"GiB", 1073741824}}},
  }};
  return tables[static_cast<std::size_t>(dimension)];
}

const Unit* find_unit(std::string_view name, Dimension dimension) {
  for (const Unit& unit : table(dimension).units) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

// "h:m:s" in seconds; minutes and seconds below 60.
std::optional<double> parse_clock(std::string_view text) {
  const auto first = text.find(':');
  const auto second = text.find(':', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto hours = parse_int(text.substr(0, first));
  const auto minutes = parse_int(text.substr(first + 1, second - first - 1));
  const auto seconds = parse_double(text.substr(second + 1));
  if (!hours || !minutes || !seconds) return std::nullopt;
  if (*hours < 0 || *minutes < 0 || *minutes >= 60 || *seconds < 0 || *seconds >= 60)
    return std::nullopt;
  return 3600.0 * static_cast<double>(*hours) + 60.0 * static_cast<double>(*minutes) + *seconds;
}

std::optional<double> convert(std::string_view number, std::string_view unit_name,
                              Dimension dimension) {
  const Unit* unit = find_unit(unit_name, dimension);
  if (!unit) return std::nullopt;
  const auto value = parse_double(number);
  if (!value) return std::nullopt;
  const double metal = *value * unit->multiply / unit->divide;
  return std::isfinite(metal) ? std::optional<double>(metal) : std::nullopt;
}

}  // namespace

std::optional<double> parse_quantity(std::string_view text, Dimension dimension) {
  text = trim(text);
  if (const auto plain = parse_double(text)) return plain;
  if (dimension == Dimension::wall_time && text.find(':') != std::string_view::npos) {
    return parse_clock(text);
  }
  const auto words = split_words(text);
  if (words.size() == 2) return convert(words[0], words[1], dimension);
  if (words.size() != 1) return std::nullopt;
  for (std::size_t digits = text.size();
       digits-- > 1;) {  // the longest number first: "5e3s" is 5e3 s
    const auto value = convert(text.substr(0, digits), text.substr(digits), dimension);
    if (value) return value;
  }
  return std::nullopt;
}

std::string describe(Dimension dimension) {
  const Table& entry = table(dimension);
  std::string text(entry.what);
  const char* separator = " (";
  for (const Unit& unit : entry.units) {
    // Alternative code points of the same letter would look like a repetition.
    if (unit.name.find("\u212b") != std::string_view::npos) continue;
    if (unit.name.find("\u03bc") != std::string_view::npos) continue;
    text += separator;
    text += unit.name;
    separator = ", ";
  }
  if (!entry.units.empty()) text += dimension == Dimension::wall_time ? ", h:m:s)" : ")";
  return text;
}

}  // namespace splicemd
