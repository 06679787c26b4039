// Joins segments end to end into one trajectory.
//
// Each state has a queue of segments that start in it, in the order in which their generation started.
// The trajectory, standing in a state, takes the front of that state's queue and nothing else; if the
// front is not finished it waits. So which segment comes next never depends on how any segment turned
// out or on how long it took, which is what keeps the trajectory's statistics exact.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/key.hpp"
#include "parsplice/segment.hpp"

namespace splicemd::parsplice {

// States are numbered in the order in which they became known: small numbers for tables and models.
using StateIndex = std::uint32_t;

class StateNames {
 public:
  // The number of a state, a new one if it is not known.
  StateIndex index(const Key& label);
  std::optional<StateIndex> find(const Key& label) const;
  const Key& label(StateIndex state) const { return labels_[state]; }
  std::size_t size() const { return labels_.size(); }

 private:
  std::vector<Key> labels_;
  std::unordered_map<Key, StateIndex> numbers_;
};

class Splicer {
 public:
  struct Slot {
    SegmentId id = 0;
    bool finished = false;
    StateIndex end = 0;
    std::int64_t blocks = 0;
  };

  explicit Splicer(StateIndex start) : current_(start) {}

  // Generation of a segment from `state` begins; ids must grow from call to call.
  void append(StateIndex state, SegmentId id);
  // Generation of segment `id` was given up: segment `by`, a new one from the same state, takes its place in the queue.
  void replace(SegmentId id, SegmentId by);
  // The segment, all its pieces included, has ended. RunError if it is unknown or finished already.
  void finish(SegmentId id, StateIndex end, std::int64_t blocks);
  // The next segment of the trajectory, if it is finished; the trajectory then stands at its end.
  std::optional<Slot> splice();

  StateIndex current() const { return current_; }
  std::int64_t blocks() const { return blocks_; }      // of the trajectory
  std::int64_t segments() const { return segments_; }  // spliced
  // Segments of a state that are not spliced yet, front first.
  const std::deque<Slot>& queue(StateIndex state) const;
  std::size_t stored() const { return stored_; }    // finished, not spliced
  std::size_t running() const { return running_; }  // not finished

 private:
  struct Place {
    StateIndex state;
    std::uint64_t number;  // in its state's queue, counted from the campaign's start
  };
  struct Queue {
    std::deque<Slot> slots;
    std::uint64_t popped = 0;
  };
  std::vector<Queue> queues_;
  std::unordered_map<SegmentId, Place> unfinished_;
  StateIndex current_;
  SegmentId last_id_ = 0;
  std::int64_t blocks_ = 0, segments_ = 0;
  std::size_t stored_ = 0, running_ = 0;
};

}  // namespace splicemd::parsplice
