// Blocks of steps, each beside a measurement of the peak.
#include "bench/deck_speed.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "bench/fma_peak.hpp"
#include "bench/step_loop.hpp"
#include "snap/kernel_ops.hpp"

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

// Times per stage of the SNAP kernel in one more block; nothing where no SNAP kernel runs on this host.
void add_kernel_stages(StepLoop& loop, double seconds, const Communicator& comm, Speed& speed) {
  loop.reset();
  snap::KernelProfile profile;
  profile.now = thread_nanoseconds;
  snap::set_profile(&profile);
  loop.run_block(seconds);
  snap::set_profile(nullptr);
  constexpr const char* kNames[snap::kStages] = {"pack", "density", "transform", "couple", "force"};
  const double atom_steps = static_cast<double>(speed.atoms) * static_cast<double>(loop.steps());
  for (int stage = 0; stage < snap::kStages; ++stage) {
    const double ticks = comm.sum(static_cast<double>(profile.ticks[stage]));
    if (ticks > 0.0) speed.stages.push_back({kNames[stage], 1e-3 * ticks / atom_steps});
  }
}

}  // namespace

Speed measure_speed(const std::string& deck, const SpeedOptions& options,
                    const Communicator& comm) {
  const md::Deck loaded = md::load_deck(deck);
  StepLoop loop(loaded, options.energies_every_step, comm);
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
  add_kernel_stages(loop, options.seconds_per_block, comm, speed);
  return speed;
}

}  // namespace splicemd::bench
