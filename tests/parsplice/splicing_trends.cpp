// Prints, as CSV, what campaigns of 1000 simulated workers on the Markov engine reach, from rare events to fast
// ones, with and without superbasins; plot_trends.py draws it.
//   splicing_trends [TRAJECTORY_BLOCKS [WORKERS]]
#include <fmt/format.h>

#include <cstdio>

#include "base/error.hpp"
#include "base/parse.hpp"
#include "parsplice/efficiency.hpp"

namespace splicemd::parsplice {
namespace {

struct Landscape {
  const char* name;
  double outer_barrier;  // eV; within a ring it is 0.3 eV
  int rings;
};

constexpr Landscape kLandscapes[] = {
    {"superbasins", 0.6, 100}, {"weak superbasins", 0.4, 1000}, {"no superbasins", 0.3, 10000}};

void print_row(const Landscape& landscape, double temperature, std::int64_t blocks, int workers) {
  SimulationSpec spec;
  spec.model.temperature = temperature;
  spec.model.outer_barrier = landscape.outer_barrier;
  spec.model.rings = landscape.rings;
  spec.planner.rules.dephasing = spec.planner.rules.decorrelation = 2;
  spec.planner.rules.length = 20;
  spec.planner.oracle.trajectories = 20;
  spec.workers = workers;
  spec.trajectory_blocks = blocks;
  const Efficiency found = measure(spec);
  fmt::print("{},{},{},{:.4g},{:.4g},{:.4g},{:.4g},{:.4g}\n", landscape.name, temperature, workers,
             found.ratio, found.revisits, found.spliced, found.boost, parallel_replica_boost(spec));
  std::fflush(stdout);
}

void run(int argc, char** argv) {
  const std::int64_t blocks = argc > 1 ? parse_int(argv[1]).value_or(0) : 1000000;
  const std::int64_t workers = argc > 2 ? parse_int(argv[2]).value_or(0) : 1000;
  require(argc <= 3 && blocks > 0 && workers > 0 && workers < 1000000,
          "usage: splicing_trends [TRAJECTORY_BLOCKS [WORKERS]]");
  fmt::print(
      "landscape,temperature_K,workers,t_trans_over_n_tc,mean_revisits,spliced_fraction,boost,"
      "parallel_replicas_boost\n");
  for (const Landscape& landscape : kLandscapes) {
    for (const double temperature : {300.0, 350.0, 400.0, 500.0, 600.0, 800.0}) {
      print_row(landscape, temperature, blocks, static_cast<int>(workers));
    }
  }
}

}  // namespace
}  // namespace splicemd::parsplice

int main(int argc, char** argv) {
  try {
    splicemd::parsplice::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
  return 0;
}
