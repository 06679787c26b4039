// The process around a command: MPI and Kokkos started and ended, and one place where errors end up.
#pragma once

#include <functional>

#include "base/mpi.hpp"

namespace splicemd::cli {

// Starts MPI (funneled) on construction and ends it on destruction.
class MpiSession {
 public:
  MpiSession(int& argc, char**& argv);
  ~MpiSession();
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;
};

// Starts Kokkos on construction and ends it on destruction. `threads` per rank; 0: OMP_NUM_THREADS or
// KOKKOS_NUM_THREADS if set, but no more than this rank's share of the cores it may use; else that share. One warning
// if there are more threads or ranks than cores; of the ranks `idle` hardly use one. Collective.
class KokkosSession {
 public:
  KokkosSession(const Communicator& comm, int threads, int idle = 0);
  ~KokkosSession();
  KokkosSession(const KokkosSession&) = delete;
  KokkosSession& operator=(const KokkosSession&) = delete;
};

// What the ranks of this rank's node may run on.
struct NodeCores {
  int share = 1;  // this rank's of the cores, at least 1
  int ranks = 1;
  int cores = 1;  // that any of them may use
};
// Collective.
NodeCores cores_of_node(const Communicator& comm);

// Runs `command` on every rank and turns escaped exceptions into one message and an exit status. If all
// ranks end, the message is printed once and the status of the worst is returned on all; if some rank
// does not end, a failed one waits for it a few seconds (after RanksLost not at all), prints its message and
// aborts MPI.
int run_guarded(const Communicator& comm, const std::function<int()>& command);

}  // namespace splicemd::cli
