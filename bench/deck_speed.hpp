// How fast a deck's first dynamics stage runs on this machine, against its measured multiply-add peak.
#pragma once

#include <string>
#include <vector>

#include "base/mpi.hpp"

namespace splicemd::bench {

// A deck with the figures it is compared with, in atom-steps/s per Mflop/s of peak (0: none stated).
struct SpeedCase {
  const char* group;  // "snap", "eam"
  const char* name;
  const char* deck;      // below the folder of benchmark decks
  double best_existing;  // LAMMPS (4 July 2026): the fastest of its packages on one core
  double bar, goal;
};
const std::vector<SpeedCase>& speed_cases();

// Seconds of one part of the time loop per atom and step, in µs.
struct StageTime {
  std::string name;
  double us_per_atom_step;
};

struct Speed {
  std::int64_t atoms = 0;
  double atom_steps_per_s = 0.0;  // median over blocks, whole time loop
  double fma_peak_mflops = 0.0;   // per core, median of the measurements between the blocks
  double ratio = 0.0;             // median of atom_steps_per_s / peak of each block, per core
  // Parts of the time loop; then stages of the SNAP kernel, CPU time summed over threads.
  std::vector<StageTime> stages;
};

struct SpeedOptions {
  int blocks = 7;
  double seconds_per_block = 0.6;
  bool energies_every_step = false;  // forces with energy and virial on every step
};

// Runs the deck's first stage, which must be dynamics, in blocks of steps with the peak measured before
// each. On one rank with one thread the clock is the thread's CPU time, so that other work on the
// machine counts little; otherwise it is wall time. Collective.
Speed measure_speed(const std::string& deck, const SpeedOptions& options, const Communicator& comm);

}  // namespace splicemd::bench
