// How much of what workers generate ends up in the trajectory: rare events and superbasins, in simulated time.
#include <gtest/gtest.h>

#include <cmath>

#include "parsplice/simulation.hpp"

namespace splicemd::parsplice {
namespace {

SimulationSpec spec_at(double temperature, int workers) {
  SimulationSpec spec;
  spec.model.temperature = temperature;
  spec.planner.rules.dephasing = spec.planner.rules.decorrelation = 2;
  spec.planner.rules.length = 20;
  spec.planner.oracle.trajectories = 20;
  spec.workers = workers;
  return spec;
}

struct Efficiency {
  double boost;    // simulated blocks per block of one worker's time
  double spliced;  // share of what was generated
  double ratio;    // ⟨t_trans⟩/(N t_c)
  double revisits;
};

Efficiency measure(const SimulationSpec& spec) {
  const SimulationResult result = simulate(spec);
  const CampaignTotals& totals = result.totals;
  const auto length = static_cast<double>(totals.trajectory_blocks);
  const double states = static_cast<double>(totals.states_visited);
  return {length / (result.seconds / spec.seconds_per_block),
          length / static_cast<double>(totals.generated_blocks),
          length / static_cast<double>(totals.transitions) /
              static_cast<double>(spec.workers * spec.planner.rules.decorrelation),
          static_cast<double>(totals.transitions + 1) / states - 1.0};
}

// Synchronous parallel replica dynamics at its best: no latency, all workers equally fast, no failed dephasing.
// A cycle: dephasing, then N replicas until the first leaves (a block at least, in which the state is looked at),
// then decorrelation by one alone; the trajectory becomes longer by the mean time to a transition and t_c.
double parallel_replica_boost(const SimulationSpec& spec) {
  const MarkovTruth truth(spec.model);
  const double n = spec.workers;
  const double per_block = -std::expm1(n * std::log1p(-truth.escape_rate));
  const double parallel_wall = 1.0 / per_block;
  const auto t_c = static_cast<double>(spec.planner.rules.decorrelation);
  return (1.0 / truth.escape_rate + t_c) /
         (static_cast<double>(spec.planner.rules.dephasing) + parallel_wall + t_c);
}

TEST(Efficiency, RareEventsAreSplicedNearlyAll) {
  SimulationSpec spec = spec_at(350.0, 10);
  spec.trajectory_blocks = 400000;
  const Efficiency found = measure(spec);
  EXPECT_GT(found.ratio, 10.0);
  EXPECT_GT(found.spliced, 0.95);
}

TEST(Efficiency, SuperbasinsBeatParallelReplicasFivefold) {
  SimulationSpec spec = spec_at(500.0, 1000);
  spec.trajectory_blocks = 1000000;
  const Efficiency found = measure(spec);
  EXPECT_LT(found.ratio, 1.0);
  EXPECT_GT(found.revisits, 10.0);
  const double parallel_replicas = parallel_replica_boost(spec);
  EXPECT_GT(found.boost, 5.0 * parallel_replicas)
      << "spliced " << found.spliced << ", boost " << found.boost << " against "
      << parallel_replicas;
  RecordProperty("boost", fmt::format("{:.1f}", found.boost));
  RecordProperty("parallel_replicas", fmt::format("{:.1f}", parallel_replicas));
}

TEST(Efficiency, FollowsTheTransitionTimePerWorkerAndRevisits) {
  fmt::print(
      "T (K)  t_trans/(N t_c)  revisits  spliced   boost  parallel replicas  (100 workers)\n");
  double last = 2.0;
  for (const double temperature : {350.0, 450.0, 600.0, 800.0}) {
    SimulationSpec spec = spec_at(temperature, 100);
    spec.trajectory_blocks = 200000;
    const Efficiency found = measure(spec);
    fmt::print("{:5.0f}  {:15.3g}  {:8.3g}  {:7.3f}  {:6.1f}  {:17.1f}\n", temperature, found.ratio,
               found.revisits, found.spliced, found.boost, parallel_replica_boost(spec));
    EXPECT_LT(found.spliced, last + 0.05);  // the shorter the stays, the smaller the share
    last = found.spliced;
  }
}

}  // namespace
}  // namespace splicemd::parsplice
