// Composition of permutations, transformations and displacements.
#include "parsplice/path_walker.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace splicemd::parsplice {

PathWalker::PathWalker(CampaignQuery& query)
    : query_(query),
      snapshot_(query.reader()),
      visits_(query.reader().ledger().prepare(
          "SELECT id, start, blocks, state, segment, stay FROM visits ORDER BY id")),
      stays_(query.reader().ledger().prepare(
          "SELECT t.piece, s.state, t.state, t.identity FROM stays t JOIN segments s "
          "ON s.id = t.segment AND s.piece = t.piece WHERE t.segment = ? ORDER BY t.piece, "
          "t.stay")),
      turn_(kUnitMatrix),
      end_turn_(kUnitMatrix) {
  start_ = reference(0);
  roles_ = end_roles_ = identity_permutation(start_.size());
  base_ = positions_ = start_.minimum;
}

const AtomicConfiguration& PathWalker::reference(std::int64_t state) {
  const auto found = references_.find(state);
  if (found != references_.end()) return found->second;
  datastore::Statement row =
      query_.reader().ledger().prepare("SELECT data FROM states WHERE id = ?");
  ensure(row.bind(state).step(), "the trajectory visits state {}, which is not in the store",
         state);
  const datastore::Value value = query_.reader().get(row.key(0));
  ensure(value != nullptr && value->size() > 100,
         "state {} has no configuration of atoms in the store", state);
  return references_.emplace(state, AtomicConfiguration::decode(*value)).first->second;
}

const PathWalker::Move& PathWalker::move(const Step& step) {
  datastore::Statement label = query_.reader().ledger().prepare(
      "SELECT data FROM arrivals WHERE from_state = ? AND identity = ?");
  ensure(label.bind(step.from_state, step.identity).step(),
         "the store does not say how state {} was entered from state {}", step.state,
         step.from_state);
  const Key key = label.key(0);
  const auto found = moves_.find(key);
  if (found != moves_.end()) return found->second;
  const datastore::Value value = query_.reader().get(key);
  ensure(value != nullptr, "an arrival's map is missing from the store");
  const AtomicArrival arrival = AtomicArrival::decode(*value);
  Move result;
  result.order = arrival.order;
  double rest = 0.0;
  const Matrix3 from = bond_rotation(reference(step.from_state), arrival.before, &rest);
  residual_ = std::max(residual_, rest);
  std::vector<Vector3> entered;
  for (const AtomIndex atom : arrival.order) entered.push_back(arrival.after[atom]);
  const Matrix3 to = bond_rotation(reference(step.state), entered, &rest);
  residual_ = std::max(residual_, rest);
  const Matrix3 back = transposed(from);
  result.turn = multiply(back, to);
  for (std::size_t k = 0; k < arrival.before.size(); ++k) {
    result.displacement.push_back(rotated(back, difference(arrival.after[k], arrival.before[k])));
  }
  if (!has_frozen(start_)) remove_drift(result.displacement);
  return moves_.emplace(key, std::move(result)).first->second;
}

// Where the atoms are after one of a piece's transitions: displacements count from the piece's start.
void PathWalker::carry(const Step& step) {
  if (step.piece != piece_) {
    piece_ = step.piece;
    roles_ = end_roles_;
    turn_ = end_turn_;
    base_ = positions_;
  }
  const Move& moved = move(step);
  end_roles_ = compose(roles_, moved.order);
  end_turn_ = multiply(turn_, moved.turn);
  for (std::size_t k = 0; k < roles_.size(); ++k) {
    const Vector3 shift = rotated(turn_, moved.displacement[k]);
    for (std::size_t c = 0; c < 3; ++c) positions_[roles_[k]][c] = base_[roles_[k]][c] + shift[c];
  }
}

void PathWalker::load_segment(std::int64_t segment) {
  segment_ = segment;
  piece_ = -1;
  step_ = 0;
  steps_.clear();
  stays_.bind(segment);
  while (stays_.step()) {
    steps_.push_back({stays_.integer(0), stays_.integer(1), stays_.integer(2), stays_.key(3)});
  }
}

bool PathWalker::next() {
  if (!visits_.step()) return false;
  const std::int64_t segment = visits_.integer(4);
  point_ = {visits_.integer(0), static_cast<double>(visits_.integer(1)) * query_.block(),
            static_cast<double>(visits_.integer(2)) * query_.block(), visits_.integer(3)};
  if (!begun_) {
    begun_ = true;
    return true;
  }
  if (segment != segment_) load_segment(segment);
  ensure(step_ < steps_.size() && steps_[step_].state == point_.state,
         "visit {} does not follow from segment {}", point_.visit, segment);
  carry(steps_[step_++]);
  return true;
}

}  // namespace splicemd::parsplice
