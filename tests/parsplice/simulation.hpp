// Campaigns on the Markov engine in simulated time: workers with realistic latencies, and deliberately
// wrong ways to run them.
#pragma once

#include <cstdint>
#include <vector>

#include "parsplice/markov_engine.hpp"
#include "parsplice/planner.hpp"

namespace splicemd::parsplice {

// What existing codes do, or might, and must not.
enum class Mistake {
  none,
  completion_order,       // segments are spliced in the order in which they were finished
  discard_capped,         // a segment that met the cap is thrown away and another one generated
  reuse_hot_points,       // a stored end is used for ever instead of once
  keep_failed_dephasing,  // a segment starts even though its walker left the state while dephasing
};

struct SimulationSpec {
  MarkovModel model;
  PlannerSettings planner;
  int workers = 10;
  double seconds_per_block = 1.0;
  double overhead = 0.05;  // s per task
  double spread = 0.3;     // σ of the logarithm of a worker's momentary speed
  std::int64_t trajectory_blocks = 100000;
  Mistake mistake = Mistake::none;
};

struct SimulationResult {
  std::vector<Visit> visits;  // the last one is not over
  std::vector<Key> labels;    // by StateIndex
  CampaignTotals totals;
  double seconds = 0.0;  // simulated
};

SimulationResult simulate(const SimulationSpec& spec);

}  // namespace splicemd::parsplice
