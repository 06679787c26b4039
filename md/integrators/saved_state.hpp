// Reads back, in order, the numbers an integrator saved for a checkpoint.
#pragma once

#include <cstddef>
#include <vector>

#include "base/error.hpp"

namespace splicemd::md {

class SavedState {
 public:
  explicit SavedState(const std::vector<double>& values) : values_(values) {}

  double next() {
    require(next_ < values_.size(), "the checkpoint's integrator state is too short: {} values",
            values_.size());
    return values_[next_++];
  }
  void finish() const {
    require(next_ == values_.size(), "the checkpoint's integrator state has {} values, expected {}",
            values_.size(), next_);
  }

 private:
  const std::vector<double>& values_;
  std::size_t next_ = 0;
};

}  // namespace splicemd::md
