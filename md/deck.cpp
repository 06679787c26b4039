// Reading the general parts of a deck.
#include "md/deck.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "base/parse.hpp"
#include "md/thermo.hpp"

namespace splicemd::md {
namespace {

constexpr std::int64_t kMaxSteps = std::int64_t{1} << 60;
constexpr double kMaxTimestep = 0.1;  // ps
constexpr const char* kDataFormat = "lammps-data";

// `fallback` with the keys this section gives replaced.
ThermoSpec read_thermo(const ConfigNode& node, const ThermoSpec& fallback) {
  ThermoSpec thermo = fallback;
  thermo.interval = node.integer("interval", fallback.interval, 0, kMaxSteps);
  if (const auto columns = node.find("columns")) {
    thermo.columns.clear();
    for (const ConfigNode& item : columns->items()) {
      thermo.columns.push_back(item.choice(thermo_column_names()));
    }
    if (thermo.columns.empty()) columns->fail("expected at least one column");
  }
  return thermo;
}

void read_thermo_file(const ConfigNode& node, ThermoSpec& thermo) {
  const auto file = node.find("file");
  if (!file) return;
  thermo.file = file->text();
  const std::string extension = std::filesystem::path(thermo.file).extension().string();
  if (const auto format = node.find("format")) {
    thermo.format = format->choice({"csv", "jsonl"});
  } else if (extension == ".csv") {
    thermo.format = "csv";
  } else if (extension == ".jsonl" || extension == ".json" || extension == ".ndjson") {
    thermo.format = "jsonl";
  } else {
    file->fail("the name '{}' does not tell the format: end it in .csv or .jsonl, or give 'format'",
               thermo.file);
  }
}

std::string read_output_format(const ConfigNode& node, const ConfigNode& file) {
  std::vector<std::string> formats = trajectory_formats();
  formats.emplace_back(kDataFormat);
  if (const auto format = node.find("format")) return format->choice(formats);
  std::string format = trajectory_format_of(file.text());
  if (format.empty()) {
    const std::string extension = std::filesystem::path(file.text()).extension().string();
    if (extension == ".data" || extension == ".lmp") format = kDataFormat;
  }
  if (format.empty()) {
    file.fail("the name '{}' does not tell the format: give 'format' (one of {})", file.text(),
              fmt::join(formats, ", "));
  }
  return format;
}

void read_fields(const ConfigNode& node, TrajectoryOptions& options) {
  const auto fields = node.find("fields");
  if (!fields) return;
  options.velocities = options.forces = options.energies = options.images = false;
  for (const ConfigNode& item : fields->items()) {
    const std::string field = item.choice({"velocities", "forces", "energies", "images"});
    if (field == "velocities") options.velocities = true;
    if (field == "forces") options.forces = true;
    if (field == "energies") options.energies = true;
    if (field == "images") options.images = true;
  }
}

void read_output_interval(const ConfigNode& node, OutputSpec& output) {
  const auto interval = node.find("interval");
  if (output.format == kDataFormat) {
    if (interval && interval->text() != "end") {
      interval->fail("a data file holds one configuration: the only interval it takes is 'end'");
    }
  } else if (!interval) {
    node.fail("missing key 'interval' (steps between frames, or 'end')");
  } else if (interval->text() != "end") {
    output.interval = interval->integer(1, kMaxSteps);
  }
}

OutputSpec read_output(const ConfigNode& node, const std::vector<Group>& groups) {
  OutputSpec output;
  const ConfigNode file = node.at("file");
  output.file = file.text();
  if (output.file.empty()) file.fail("expected a file name");
  output.format = read_output_format(node, file);
  read_output_interval(node, output);
  read_fields(node, output.options);
  if (const auto precision = node.find("precision")) {
    output.options.single_precision = precision->choice({"double", "single"}) == "single";
    if (output.options.single_precision && output.format != "h5md") {
      precision->fail("only h5md files can hold single precision");
    }
  }
  if (const auto compression = node.find("compression")) {
    output.options.compression = static_cast<int>(compression->integer(0, 9));
    if (output.format != "h5md") compression->fail("only h5md files can be compressed");
  }
  if (const auto author = node.find("author")) output.options.author = author->text();
  if (const auto group = node.find("group")) {
    std::vector<std::string> names{"all"};
    for (const Group& known : groups) names.push_back(known.name);
    const std::string name = group->choice(names);
    output.group = name == "all" ? "" : name;
  }
  return output;
}

std::vector<OutputSpec> read_outputs(const ConfigNode& node, const std::vector<Group>& groups) {
  std::vector<OutputSpec> outputs;
  std::set<std::string> files;
  for (const ConfigNode& item : node.items()) {
    outputs.push_back(read_output(item, groups));
    const std::string& file = outputs.back().file;
    if (!files.insert(std::filesystem::path(file).lexically_normal().string()).second) {
      item.fail("the file '{}' is already another output", file);
    }
  }
  return outputs;
}

VelocitySpec read_velocities(const ConfigNode& node, std::uint64_t seed) {
  VelocitySpec velocities;
  velocities.temperature = node.at("temperature").number(Dimension::temperature, 0.0);
  velocities.seed =
      static_cast<std::uint64_t>(node.integer("seed", static_cast<std::int64_t>(seed), 0));
  velocities.zero_momentum = node.boolean("zero_momentum", true);
  velocities.rescale = node.boolean("rescale", true);
  return velocities;
}

RestartSpec read_restart(const ConfigNode& node) {
  RestartSpec restart;
  restart.file = node.at("file").text();
  if (restart.file.empty()) node.at("file").fail("expected a file name");
  restart.interval = node.integer("interval", 0, 0, kMaxSteps);
  restart.resume = node.boolean("resume", false);
  return restart;
}

// Steps of a dynamics stage, from `steps` or from `duration`.
std::int64_t read_steps(const ConfigNode& node, double timestep) {
  const auto steps = node.find("steps");
  const auto duration = node.find("duration");
  if (steps && duration) duration->fail("give either 'steps' or 'duration', not both");
  if (steps) return steps->integer(0, kMaxSteps);
  if (!duration) node.fail("missing key 'steps' (or 'duration')");
  const double time = duration->number(Dimension::time, 0.0);
  const double count = std::round(time / timestep);
  if (count > static_cast<double>(kMaxSteps)) duration->fail("is more than {} steps", kMaxSteps);
  return static_cast<std::int64_t>(count);
}

// The style under the name that the code knows it by.
std::string read_style(const ConfigNode& node) {
  std::string style = node.at("style").text();
  return style == "minimize" ? "minimise" : style;
}

StageSpec read_stage(const ConfigNode& node, const Deck& deck) {
  StageSpec stage{node, read_style(node), "", 0, 0.0, deck.thermo, deck.outputs};
  stage.name = node.text("name", stage.style);
  if (stage.style != "minimise") {
    stage.timestep = node.number("timestep", Dimension::time, 0.001, 1e-9, kMaxTimestep);
    stage.steps = read_steps(node, stage.timestep);
  }
  if (const auto thermo = node.find("thermo")) stage.thermo = read_thermo(*thermo, deck.thermo);
  if (const auto outputs = node.find("outputs")) {
    stage.outputs = read_outputs(*outputs, deck.groups);
  }
  return stage;
}

std::array<int, 3> read_ranks(const ConfigNode& node) {
  const ConfigNode list = node.at("ranks");
  const auto items = list.items();
  if (items.size() != 3) list.fail("expected a list of 3 numbers of ranks");
  constexpr std::int64_t kMost = 1 << 24;
  std::array<int, 3> ranks{};
  std::int64_t product = 1;
  for (std::size_t k = 0; k < 3; ++k) {
    ranks[k] = static_cast<int>(items[k].integer(1, kMost));
    product *= ranks[k];
    if (product > kMost) list.fail("more than {} ranks", kMost);
  }
  return ranks;
}

}  // namespace

std::string Deck::fingerprint() const {
  const std::string text =
      system.canonical() + potentials.canonical() + fmt::format("seed {}\n", seed);
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return fmt::format("{:016x}", hash);
}

NeighbourSettings read_neighbour(const ConfigNode& node) {
  NeighbourSettings neighbour;
  neighbour.skin = node.number("skin", Dimension::length, neighbour.skin, 0.0, 100.0);
  neighbour.every = static_cast<int>(node.integer("every", neighbour.every, 1, 1000000));
  neighbour.check = node.boolean("check", neighbour.check);
  if (const auto lost = node.find("lost")) {
    const std::string word = lost->choice({"warn", "error", "ignore"});
    neighbour.lost = word == "warn"    ? LostAtoms::warn
                     : word == "error" ? LostAtoms::error
                                       : LostAtoms::ignore;
  }
  return neighbour;
}

Deck parse_deck(const ConfigNode& root) {
  Deck deck(root);
  deck.title = root.text("title", "");
  deck.seed = static_cast<std::uint64_t>(root.integer("seed", 1, 0));
  if (deck.potentials.items().empty()) deck.potentials.fail("expected at least one potential");
  if (const auto node = root.find("groups")) deck.groups = read_groups(*node);
  if (const auto node = root.find("velocities")) {
    deck.velocities = read_velocities(*node, deck.seed);
  }
  if (const auto node = root.find("neighbour")) deck.neighbour = read_neighbour(*node);
  deck.thermo.columns = default_thermo_columns();
  if (const auto node = root.find("thermo")) {
    deck.thermo = read_thermo(*node, deck.thermo);
    read_thermo_file(*node, deck.thermo);
  }
  if (const auto node = root.find("outputs")) deck.outputs = read_outputs(*node, deck.groups);
  if (const auto node = root.find("restart")) deck.restart = read_restart(*node);
  if (const auto node = root.find("limits")) {
    deck.wall_time = node->number("wall_time", Dimension::wall_time, 0.0, 0.0);
  }
  if (const auto node = root.find("decomposition")) deck.ranks = read_ranks(*node);
  const ConfigNode stages = root.at("stages");
  for (const ConfigNode& node : stages.items()) deck.stages.push_back(read_stage(node, deck));
  if (deck.stages.empty()) stages.fail("expected at least one stage");
  return deck;
}

Deck load_deck(const std::string& path, const std::map<std::string, std::string>& variables) {
  return parse_deck(ConfigNode::load(path, variables));
}

}  // namespace splicemd::md
