// Thermo output: the columns a run prints, as a table for people and as CSV or JSON lines for programs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "md/measure.hpp"

namespace splicemd::md {

// The state of the system at one step, all ranks together.
struct ThermoState {
  std::int64_t step = 0;
  double time = 0.0;  // ps
  std::int64_t atoms = 0;
  double temperature = 0.0;       // K
  double potential_energy = 0.0;  // eV
  double kinetic_energy = 0.0;    // eV
  double bath_energy = 0.0;       // eV: thermostat and barostat
  double max_force = 0.0;         // eV/Å: largest force component on a mobile atom
  Tensor pressure{};              // bar
  Box box;
  double mass = 0.0;          // g/mol, all atoms
  double wall_seconds = 0.0;  // since the stage began
};

// True if one of the columns needs per-atom virials, or the largest force.
struct ThermoNeeds {
  bool virial = false;
  bool max_force = false;
};

// The names a deck's `thermo: columns:` may use, in the order of the documentation.
std::vector<std::string> thermo_column_names();
// The default columns.
std::vector<std::string> default_thermo_columns();

// Formats states by a fixed list of columns. Names must be valid (thermo_column_names()).
class ThermoTable {
 public:
  explicit ThermoTable(const std::vector<std::string>& columns);
  ThermoNeeds needs() const { return needs_; }
  // "   Step          Temp ..." and a row under it: right-aligned, blank-separated, one word per column.
  std::string header() const;
  std::string row(const ThermoState& state) const;
  // With units in the names, e.g. "temperature_K"; numbers to 17 significant digits.
  std::string csv_header() const;
  std::string csv_row(const ThermoState& state) const;
  std::string json_row(const ThermoState& state) const;

 private:
  std::vector<int> columns_;  // indices into the table of known columns
  ThermoNeeds needs_;
};

}  // namespace splicemd::md
