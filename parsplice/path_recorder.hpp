// Follows a trajectory piece by piece and cuts it into visits to states.
#pragma once

#include <functional>
#include <vector>

#include "parsplice/splicer.hpp"

namespace splicemd::parsplice {

// The trajectory was in `state` from block `start` for `blocks` blocks; `segment` and `stay` say which stay
// of which segment's path (over all its pieces) it began with.
struct Visit {
  std::int64_t number = 0;  // 0, 1, …
  StateIndex state = 0;
  std::int64_t start = 0;
  std::int64_t blocks = 0;
  SegmentId segment = 0;
  std::uint32_t stay = 0;
  Key identity;
};

class PathRecorder {
 public:
  using OnVisit = std::function<void(const Visit&)>;

  // The trajectory starts in state `start`, number 0 of `names`, which must outlive the recorder. `changed` is
  // called with a visit that has begun or become longer.
  PathRecorder(StateNames& names, const Key& start, OnVisit changed = {});

  // The trajectory goes along a piece, whose path's stays are counted from `first_stay`; returns the next number.
  std::uint32_t follow(const SegmentPiece& piece, std::uint32_t first_stay);

  const Visit& visit() const { return visit_; }
  std::int64_t transitions() const { return visit_.number; }
  std::int64_t states_visited() const { return states_visited_; }

 private:
  StateNames& names_;
  OnVisit changed_;
  Visit visit_;
  std::vector<bool> visited_{true};
  std::int64_t states_visited_ = 1;
};

}  // namespace splicemd::parsplice
