// Targets that a stage holds constant or changes linearly over its steps.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/config.hpp"

namespace splicemd::md {

struct Ramp {
  double start = 0.0, stop = 0.0;

  // `fraction` of the stage, 0 to 1.
  double at(double fraction) const { return start + fraction * (stop - start); }
};

// One number, or a list [start, stop].
Ramp read_ramp(const ConfigNode& node, Dimension dimension,
               double min = -std::numeric_limits<double>::max());

// How much of a stage has passed, counted by the integrator itself so that it survives a restart.
class StageClock {
 public:
  explicit StageClock(std::int64_t steps) : steps_(static_cast<double>(steps)) {}

  void restart(double done) { done_ = done; }
  void tick() { done_ += 1.0; }
  double done() const { return done_; }  // steps
  // Fraction of the stage passed `ahead` steps from now.
  double fraction(double ahead = 0.0) const {
    return steps_ > 0.0 ? std::min((done_ + ahead) / steps_, 1.0) : 1.0;
  }

 private:
  double steps_;
  double done_ = 0.0;
};

}  // namespace splicemd::md
