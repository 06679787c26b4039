// Queues of segments and the trajectory's end.
#include "parsplice/splicer.hpp"

#include "base/error.hpp"

namespace splicemd::parsplice {

StateIndex StateNames::index(const Key& label) {
  const auto [entry, added] = numbers_.emplace(label, static_cast<StateIndex>(labels_.size()));
  if (added) labels_.push_back(label);
  return entry->second;
}

std::optional<StateIndex> StateNames::find(const Key& label) const {
  const auto found = numbers_.find(label);
  if (found == numbers_.end()) return std::nullopt;
  return found->second;
}

void Splicer::append(StateIndex state, SegmentId id) {
  ensure(id > last_id_, "segment {} was ordered after segment {}", id, last_id_);
  last_id_ = id;
  if (state >= queues_.size()) queues_.resize(state + std::size_t{1});
  Queue& queue = queues_[state];
  unfinished_[id] = {state, queue.popped + queue.slots.size()};
  queue.slots.push_back({id, false, 0, 0});
  ++running_;
}

void Splicer::replace(SegmentId id, SegmentId by) {
  ensure(by > last_id_, "segment {} was begun after segment {}", by, last_id_);
  auto node = unfinished_.extract(id);
  ensure(!node.empty(), "segment {} is not being generated", id);
  last_id_ = by;
  Queue& queue = queues_[node.mapped().state];
  queue.slots[node.mapped().number - queue.popped].id = by;
  node.key() = by;
  unfinished_.insert(std::move(node));
}

void Splicer::finish(SegmentId id, StateIndex end, std::int64_t blocks) {
  const auto found = unfinished_.find(id);
  ensure(found != unfinished_.end(), "segment {} is not being generated", id);
  Queue& queue = queues_[found->second.state];
  Slot& slot = queue.slots[found->second.number - queue.popped];
  slot.finished = true;
  slot.end = end;
  slot.blocks = blocks;
  unfinished_.erase(found);
  --running_;
  ++stored_;
}

std::optional<Splicer::Slot> Splicer::splice() {
  if (current_ >= queues_.size()) return std::nullopt;
  Queue& queue = queues_[current_];
  if (queue.slots.empty() || !queue.slots.front().finished) return std::nullopt;
  const Slot slot = queue.slots.front();
  queue.slots.pop_front();
  ++queue.popped;
  --stored_;
  ++segments_;
  blocks_ += slot.blocks;
  current_ = slot.end;
  return slot;
}

const std::deque<Splicer::Slot>& Splicer::queue(StateIndex state) const {
  static const std::deque<Slot> kEmpty;
  return state < queues_.size() ? queues_[state].slots : kEmpty;
}

}  // namespace splicemd::parsplice
