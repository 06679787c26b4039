// Blocks of steps, each beside a measurement of the peak.
#include "bench/deck_speed.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "bench/fma_peak.hpp"
#include "md/simulation.hpp"

namespace splicemd::bench {

const std::vector<SpeedCase>& speed_cases() {
  // Existing figures: docs/performance.md.
  static const std::vector<SpeedCase> cases = {
      {"snap", "w-2000", "snap/w_2000.yaml", 0.205, 1.1, 1.6},
      {"snap", "w-250", "snap/w_250.yaml", 0.0, 0.0, 0.0},
      {"snap", "w-54", "snap/w_54.yaml", 0.0, 0.0, 0.0},
      {"snap", "2j14", "snap/synthetic_2j14.yaml", 0.0194, 0.078, 0.105},
      {"snap", "c-quadratic", "snap/c_quadratic.yaml", 0.179, 0.7, 1.0},
      {"snap", "inp-chem", "snap/inp_chem.yaml", 0.139, 0.5, 0.9},
      {"snap", "ta06a", "snap/ta06a.yaml", 0.548, 2.6, 4.0},
      {"eam", "cu-32000", "eam/cu_32000.yaml", 11.6, 0.0, 0.0},
      {"eam", "cu-cluster-141", "eam/cu_cluster_141.yaml", 32.0, 0.0, 0.0},
  };
  return cases;
}

namespace {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto n = values.size();
  return n % 2 == 1 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
}

// The time loop of a deck's first stage, without output.
class Loop {
 public:
  Loop(const std::string& deck_file, bool energies, const Communicator& comm)
      : deck_(md::load_deck(deck_file)),
        comm_(comm),
        simulation_(deck_, comm, std::nullopt),
        energies_(energies) {
    require(simulation_.movers.at(0).integrator != nullptr, "{}: the first stage is not dynamics",
            deck_file);
    simulation_.forces->rebuild();
    simulation_.forces->compute(true, true);
    integrator().begin(simulation_.system, *simulation_.forces);
  }

  md::Simulation& simulation() { return simulation_; }

  void step() {
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

  // The clock of the measurement, s: see measure_speed().
  double now() const {
    return comm_.size() == 1 && ExecSpace().concurrency() == 1 ? thread_seconds() : MPI_Wtime();
  }

  // Runs for about `seconds`; returns seconds per step, the slowest rank's.
  double run_block(double seconds) {
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
  std::int64_t steps() const { return steps_; }
  void reset() {
    steps_ = 0;
    simulation_.timers = md::Timers{};
  }

 private:
  md::Integrator& integrator() { return *simulation_.movers[0].integrator; }
  md::Deck deck_;
  const Communicator& comm_;
  md::Simulation simulation_;
  bool energies_;
  std::int64_t steps_ = 0;
};

}  // namespace

Speed measure_speed(const std::string& deck, const SpeedOptions& options,
                    const Communicator& comm) {
  Loop loop(deck, options.energies_every_step, comm);
  loop.run_block(0.5 * options.seconds_per_block);  // warm caches, settled lists
  loop.reset();
  Speed speed;
  speed.atoms = loop.simulation().system.n_global;
  const double cores = comm.size() * ExecSpace().concurrency();
  std::vector<double> rates, peaks, ratios;
  for (int block = 0; block < options.blocks; ++block) {
    const double peak = comm.sum(fma_peak_mflops(0.1)) / comm.size();
    const double rate =
        static_cast<double>(speed.atoms) / loop.run_block(options.seconds_per_block);
    peaks.push_back(peak);
    rates.push_back(rate);
    ratios.push_back(rate / peak / cores);
  }
  speed.atom_steps_per_s = median(rates);
  speed.fma_peak_mflops = median(peaks);
  speed.ratio = median(ratios);
  constexpr const char* kNames[] = {"pair", "neigh", "comm", "output", "modify"};
  const double atom_steps = static_cast<double>(speed.atoms) * static_cast<double>(loop.steps());
  for (int p = 0; p < static_cast<int>(md::Part::count); ++p) {
    speed.stages.push_back(
        {kNames[p], 1e6 * comm.max(loop.simulation().timers.seconds[p]) / atom_steps});
  }
  return speed;
}

}  // namespace splicemd::bench
