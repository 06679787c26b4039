// Counting signals.
#include "parsplice/stop_signals.hpp"

#include <csignal>

namespace splicemd::parsplice {
namespace {

constexpr int kCount = 4;
constexpr int kNumbers[kCount] = {SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
volatile std::sig_atomic_t received = 0;

extern "C" void count_stop_signal(int) { received = received + 1; }

}  // namespace

StopSignals::StopSignals() : old_{} {
  received = 0;
  for (int k = 0; k < kCount; ++k) old_[k] = std::signal(kNumbers[k], count_stop_signal);
}

StopSignals::~StopSignals() {
  for (int k = 0; k < kCount; ++k) std::signal(kNumbers[k], old_[k]);
}

int StopSignals::count() { return received; }

}  // namespace splicemd::parsplice
