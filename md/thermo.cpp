// The table of thermo columns and their formats.
#include "md/thermo.hpp"

#include <cmath>

#include "base/error.hpp"
#include "base/parse.hpp"

namespace splicemd::md {

namespace {

struct Column {
  const char* name;     // in decks
  const char* header;   // in the table, as LAMMPS names the same quantity
  const char* machine;  // in CSV and JSON, with the unit
  double (*value)(const ThermoState&);
  bool integer;
  bool virial;
  bool max_force;
};

double length(const double row[3]) {
  return std::sqrt(row[0] * row[0] + row[1] * row[1] + row[2] * row[2]);
}

// Angle between two cell vectors in degrees.
double angle(const double a[3], const double b[3]) {
  const double dot = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  return std::acos(dot / (length(a) * length(b))) * 180.0 / 3.14159265358979323846;
}

using S = const ThermoState&;
constexpr double kGramPerMolToGram = 1.66053906660e-24;  // g per g/mol (CODATA 2018)
constexpr double kCubicAngstromToCm3 = 1e-24;

const Column kColumns[] = {
    {"step", "Step", "step", [](S s) { return static_cast<double>(s.step); }, true, false, false},
    {"time", "Time", "time_ps", [](S s) { return s.time; }, false, false, false},
    {"atoms", "Atoms", "atoms", [](S s) { return static_cast<double>(s.atoms); }, true, false,
     false},
    {"temp", "Temp", "temperature_K", [](S s) { return s.temperature; }, false, false, false},
    {"pe", "PotEng", "potential_energy_eV", [](S s) { return s.potential_energy; }, false, false,
     false},
    {"ke", "KinEng", "kinetic_energy_eV", [](S s) { return s.kinetic_energy; }, false, false,
     false},
    {"etotal", "TotEng", "total_energy_eV",
     [](S s) { return s.potential_energy + s.kinetic_energy; }, false, false, false},
    {"conserved", "Conserved", "conserved_energy_eV",
     [](S s) { return s.potential_energy + s.kinetic_energy + s.bath_energy; }, false, false,
     false},
    {"press", "Press", "pressure_bar", [](S s) { return trace(s.pressure) / 3.0; }, false, true,
     false},
    {"pxx", "Pxx", "pxx_bar", [](S s) { return s.pressure[0]; }, false, true, false},
    {"pyy", "Pyy", "pyy_bar", [](S s) { return s.pressure[1]; }, false, true, false},
    {"pzz", "Pzz", "pzz_bar", [](S s) { return s.pressure[2]; }, false, true, false},
    {"pxy", "Pxy", "pxy_bar", [](S s) { return s.pressure[3]; }, false, true, false},
    {"pxz", "Pxz", "pxz_bar", [](S s) { return s.pressure[4]; }, false, true, false},
    {"pyz", "Pyz", "pyz_bar", [](S s) { return s.pressure[5]; }, false, true, false},
    {"volume", "Volume", "volume_A3", [](S s) { return s.box.volume(); }, false, false, false},
    {"density", "Density", "density_g_cm3",
     [](S s) { return s.mass * kGramPerMolToGram / (s.box.volume() * kCubicAngstromToCm3); }, false,
     false, false},
    {"lx", "Lx", "a_A", [](S s) { return length(s.box.h[0]); }, false, false, false},
    {"ly", "Ly", "b_A", [](S s) { return length(s.box.h[1]); }, false, false, false},
    {"lz", "Lz", "c_A", [](S s) { return length(s.box.h[2]); }, false, false, false},
    {"alpha", "CellAlpha", "alpha_deg", [](S s) { return angle(s.box.h[1], s.box.h[2]); }, false,
     false, false},
    {"beta", "CellBeta", "beta_deg", [](S s) { return angle(s.box.h[0], s.box.h[2]); }, false,
     false, false},
    {"gamma", "CellGamma", "gamma_deg", [](S s) { return angle(s.box.h[0], s.box.h[1]); }, false,
     false, false},
    {"fmax", "Fmax", "max_force_eV_A", [](S s) { return s.max_force; }, false, false, true},
    {"peatom", "PE/atom", "potential_energy_per_atom_eV",
     [](S s) { return s.atoms > 0 ? s.potential_energy / static_cast<double>(s.atoms) : 0.0; },
     false, false, false},
    {"cpu", "CPU", "wall_s", [](S s) { return s.wall_seconds; }, false, false, false},
};
constexpr int kColumnCount = static_cast<int>(sizeof(kColumns) / sizeof(kColumns[0]));
constexpr int kWidth = 14;

}  // namespace

std::vector<std::string> thermo_column_names() {
  std::vector<std::string> names;
  for (const Column& column : kColumns) names.emplace_back(column.name);
  return names;
}

std::vector<std::string> default_thermo_columns() {
  return {"step", "temp", "pe", "ke", "etotal", "press"};
}

ThermoTable::ThermoTable(const std::vector<std::string>& columns) {
  for (const std::string& name : columns) {
    int found = -1;
    for (int c = 0; c < kColumnCount; ++c) {
      if (name == kColumns[c].name) found = c;
    }
    require(found >= 0, "unknown thermo column '{}'{}", name,
            did_you_mean(name, thermo_column_names()));
    columns_.push_back(found);
    needs_.virial = needs_.virial || kColumns[found].virial;
    needs_.max_force = needs_.max_force || kColumns[found].max_force;
  }
}

std::string ThermoTable::header() const {
  std::string line;
  for (const int c : columns_) {
    line += fmt::format(" {:>{}}", kColumns[c].header, (kColumns[c].integer ? 10 : kWidth) - 1);
  }
  return line;
}

std::string ThermoTable::row(const ThermoState& state) const {
  std::string line;
  for (const int c : columns_) {
    const double value = kColumns[c].value(state);
    // The blank is kept apart from the width: a number that fills its column must not touch the one before.
    line += kColumns[c].integer ? fmt::format(" {:>9.0f}", value)
                                : fmt::format(" {:>{}.8g}", value, kWidth - 1);
  }
  return line;
}

std::string ThermoTable::csv_header() const {
  std::string line;
  for (const int c : columns_)
    line += fmt::format("{}{}", line.empty() ? "" : ",", kColumns[c].machine);
  return line;
}

std::string ThermoTable::csv_row(const ThermoState& state) const {
  std::string line;
  for (const int c : columns_) {
    line += fmt::format("{}{:.17g}", line.empty() ? "" : ",", kColumns[c].value(state));
  }
  return line;
}

std::string ThermoTable::json_row(const ThermoState& state) const {
  std::string line = "{";
  for (const int c : columns_) {
    line += fmt::format("{}\"{}\":{:.17g}", line.size() == 1 ? "" : ",", kColumns[c].machine,
                        kColumns[c].value(state));
  }
  return line + "}";
}

}  // namespace splicemd::md
