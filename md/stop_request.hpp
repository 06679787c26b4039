// Requests to end a run early but orderly: SIGTERM, SIGUSR1, SIGUSR2, and the deck's wall time.
#pragma once

#include <string>

#include "base/mpi.hpp"

namespace splicemd::md {

// While it exists, SIGTERM, SIGUSR1 and SIGUSR2 set a flag instead of ending the process (one at a time per process).
class StopRequest {
 public:
  // `wall_time` in seconds counts from `start` (steady_seconds()); 0: unlimited.
  StopRequest(double wall_time, double start);
  ~StopRequest();
  StopRequest(const StopRequest&) = delete;
  StopRequest& operator=(const StopRequest&) = delete;

  // True on all ranks once any of them was asked to stop. Collective, but communicates only on every
  // tenth call when there are several ranks.
  bool raised(const Communicator& comm);
  // Why: "SIGTERM received", ...
  std::string reason() const;

 private:
  int local_reason() const;
  double wall_time_, start_;
  int calls_ = 0, agreed_ = 0;
  void (*old_[3])(int);
};

}  // namespace splicemd::md
