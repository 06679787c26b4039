// Figures of merit of simulated campaigns.
#include "parsplice/efficiency.hpp"

#include <cmath>

namespace splicemd::parsplice {

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

double parallel_replica_boost(const SimulationSpec& spec) {
  const MarkovTruth truth(spec.model);
  const double n = spec.workers;
  const double per_block = -std::expm1(n * std::log1p(-truth.escape_rate));
  const double parallel_wall = 1.0 / per_block;
  const auto t_c = static_cast<double>(spec.planner.rules.decorrelation);
  return (1.0 / truth.escape_rate + t_c) /
         (static_cast<double>(spec.planner.rules.dephasing) + parallel_wall + t_c);
}

}  // namespace splicemd::parsplice
