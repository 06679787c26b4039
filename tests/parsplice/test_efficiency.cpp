// How much of what workers generate ends up in the trajectory: rare events and superbasins, in simulated time.
#include <gtest/gtest.h>

#include "parsplice/efficiency.hpp"

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
