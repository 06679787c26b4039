// The speed of the workflow: empty tasks over MPI and in process, a simulated cluster, and what managers cost.
#pragma once

#include <vector>

#include "base/mpi.hpp"
#include "bench/figure.hpp"

namespace splicemd::bench {

struct WorkflowOptions {
  double seconds = 3.0;              // of each measurement that takes real time
  double simulated_seconds = 200.0;  // of the simulated cluster
  int simulated_workers = 10'000;
};

// Collective; the figures that need workers on other ranks are measured where there are at least three.
// Meaningful on rank 0.
std::vector<Figure> measure_workflow(const WorkflowOptions& options, const Communicator& comm);

}  // namespace splicemd::bench
