// Loop time, performance, breakdown by part and neighbour statistics.
#include "md/summary.hpp"

#include <algorithm>

namespace splicemd::md {

namespace {

struct Spread {
  double min, average, max;
};

Spread over_ranks(const Communicator& comm, double value) {
  return {comm.min(value), comm.sum(value) / comm.size(), comm.max(value)};
}

std::string timing_row(const char* name, const Spread& t, double total) {
  // %varavg as other MD codes print it: how uneven the ranks are, relative to the average.
  const double variation = t.average > 0.0 ? 100.0 * (t.max - t.min) / t.average : 0.0;
  return fmt::format("{:<8}| {:<10.5g} | {:<10.5g} | {:<10.5g} | {:>5.1f} | {:>5.2f}\n", name,
                     t.min, t.average, t.max, variation,
                     total > 0.0 ? 100.0 * t.average / total : 0.0);
}

std::string count_row(const char* name, const Communicator& comm, double value) {
  const Spread s = over_ranks(comm, value);
  return fmt::format("{:<10}{:>12.6g} ave {:>12.6g} max {:>12.6g} min\n", name, s.average, s.max,
                     s.min);
}

std::string performance(const System& system, const RunCounts& run) {
  const double rate =
      run.wall_seconds > 0.0 ? static_cast<double>(run.steps) / run.wall_seconds : 0.0;
  const double atom_rate = rate * static_cast<double>(system.n_global);
  const bool mega = atom_rate >= 1e6;
  std::string text = "Performance: ";
  if (run.timestep > 0.0 && rate > 0.0) {
    const double ns_per_day = rate * run.timestep * 1e-3 * 86400.0;
    text += fmt::format("{:.3f} ns/day, {:.3f} hours/ns, ", ns_per_day, 24.0 / ns_per_day);
  }
  return text + fmt::format("{:.3f} timesteps/s, {:.3f} {}atom-step/s\n", rate,
                            atom_rate / (mega ? 1e6 : 1e3), mega ? "M" : "k");
}

}  // namespace

std::string run_summary(const System& system, const Forces& forces, const Timers& timers,
                        const RunCounts& run) {
  const Communicator& comm = system.comm;
  const double wall = comm.max(run.wall_seconds);
  RunCounts slowest = run;
  slowest.wall_seconds = wall;
  std::string text = fmt::format("Loop time of {:.6g} on {} procs for {} steps with {} atoms\n\n",
                                 wall, comm.size() * run.threads, run.steps, system.n_global);
  text += performance(system, slowest);
  text += fmt::format("{} MPI rank{} x {} thread{}, grid {} x {} x {}\n\n", comm.size(),
                      comm.size() == 1 ? "" : "s", run.threads, run.threads == 1 ? "" : "s",
                      system.grid.dims[0], system.grid.dims[1], system.grid.dims[2]);

  text += "Timing breakdown (seconds, over ranks):\n";
  text += "Section |  min time  |  avg time  |  max time  |%varavg| %total\n";
  text += "---------------------------------------------------------------\n";
  constexpr const char* kNames[] = {"Pair", "Neigh", "Comm", "Output", "Modify"};
  double accounted = 0.0;
  for (int p = 0; p < static_cast<int>(Part::count); ++p) {
    const Spread spread = over_ranks(comm, timers.seconds[p]);
    accounted += timers.seconds[p];
    text += timing_row(kNames[p], spread, wall);
  }
  text += timing_row("Other", over_ranks(comm, std::max(0.0, run.wall_seconds - accounted)), wall);

  const double pairs = static_cast<double>(forces.lists().pairs());
  text += '\n';
  text += count_row("Nlocal:", comm, system.atoms.n_local);
  text += count_row("Nghost:", comm, system.atoms.n_ghost);
  text += count_row("Neighs:", comm, pairs);
  const double total = comm.sum(pairs);
  const double atoms = static_cast<double>(std::max<std::int64_t>(system.n_global, 1));
  text += fmt::format("\nTotal # of neighbors = {:.0f}\nAve neighs/atom = {:.6g}\n", total,
                      total / atoms);
  text += fmt::format("Neighbor list builds = {}\nDangerous builds = {}\n", forces.builds,
                      forces.dangerous_builds);
  return text;
}

}  // namespace splicemd::md
