// Set-up and steps as md/stage_runner.cpp makes them, less the output.
#include "bench/step_loop.hpp"

#include "base/clock.hpp"
#include "base/error.hpp"
#include "bench/fma_peak.hpp"

namespace splicemd::bench {

StepLoop::StepLoop(const md::Deck& deck, bool energies, const Communicator& comm)
    : comm_(comm), simulation_(deck, comm, std::nullopt), energies_(energies) {
  require(simulation_.movers.at(0).integrator != nullptr, "{}: the first stage is not dynamics",
          deck.root.where());
  simulation_.forces->rebuild();
  simulation_.forces->compute(true, true);
  integrator().begin(simulation_.system, *simulation_.forces);
}

void StepLoop::step() {
  const bool virial = energies_ || integrator().needs_virial();
  {
    const md::Timed timed(simulation_.timers, md::Part::modify);
    integrator().first_half(simulation_.system);
    ExecSpace().fence();
  }
  ++simulation_.system.step;
  simulation_.forces->rebuild_if_needed();
  simulation_.forces->compute(energies_, virial);
  const md::Timed timed(simulation_.timers, md::Part::modify);
  integrator().second_half(simulation_.system, *simulation_.forces);
  ExecSpace().fence();
}

double StepLoop::now() const {
  return comm_.size() == 1 && ExecSpace().concurrency() == 1 ? thread_seconds() : steady_seconds();
}

double StepLoop::run_block(double seconds) {
  const double start = now();
  std::int64_t steps = 0;
  double spent = 0.0;
  do {
    step();
    ++steps;
    spent = comm_.max(now() - start);
  } while (spent < seconds);
  steps_ += steps;
  return spent / static_cast<double>(steps);
}

void StepLoop::reset() {
  steps_ = 0;
  simulation_.timers = md::Timers{};
}

}  // namespace splicemd::bench
