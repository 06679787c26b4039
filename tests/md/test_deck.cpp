// The general parts of a deck: defaults, every section, and what is refused with which message.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <set>

#include "md/deck.hpp"
#include "md/thermo.hpp"

namespace splicemd::md {
namespace {

const char* const kMinimal =
    "system: {build: {lattice: bcc}}\n"
    "potentials:\n- style: zbl\n";

Deck parse(const std::string& text) { return parse_deck(ConfigNode::parse("deck.yaml", text)); }
Deck with(const std::string& more) {
  return parse(kMinimal + more + "stages:\n- {style: nve, steps: 10}\n");
}

std::string message(const std::function<void()>& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "(no error)";
}
#define EXPECT_ERROR_HAS(expression, text)                                      \
  EXPECT_NE(message([&] { (void)(expression); }).find(text), std::string::npos) \
      << message([&] { (void)(expression); })

TEST(Deck, Defaults) {
  const Deck deck = with("");
  EXPECT_EQ(deck.seed, 1U);
  EXPECT_FALSE(deck.velocities);
  EXPECT_TRUE(deck.groups.empty());
  EXPECT_EQ(deck.neighbour.skin, 1.0);
  EXPECT_EQ(deck.neighbour.every, 1);
  EXPECT_TRUE(deck.neighbour.check);
  EXPECT_EQ(deck.thermo.interval, 100);
  EXPECT_EQ(deck.thermo.columns, default_thermo_columns());
  EXPECT_TRUE(deck.restart.file.empty());
  EXPECT_EQ(deck.wall_time, 0.0);
  EXPECT_EQ(deck.ranks, (std::array<int, 3>{0, 0, 0}));
  ASSERT_EQ(deck.stages.size(), 1U);
  EXPECT_EQ(deck.stages[0].name, "nve");
  EXPECT_EQ(deck.stages[0].timestep, 0.001);
  EXPECT_EQ(deck.stages[0].steps, 10);
}

TEST(Deck, MinimizeIsMinimise) {
  const Deck deck = parse(std::string(kMinimal) + "stages:\n- {style: minimize}\n");
  EXPECT_EQ(deck.stages[0].style, "minimise");
}

TEST(Deck, EverySection) {
  const Deck deck = parse(std::string(kMinimal) +
                          "title: a test\nseed: 7\n"
                          "groups: {bottom: {region: {z: {below: 3}}, frozen: true}}\n"
                          "velocities: {temperature: 300 K, zero_momentum: no}\n"
                          "neighbour: {skin: 0.2 nm, every: 5, check: false}\n"
                          "thermo: {interval: 20, columns: [step, temp], file: t.csv}\n"
                          "outputs:\n"
                          "- {file: a.h5md, interval: 5, fields: [forces], precision: single, "
                          "compression: 4, group: bottom}\n"
                          "- {file: b.extxyz, interval: end}\n"
                          "- {file: c.data}\n"
                          "restart: {file: r.h5, interval: 1000, resume: true}\n"
                          "limits: {wall_time: 1:30:00}\n"
                          "decomposition: {ranks: [2, 1, 3]}\n"
                          "stages:\n"
                          "- {style: langevin, name: heat, duration: 1 ps, timestep: 2 fs, "
                          "thermo: {interval: 1}, outputs: []}\n"
                          "- style: minimise\n");
  EXPECT_EQ(deck.title, "a test");
  ASSERT_TRUE(deck.velocities);
  EXPECT_EQ(deck.velocities->temperature, 300.0);
  EXPECT_EQ(deck.velocities->seed, 7U);  // the deck's
  EXPECT_FALSE(deck.velocities->zero_momentum);
  EXPECT_EQ(deck.neighbour.skin, 2.0);
  EXPECT_EQ(deck.neighbour.every, 5);
  EXPECT_FALSE(deck.neighbour.check);
  EXPECT_EQ(deck.thermo.format, "csv");
  ASSERT_EQ(deck.outputs.size(), 3U);
  EXPECT_EQ(deck.outputs[0].format, "h5md");
  EXPECT_EQ(deck.outputs[0].interval, 5);
  EXPECT_TRUE(deck.outputs[0].options.forces);
  EXPECT_FALSE(deck.outputs[0].options.velocities);
  EXPECT_TRUE(deck.outputs[0].options.single_precision);
  EXPECT_EQ(deck.outputs[0].options.compression, 4);
  EXPECT_EQ(deck.outputs[0].group, "bottom");
  EXPECT_EQ(deck.outputs[1].format, "extxyz");
  EXPECT_EQ(deck.outputs[1].interval, 0);
  EXPECT_EQ(deck.outputs[2].format, "lammps-data");
  EXPECT_EQ(deck.restart.interval, 1000);
  EXPECT_TRUE(deck.restart.resume);
  EXPECT_EQ(deck.wall_time, 5400.0);
  EXPECT_EQ(deck.ranks, (std::array<int, 3>{2, 1, 3}));
  ASSERT_EQ(deck.stages.size(), 2U);
  EXPECT_EQ(deck.stages[0].name, "heat");
  EXPECT_EQ(deck.stages[0].steps, 500);
  EXPECT_EQ(deck.stages[0].thermo.interval, 1);
  EXPECT_EQ(deck.stages[0].thermo.columns, (std::vector<std::string>{"step", "temp"}));
  EXPECT_TRUE(deck.stages[0].outputs.empty());
  EXPECT_EQ(deck.stages[1].outputs.size(), 3U);
}

TEST(Deck, RefusesWithFileLineAndKey) {
  EXPECT_ERROR_HAS(parse("potentials: [{style: zbl}]\n"), "deck.yaml:1: missing key 'system'");
  EXPECT_ERROR_HAS(parse(kMinimal), "missing key 'stages'");
  EXPECT_ERROR_HAS(parse("system: {}\npotentials: []\nstages: [{style: nve, steps: 1}]\n"),
                   "deck.yaml:2: potentials: expected at least one potential");
  EXPECT_ERROR_HAS(parse(std::string(kMinimal) + "stages: [{style: nve}]\n"),
                   "stages[0]: missing key 'steps' (or 'duration')");
  EXPECT_ERROR_HAS(parse(std::string(kMinimal) + "stages: [{style: nve, steps: 1, duration: 1}]\n"),
                   "not both");
  EXPECT_ERROR_HAS(parse(std::string(kMinimal) + "stages: [{style: nve, steps: -1}]\n"),
                   "must be between 0 and");
  EXPECT_ERROR_HAS(
      parse(std::string(kMinimal) + "stages: [{style: nve, steps: 1, timestep: 1 ns}]\n"),
      "stages[0].timestep: must be between");
  EXPECT_ERROR_HAS(with("neighbour: {skin: -1}\n"), "neighbour.skin: must be between 0 and 100");
  EXPECT_ERROR_HAS(with("thermo: {columns: [temperature]}\n"),
                   "thermo.columns[0]: unknown name 'temperature'");
  EXPECT_ERROR_HAS(with("thermo: {file: thermo.txt}\n"), "does not tell the format");
  EXPECT_ERROR_HAS(with("outputs: [{file: a.h5md}]\n"), "missing key 'interval'");
  EXPECT_ERROR_HAS(with("outputs: [{file: a.foo, interval: 1}]\n"), "does not tell the format");
  EXPECT_ERROR_HAS(with("outputs: [{file: a.data, interval: 1}]\n"), "only interval it takes is");
  EXPECT_ERROR_HAS(with("outputs: [{file: a.dump, interval: 1, precision: single}]\n"),
                   "only h5md files can hold single precision");
  EXPECT_ERROR_HAS(with("outputs: [{file: a.dump, interval: 1, fields: [force]}]\n"),
                   "did you mean 'forces'?");
  EXPECT_ERROR_HAS(with("outputs: [{file: a.dump, interval: 1, group: top}]\n"),
                   "unknown name 'top'");
  EXPECT_ERROR_HAS(with("outputs: [{file: a.dump, interval: 1}, {file: ./a.dump, interval: 2}]\n"),
                   "already another output");
  EXPECT_ERROR_HAS(with("decomposition: {ranks: [2, 2]}\n"), "expected a list of 3");
  EXPECT_ERROR_HAS(with("velocities: {seed: 1}\n"), "velocities: missing key 'temperature'");
}

// Marks everything below a section as read, as the code it belongs to would.
void read_all(const ConfigNode& node) {
  if (node.is_map()) {
    for (const auto& [key, child] : node.entries()) read_all(child);
  } else if (node.is_list()) {
    for (const ConfigNode& item : node.items()) read_all(item);
  }
}

void read_sections(const Deck& deck) {
  read_all(deck.system);
  read_all(deck.potentials);
  for (const StageSpec& stage : deck.stages) read_all(stage.node);
}

TEST(Deck, UnknownKeysAreLeftForRejectUnread) {
  const Deck deck = with("neighbor: {skin: 1}\n");
  read_sections(deck);
  EXPECT_ERROR_HAS(deck.root.reject_unread(), "unknown key 'neighbor' (did you mean 'neighbour'?)");
  const Deck inner = with("neighbour: {skn: 1}\n");
  read_sections(inner);
  EXPECT_ERROR_HAS(inner.root.reject_unread(), "unknown key 'skn' (did you mean 'skin'?)");
}

TEST(Deck, FingerprintFollowsThePhysicsOnly) {
  const std::string base = with("").fingerprint();
  EXPECT_EQ(base.size(), 16U);
  EXPECT_EQ(base, with("thermo: {interval: 5}\n").fingerprint());
  EXPECT_NE(base, with("seed: 2\n").fingerprint());
  EXPECT_NE(base, parse("system: {build: {lattice: fcc}}\npotentials:\n- style: zbl\n"
                        "stages:\n- {style: nve, steps: 10}\n")
                      .fingerprint());
}

// Every MD deck that is shipped parses; its potentials and system are read in the runs of the CLI tests.
TEST(Deck, ShippedDecksParse) {
  namespace fs = std::filesystem;
  int decks = 0;
  for (const char* folder : {"inputs", "bench/snap", "bench/eam"}) {
    for (const auto& entry : fs::directory_iterator(fs::path(SPLICEMD_SOURCE_DIR) / folder)) {
      const std::string name = entry.path().filename().string();
      if (entry.path().extension() != ".yaml" || name.rfind("campaign_", 0) == 0) continue;
      SCOPED_TRACE(entry.path().string());
      EXPECT_NO_THROW(load_deck(entry.path().string()));
      ++decks;
    }
  }
  EXPECT_GT(decks, 15);
}

}  // namespace
}  // namespace splicemd::md
