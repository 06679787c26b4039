// Stays into visits.
#include "parsplice/path_recorder.hpp"

namespace splicemd::parsplice {

PathRecorder::PathRecorder(StateNames& names, const Key& start, OnVisit changed)
    : names_(names), changed_(std::move(changed)) {
  names_.index(start);
  visit_.identity = start;
}

std::uint32_t PathRecorder::follow(const SegmentPiece& piece, std::uint32_t first_stay) {
  std::uint32_t number = first_stay;
  for (const Stay& stay : piece.path) {
    // A piece starts in the state where the trajectory stands: its first stay goes on with the visit.
    if (number != first_stay) {
      if (changed_) changed_(visit_);
      const StateIndex state = names_.index(stay.state);
      visit_ = {visit_.number + 1, state, visit_.start + visit_.blocks, 0, piece.id, number,
                stay.identity};
      if (state >= visited_.size()) visited_.resize(state + std::size_t{1}, false);
      if (!visited_[state]) ++states_visited_;
      visited_[state] = true;
    }
    visit_.blocks += stay.blocks;
    ++number;
  }
  if (changed_) changed_(visit_);
  return number;
}

}  // namespace splicemd::parsplice
