// A deck: the YAML file that says what `splicemd run` does, its general parts as plain data.
//
// Sections whose keys belong to other code (the system, the potentials, what a stage's style needs) stay
// ConfigNodes and are read there. docs/deck.md specifies every key.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/config.hpp"
#include "md/forces.hpp"
#include "md/groups.hpp"
#include "md/io/trajectory.hpp"
#include "md/velocities.hpp"

namespace splicemd::md {

struct ThermoSpec {
  std::int64_t interval = 100;  // steps; 0: only at the first and last step of a stage
  std::vector<std::string> columns;
  std::string file;    // for programs; "" for none
  std::string format;  // of that file: csv or jsonl
};

struct OutputSpec {
  std::string file;           // relative to the current directory
  std::string format;         // one of trajectory_formats(), or lammps-data
  std::int64_t interval = 0;  // steps; 0: one frame, at the end of the run
  TrajectoryOptions options;  // which fields, precision, compression
  std::string group;          // "" for all atoms
};

struct RestartSpec {
  std::string file;           // "" if the run writes none
  std::int64_t interval = 0;  // steps; 0: only when the run ends or is told to stop
  bool resume = false;        // continue from `file` if it exists
};

// The keys all stages share; `node` holds those of the stage's style.
struct StageSpec {
  ConfigNode node;
  std::string style;
  std::string name;         // default: the style
  std::int64_t steps = 0;   // of a dynamics stage
  double timestep = 0.001;  // ps
  ThermoSpec thermo;
  std::vector<OutputSpec> outputs;
};

struct Deck {
  explicit Deck(const ConfigNode& document)
      : root(document), system{document.at("system")}, potentials{document.at("potentials")} {}

  ConfigNode root;
  ConfigNode system;
  ConfigNode potentials;  // a list of terms
  std::string title;
  std::uint64_t seed = 1;
  std::optional<VelocitySpec> velocities;
  std::vector<Group> groups;
  std::vector<StageSpec> stages;
  NeighbourSettings neighbour;
  ThermoSpec thermo;
  std::vector<OutputSpec> outputs;
  RestartSpec restart;
  double wall_time = 0.0;             // s; 0: unlimited
  std::array<int, 3> ranks{0, 0, 0};  // along the cell vectors; 0: chosen

  // 16 hexadecimal digits that change with the system, the potentials or the seed: what a checkpoint
  // must share with the deck that continues it.
  std::string fingerprint() const;
};

// Reads the general parts and checks them. InputError for anything wrong there; keys of `system`,
// `potentials` and stage styles are checked by their readers, after which root.reject_unread() must be
// called. `variables` override the deck's own.
Deck load_deck(const std::string& path, const std::map<std::string, std::string>& variables = {});
Deck parse_deck(const ConfigNode& root);
// A deck's `neighbour:` map.
NeighbourSettings read_neighbour(const ConfigNode& node);

}  // namespace splicemd::md
