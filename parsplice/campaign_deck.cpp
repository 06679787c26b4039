// Reading a campaign's deck.
#include "parsplice/campaign_deck.hpp"

#include <cmath>
#include <filesystem>

#include "base/checksum.hpp"

namespace splicemd::parsplice {
namespace {

constexpr double kLongest = 1e9;  // ps

// A time in whole blocks, rounded up.
std::int64_t blocks_of(double time, double block) {
  return static_cast<std::int64_t>(std::ceil(time / block - 1e-9));
}

void read_segments(const ConfigNode& node, CampaignDeck& deck) {
  deck.block = node.number("block", Dimension::time, 1.0, 1e-6, kLongest);
  const double decorrelation = node.at("decorrelation").number(Dimension::time, 0.0, kLongest);
  const double dephasing = node.number("dephasing", Dimension::time, decorrelation, 0.0, kLongest);
  const double length = node.number("length", Dimension::time,
                                    std::max(10.0 * decorrelation, deck.block), 0.0, kLongest);
  SegmentRules& rules = deck.planner.rules;
  rules.decorrelation = std::max<std::int64_t>(blocks_of(decorrelation, deck.block), 1);
  rules.dephasing = std::max<std::int64_t>(blocks_of(dephasing, deck.block), 1);
  rules.length = std::max<std::int64_t>(blocks_of(length, deck.block), 1);
  const double cap =
      node.number("cap", Dimension::time, 20.0 * std::max(length, decorrelation), 0.0, kLongest);
  rules.cap = std::max<std::int64_t>(blocks_of(cap, deck.block), 1);
  rules.max_dephasing_attempts =
      static_cast<std::int32_t>(node.integer("dephasing_attempts", 10000, 1, 1 << 30));
  rules.first_dephasing_attempts = node.find("dephasing_attempts") ? rules.max_dephasing_attempts
                                                                   : rules.first_dephasing_attempts;
  deck.planner.hot_points = node.boolean("hot_points", true);
  deck.planner.max_hot_points =
      static_cast<std::size_t>(node.integer("stored_hot_points", 64, 0, 1 << 20));
}

void read_oracle(const ConfigNode& node, OracleSettings& oracle) {
  oracle.trajectories =
      static_cast<int>(node.integer("trajectories", oracle.trajectories, 1, 1000000));
  oracle.horizon = node.integer("horizon", oracle.horizon, 1, 1000000000);
  oracle.prior_self = node.number("prior_self", Dimension::none, oracle.prior_self, 0.0, 1e6);
  oracle.prior_unseen = node.number("prior_unseen", Dimension::none, oracle.prior_unseen, 0.0, 1e6);
}

void read_limits(const ConfigNode& node, CampaignLimits& limits) {
  limits.trajectory = node.number("trajectory", Dimension::time, 0.0, 0.0, 1e18);
  limits.wall_time = node.number("wall_time", Dimension::wall_time, 0.0, 0.0);
  limits.transitions = node.integer("transitions", 0, 0);
}

}  // namespace

std::string CampaignDeck::fingerprint() const {
  std::string text;
  for (const char* section : {"engine", "markov", "system", "potentials", "groups", "neighbour",
                              "dynamics", "quench", "states", "segments", "seed"}) {
    if (const auto node = root.find(section)) text += section + (":\n" + node->canonical());
  }
  return fmt::format("{:016x}", checksum(text));
}

CampaignDeck load_campaign_deck(const std::string& path,
                                const std::map<std::string, std::string>& variables) {
  CampaignDeck deck(ConfigNode::load(path, variables));
  const ConfigNode& root = deck.root;
  deck.title = root.text("title", "");
  deck.seed = static_cast<std::uint64_t>(root.integer("seed", 1, 0));
  deck.planner.seed = deck.seed;
  read_segments(root.at("segments"), deck);
  if (const auto node = root.find("oracle")) read_oracle(*node, deck.planner.oracle);
  if (const auto node = root.find("limits")) read_limits(*node, deck.limits);
  deck.store = root.text("store", std::filesystem::path(path).stem().string() + ".store");
  if (const auto node = root.find("durability")) {
    using datastore::Durability;
    const bool full = node->choice({"process", "full"}) == "full";
    deck.durability = full ? Durability::full : Durability::process;
  }
  deck.report = root.number("report", Dimension::wall_time, deck.report, 0.1);
  // What fails twice with the same seed is no fault of a machine.
  deck.workflow.deaths = 2;
  if (const auto node = root.find("workflow")) {
    deck.workflow = taskmgr::read_settings(*node, deck.workflow);
  }
  if (const auto node = root.find("failures")) {
    deck.failures.number = node->integer("number", deck.failures.number, 0);
    deck.failures.share = node->number("share", Dimension::none, deck.failures.share, 0.0, 1.0);
  }
  return deck;
}

}  // namespace splicemd::parsplice
