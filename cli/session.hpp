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
// KOKKOS_NUM_THREADS if set, else this rank's share of the cores it may use. Collective.
class KokkosSession {
 public:
  KokkosSession(const Communicator& comm, int threads);
  ~KokkosSession();
  KokkosSession(const KokkosSession&) = delete;
  KokkosSession& operator=(const KokkosSession&) = delete;
};

// This rank's share of the cores its node's ranks may run on, at least 1. Collective.
int share_of_cores(const Communicator& comm);

// Runs `command` on every rank and turns escaped exceptions into one message and an exit status. If all
// ranks end, the message is printed once and the status of the worst is returned on all; if some rank
// does not end, a failed one waits for it a few seconds, prints its message and aborts MPI.
int run_guarded(const Communicator& comm, const std::function<int()>& command);

}  // namespace splicemd::cli
