// Walks along the spliced trajectory atom by atom: where every atom is at each visit, unwrapped, although each
// segment had its own numbering and its own place and orientation in space.
//
// A segment starts in its state's canonical order, at some place and orientation that the state's
// symmetry allows. The walker keeps, for the trajectory, which of its atoms plays which canonical role (a
// permutation) and the orthogonal transformation R from the state's stored reference to the trajectory. An arrival
// (minima before and after, canonical order of the state entered) then says how each atom moved.
// Transformations between two configurations of one state are those of their bond vectors (the orthogonal
// factor of the matrix Σ b' bᵀ).
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "parsplice/configuration.hpp"
#include "parsplice/query.hpp"
#include "parsplice/rigid_motion.hpp"

namespace splicemd::parsplice {

struct PathPoint {
  std::int64_t visit = 0;
  double start = 0.0, length = 0.0;  // ps
  std::int64_t state = 0;
};

class PathWalker {
 public:
  explicit PathWalker(CampaignQuery& query);
  // Goes to the next visit (at first to the first); false after the last one.
  bool next();
  const PathPoint& point() const { return point_; }
  // Å, unwrapped; atoms in the canonical order of state 0.
  const std::vector<Vector3>& positions() const { return positions_; }
  const AtomicConfiguration& start() const { return start_; }
  // The worst fit of one configuration of a state onto another so far, Å.
  double residual() const { return residual_; }

 private:
  struct Step {  // of a piece with transitions: where it enters which state
    std::int64_t piece, from_state, state;
    Key identity;
  };
  struct Move {
    Permutation order;
    std::vector<Vector3> displacement;  // Å, in the frame of the start state's reference
    Matrix3 turn;  // of the entered state's reference, as seen from the start state's
  };
  void load_segment(std::int64_t segment);
  void carry(const Step& step);
  const Move& move(const Step& step);
  const AtomicConfiguration& reference(std::int64_t state);

  CampaignQuery& query_;
  datastore::StoreReader::Snapshot snapshot_;
  datastore::Statement visits_, stays_;
  std::unordered_map<std::int64_t, AtomicConfiguration> references_;
  std::unordered_map<Key, Move> moves_;
  AtomicConfiguration start_;
  PathPoint point_;
  bool begun_ = false;
  std::int64_t segment_ = -1;
  std::vector<Step> steps_;
  std::size_t step_ = 0;
  // At the start of the present piece: trajectory atom of each canonical role, transformation, positions.
  std::int64_t piece_ = -1;
  Permutation roles_, end_roles_;
  Matrix3 turn_, end_turn_;
  std::vector<Vector3> base_, positions_;
  double residual_ = 0.0;
};

}  // namespace splicemd::parsplice
