// The two clocks: one for durations, one for labels.
#pragma once

#include <chrono>

namespace splicemd {

// Seconds on a clock that is never set: for every duration, deadline and interval. Its zero means nothing.
inline double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Seconds since 1970 by the system's clock, which people and time servers set: for labels only. Two of them say
// nothing about the time between.
inline double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace splicemd
