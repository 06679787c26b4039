// Requests to stop a campaign orderly.
#pragma once

namespace splicemd::parsplice {

// While it exists, SIGINT, SIGTERM, SIGUSR1 and SIGUSR2 are counted instead of ending the process (one at a time per
// process).
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  static int count();

 private:
  void (*old_[4])(int);
};

}  // namespace splicemd::parsplice
