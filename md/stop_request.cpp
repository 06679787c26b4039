// Signal flags and their agreement over ranks.
#include "md/stop_request.hpp"

#include <csignal>

namespace splicemd::md {

namespace {

constexpr int kWallTime = 1000;  // beyond any signal number
constexpr int kCallsBetweenAgreements = 10;
volatile std::sig_atomic_t signal_received = 0;

extern "C" void note_signal(int number) { signal_received = number; }

}  // namespace

StopRequest::StopRequest(double wall_time, double start)
    : wall_time_(wall_time),
      start_(start),
      old_term_(std::signal(SIGTERM, note_signal)),
      old_usr2_(std::signal(SIGUSR2, note_signal)) {
  signal_received = 0;
}

StopRequest::~StopRequest() {
  std::signal(SIGTERM, old_term_);
  std::signal(SIGUSR2, old_usr2_);
}

int StopRequest::local_reason() const {
  if (signal_received != 0) return signal_received;
  return wall_time_ > 0.0 && MPI_Wtime() - start_ >= wall_time_ ? kWallTime : 0;
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
    case SIGUSR2:
      return "SIGUSR2 received";
    case kWallTime:
      return "wall time reached";
    default:
      return "not asked to stop";
  }
}

}  // namespace splicemd::md
