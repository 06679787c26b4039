// The closing summary of a stage, in the words MD users and their scripts look for.
#pragma once

#include <cstdint>
#include <string>

#include "md/forces.hpp"

namespace splicemd::md {

struct RunCounts {
  double wall_seconds = 0.0;
  std::int64_t steps = 0;
  double timestep = 0.0;  // ps; 0 for a minimisation (no ns/day)
  int threads = 1;        // per rank
};

// Gathers timings and counts from all ranks; the text is the same on every rank. Collective.
std::string run_summary(const System& system, const Forces& forces, const Timers& timers,
                        const RunCounts& run);

}  // namespace splicemd::md
