// A campaign's deck: what is simulated, what a state is, how segments are made, and when to stop.
// docs/parsplice.md documents every key; sections of the engine are read by the engine.
#pragma once

#include <map>
#include <string>

#include "base/config.hpp"
#include "datastore/ledger.hpp"
#include "parsplice/planner.hpp"
#include "taskmgr/layout.hpp"
#include "taskmgr/settings.hpp"

namespace splicemd::parsplice {

// When a campaign has reached its end; 0: no limit of this kind.
struct CampaignLimits {
  double trajectory = 0.0;  // ps
  double wall_time = 0.0;   // s
  std::int64_t transitions = 0;
};

// How many segments may be given up in one session before the campaign ends: so many, or this share of those that were
// finished in it if that is more.
struct FailureLimit {
  std::int64_t number = 3;
  double share = 0.001;
};

struct CampaignDeck {
  explicit CampaignDeck(const ConfigNode& document) : root(document) {}

  ConfigNode root;
  std::string title;
  std::uint64_t seed = 1;
  double block = 1.0;  // ps
  PlannerSettings planner;
  CampaignLimits limits;
  FailureLimit failures;
  std::string store;  // folder
  datastore::Durability durability = datastore::Durability::full;
  double report = 10.0;  // s between lines on the screen and rows of metrics
  taskmgr::Settings workflow;

  // Changes with anything that changes the trajectory's meaning: what a resumed campaign must share.
  std::string fingerprint() const;
  double ps(std::int64_t blocks) const { return static_cast<double>(blocks) * block; }
};

// InputError for anything wrong. The engine's sections are read by make_engine(), the layout by
// read_layout(), after which root.reject_unread() is to be called.
CampaignDeck load_campaign_deck(const std::string& path,
                                const std::map<std::string, std::string>& variables = {});

}  // namespace splicemd::parsplice
