// Orders, arrivals, and the trajectory.
#include "parsplice/planner.hpp"

#include <algorithm>

#include "base/checksum.hpp"
#include "base/error.hpp"

namespace splicemd::parsplice {

Key minimum_key(const Key& state) { return hash_key(&state, sizeof state, 3); }

Planner::Planner(const PlannerSettings& settings, const Key& start, OnVisit changed)
    : settings_(settings),
      path_(names_, start, std::move(changed)),
      splicer_(names_.index(start)),
      oracle_(settings.oracle) {
  totals_.states_visited = 1;
}

SegmentOrder Planner::new_order(StateIndex state) {
  SegmentOrder order;
  order.id = ++last_id_;
  order.state = names_.label(state);
  order.seed = segment_seed(settings_.seed, order.id, 0);
  const auto stored = hot_points_.find(state);
  if (stored != hot_points_.end() && !stored->second.empty()) {
    order.start = StartKind::hot_point;
    order.data = stored->second.front();
    stored->second.pop_front();
  } else {
    order.data = minimum_key(order.state);
  }
  return order;
}

std::vector<SegmentOrder> Planner::next(std::size_t n) {
  std::vector<SegmentOrder> orders;
  for (; orders.size() < n && !urgent_.empty(); urgent_.pop_front()) {
    orders.push_back(urgent_.front());
  }
  while (orders.size() < n) {
    if (plan_.empty()) {
      const std::size_t count = std::max<std::size_t>(n - orders.size(), splicer_.running() / 16);
      const std::uint64_t seed = segment_seed(settings_.seed, 0, 0) + ++plans_;
      const auto planned = oracle_.plan(splicer_, model_, names_.size(), count, seed);
      plan_.assign(planned.begin(), planned.end());
    }
    const StateIndex state = plan_.front().state;
    plan_.pop_front();
    const SegmentOrder order = new_order(state);
    splicer_.append(state, order.id);
    running_[order.id] = {order, {}};
    orders.push_back(order);
  }
  return orders;
}

std::optional<SegmentOrder> Planner::replace(const SegmentOrder& failed) {
  const auto found = running_.find(failed.id);
  if (found == running_.end() || found->second.order.piece != failed.piece) return std::nullopt;
  const Running given_up = std::move(found->second);
  running_.erase(found);
  if (given_up.order.start != StartKind::minimum) obsolete_.push_back(given_up.order.data);
  const Key& start =
      given_up.pieces.empty() ? given_up.order.state : given_up.pieces.front().path.front().state;
  const SegmentOrder order = new_order(names_.index(start));
  splicer_.replace(failed.id, order.id);
  running_[order.id] = {order, {}};
  urgent_.push_back(order);
  ++totals_.failed;
  return order;
}

void Planner::replay_order(const SegmentOrder& order, SegmentId replaced) {
  if (order.piece > 0) return;  // follows from the capped piece before it
  const StateIndex state = names_.index(order.state);
  last_id_ = std::max(last_id_, order.id);
  if (replaced == 0) {
    splicer_.append(state, order.id);
  } else {
    splicer_.replace(replaced, order.id);
    given_up_.insert(running_.extract(replaced));
    ++totals_.failed;
  }
  running_[order.id] = {order, {}};
  if (order.start == StartKind::hot_point) used_.insert(order.data);
}

void Planner::drop_hot_points(const std::function<bool(const Key&)>& missing) {
  for (auto& [state, stored] : hot_points_) {
    stored.erase(std::remove_if(stored.begin(), stored.end(), missing), stored.end());
  }
}

std::vector<SegmentOrder> Planner::open_orders() const {
  std::vector<SegmentOrder> orders;
  for (const auto& [id, running] : running_) orders.push_back(running.order);
  return orders;
}

SegmentOrder Planner::continuation(const SegmentOrder& order, const SegmentPiece& piece) const {
  SegmentOrder next = order;
  next.piece = piece.piece + 1;
  next.start = StartKind::continuation;
  next.state = piece.path.back().state;
  next.data = piece.end_data;
  next.seed = segment_seed(settings_.seed, order.id, next.piece);
  next.blocks_done = order.blocks_done + piece.blocks;
  next.blocks_in_state = piece.blocks_in_state;
  return next;
}

void Planner::keep_hot_point(StateIndex state, const Key& data) {
  if (used_.erase(data) != 0) return;
  auto& stored = hot_points_[state];
  if (settings_.hot_points && stored.size() < settings_.max_hot_points) {
    stored.push_back(data);
  } else {
    obsolete_.push_back(data);
  }
}

void Planner::note_piece(Running& running, const SegmentPiece& piece) {
  ensure(piece.path.front().state == running.order.state, "segment {} started in the wrong state",
         piece.id);
  totals_.generated_blocks += piece.blocks;
  totals_.dephasing_blocks += piece.dephasing_blocks;
  totals_.seconds += piece.seconds;
  totals_.dynamics_seconds += piece.dynamics_seconds;
  all_transitions_ += static_cast<std::int64_t>(piece.path.size()) - 1;
  for (const Stay& stay : piece.path) names_.index(stay.state);
  if (running.order.start != StartKind::minimum) obsolete_.push_back(running.order.data);
  running.pieces.push_back(piece);
  if (piece.capped) running.order = continuation(running.order, piece);
}

bool Planner::finish(const SegmentPiece& piece) {
  if (const auto lost = given_up_.find(piece.id); lost != given_up_.end()) {
    note_piece(lost->second, piece);
    return true;
  }
  const auto found = running_.find(piece.id);
  if (found == running_.end() || found->second.order.piece != piece.piece) return false;
  Running& running = found->second;
  note_piece(running, piece);
  if (piece.capped) {
    urgent_.push_back(running.order);
    return true;
  }
  const StateIndex start = names_.index(running.pieces.front().path.front().state);
  const StateIndex end = names_.index(piece.path.back().state);
  std::int64_t blocks = 0;
  for (const SegmentPiece& part : running.pieces) blocks += part.blocks;
  splicer_.finish(piece.id, end, blocks);
  model_.record(start, end);
  keep_hot_point(end, piece.end_data);
  stored_.emplace(piece.id, std::move(running.pieces));
  running_.erase(found);
  ++totals_.segments;
  splice();
  return true;
}

void Planner::splice() {
  while (const auto slot = splicer_.splice()) {
    follow(slot->id);
    ++totals_.spliced_segments;
  }
  totals_.trajectory_blocks = splicer_.blocks();
}

// Lets the trajectory go along a segment.
void Planner::follow(SegmentId id) {
  const auto found = stored_.find(id);
  std::uint32_t stay = 0;
  for (const SegmentPiece& piece : found->second) stay = path_.follow(piece, stay);
  stored_.erase(found);
  totals_.transitions = path_.transitions();
  totals_.states_visited = path_.states_visited();
}

double Planner::transitions_per_block() const {
  if (totals_.generated_blocks == 0) return 0.0;
  return static_cast<double>(all_transitions_) / static_cast<double>(totals_.generated_blocks);
}

}  // namespace splicemd::parsplice
