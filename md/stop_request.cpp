// Signal flags and their agreement over ranks.
#include "md/stop_request.hpp"

#include <csignal>

#include "base/clock.hpp"

namespace splicemd::md {

namespace {

constexpr int kCount = 3;
constexpr int kNumbers[kCount] = {SIGTERM, SIGUSR1, SIGUSR2};
constexpr int kWallTime = 1000;  // beyond any signal number
constexpr int kCallsBetweenAgreements = 10;
volatile std::sig_atomic_t signal_received = 0;

extern "C" void note_signal(int number) { signal_received = number; }

}  // namespace

StopRequest::StopRequest(double wall_time, double start)
    : wall_time_(wall_time), start_(start), old_{} {
  signal_received = 0;
  for (int k = 0; k < kCount; ++k) old_[k] = std::signal(kNumbers[k], note_signal);
}

StopRequest::~StopRequest() {
  for (int k = 0; k < kCount; ++k) std::signal(kNumbers[k], old_[k]);
}

int StopRequest::local_reason() const {
  if (signal_received != 0) return signal_received;
  return wall_time_ > 0.0 && steady_seconds() - start_ >= wall_time_ ? kWallTime : 0;
}

bool StopRequest::raised(const Communicator& comm) {
  if (agreed_ != 0) return true;
  if (comm.size() > 1 && calls_++ % kCallsBetweenAgreements != 0) return false;
  agreed_ = comm.max(local_reason());
  return agreed_ != 0;
}

std::string StopRequest::reason() const {
  switch (agreed_) {
    case SIGTERM:
      return "SIGTERM received";
    case SIGUSR1:
      return "SIGUSR1 received";
    case SIGUSR2:
      return "SIGUSR2 received";
    case kWallTime:
      return "wall time reached";
    default:
      return "not asked to stop";
  }
}

}  // namespace splicemd::md
