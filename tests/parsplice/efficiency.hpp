// How much of what simulated workers generate ends up in the trajectory, and what another method would reach.
#pragma once

#include "parsplice/simulation.hpp"

namespace splicemd::parsplice {

struct Efficiency {
  double boost;    // simulated blocks per block of one worker's time
  double spliced;  // share of what was generated
  double ratio;    // ⟨t_trans⟩/(N t_c)
  double revisits;
};

// Simulates a campaign.
Efficiency measure(const SimulationSpec& spec);

// Synchronous parallel replica dynamics at its best: no latency, all workers equally fast, no failed dephasing.
// A cycle: dephasing, then N replicas until the first leaves (a block at least, in which the state is looked at),
// then decorrelation by one alone; the trajectory becomes longer by the mean time to a transition and t_c.
double parallel_replica_boost(const SimulationSpec& spec);

}  // namespace splicemd::parsplice
