// The time loop of a deck's first stage, without output, in blocks whose speed is measured.
#pragma once

#include <cstdint>

#include "md/simulation.hpp"

namespace splicemd::bench {

// Every call is collective over the communicator. The deck and the communicator must outlive the loop.
class StepLoop {
 public:
  // InputError unless the deck's first stage is dynamics. `energies`: energy and virial on every step.
  StepLoop(const md::Deck& deck, bool energies, const Communicator& comm);

  // Runs for about `seconds`; returns seconds per step, the slowest rank's. On one rank with one thread the
  // clock is the thread's CPU time, so that other work on the machine counts little; otherwise wall time.
  double run_block(double seconds);
  // Forgets the steps and times counted so far.
  void reset();

  std::int64_t steps() const { return steps_; }
  md::Simulation& simulation() { return simulation_; }

 private:
  void step();
  double now() const;
  md::Integrator& integrator() { return *simulation_.movers[0].integrator; }

  const Communicator& comm_;
  md::Simulation simulation_;
  bool energies_;
  std::int64_t steps_ = 0;
};

}  // namespace splicemd::bench
