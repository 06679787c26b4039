// Wall time spent in each part of the time loop, for the closing summary.
#pragma once

#include <mpi.h>

#include <array>

#include "base/clock.hpp"

namespace splicemd::md {

enum class Part { pair, neigh, comm, output, modify, count };

struct Timers {
  std::array<double, static_cast<int>(Part::count)> seconds{};

  double& operator[](Part part) { return seconds[static_cast<int>(part)]; }
  double operator[](Part part) const { return seconds[static_cast<int>(part)]; }
};

// Adds the time from construction to destruction (or stop()) to one part.
class Timed {
 public:
  Timed(Timers& timers, Part part) : total_(timers[part]), start_(steady_seconds()) {}
  ~Timed() { stop(); }
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;
  void stop() {
    if (!running_) return;
    total_ += steady_seconds() - start_;
    running_ = false;
  }

 private:
  double& total_;
  double start_;
  bool running_ = true;
};

}  // namespace splicemd::md
