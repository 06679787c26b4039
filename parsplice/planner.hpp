// The campaign's mind, without any input or output: which segments are wanted, what becomes of those
// that arrive, and the trajectory they make.
//
// Everything follows from the orders and the pieces, in the order of their ids: a campaign is resumed by giving
// both to replay_order() and finish() again, which makes the same trajectory again.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "parsplice/oracle.hpp"
#include "parsplice/path_recorder.hpp"
#include "parsplice/segment_generator.hpp"

namespace splicemd::parsplice {

struct PlannerSettings {
  SegmentRules rules;
  OracleSettings oracle;
  std::uint64_t seed = 1;
  bool hot_points = true;           // false: every segment starts from a minimum
  std::size_t max_hot_points = 64;  // kept per state; more are not kept
};

// Totals since the campaign began.
struct CampaignTotals {
  std::int64_t trajectory_blocks = 0;
  std::int64_t generated_blocks = 0;  // of pieces, whether spliced or not
  std::int64_t dephasing_blocks = 0;
  std::int64_t segments = 0;  // finished
  std::int64_t failed = 0;    // given up
  std::int64_t spliced_segments = 0;
  std::int64_t transitions = 0;
  std::int64_t states_visited = 0;  // by the trajectory
  double seconds = 0.0;             // Σ over workers, in tasks
  double dynamics_seconds = 0.0;
};

class Planner {
 public:
  using OnVisit = PathRecorder::OnVisit;

  // The trajectory starts in `start`. `changed` is called with a visit that has begun or become longer.
  Planner(const PlannerSettings& settings, const Key& start, OnVisit changed = {});

  // The `n` orders most useful now; `minimum` says under which key a state's minimum is stored.
  std::vector<SegmentOrder> next(std::size_t n);
  // The piece of this order fails whenever it is tried: its segment is given up, and a new one takes its place in the
  // queue of its state, with a number, a seed and a start of its own. Its order comes with the next ones, and is
  // returned; none if the segment is not being generated.
  std::optional<SegmentOrder> replace(const SegmentOrder& failed);
  // An order of an earlier session: to be issued again unless its piece follows. `replaced`: the segment in whose
  // place this one is, 0 if it has its own.
  void replay_order(const SegmentOrder& order, SegmentId replaced = 0);
  // After the replay: forgets stored hot points whose data is not there any more.
  void drop_hot_points(const std::function<bool(const Key&)>& missing);
  // Orders issued and not finished, in order of id: what a resumed campaign issues again.
  std::vector<SegmentOrder> open_orders() const;

  // A piece has arrived; false if it had arrived before. Splices what can be spliced.
  bool finish(const SegmentPiece& piece);

  // Data that nothing will need any more since the last call: to be erased once all is durable.
  std::vector<Key> take_obsolete() { return std::exchange(obsolete_, {}); }

  StateNames& names() { return names_; }
  const StateNames& names() const { return names_; }
  const Splicer& splicer() const { return splicer_; }
  const TransitionModel& model() const { return model_; }
  const CampaignTotals& totals() const { return totals_; }
  const PlannerSettings& settings() const { return settings_; }
  const Visit& current_visit() const { return path_.visit(); }
  // Escape frequency seen in all segments: stays that ended per block, over states (for ⟨t_trans⟩).
  double transitions_per_block() const;

 private:
  struct Running {       // a segment that is not finished
    SegmentOrder order;  // of the piece that is awaited
    std::vector<SegmentPiece> pieces;
  };
  SegmentOrder new_order(StateIndex state);
  void note_piece(Running& running, const SegmentPiece& piece);
  SegmentOrder continuation(const SegmentOrder& order, const SegmentPiece& piece) const;
  void keep_hot_point(StateIndex state, const Key& data);
  void splice();
  void follow(SegmentId id);

  PlannerSettings settings_;
  StateNames names_;
  PathRecorder path_;
  Splicer splicer_;
  TransitionModel model_;
  Oracle oracle_;
  SegmentId last_id_ = 0;
  std::uint64_t plans_ = 0;
  std::deque<PlannedSegment> plan_;
  std::deque<SegmentOrder> urgent_;  // continuations
  std::map<SegmentId, Running> running_;
  std::map<SegmentId, Running>
      given_up_;  // of earlier sessions: their pieces still count as generated
  std::unordered_map<SegmentId, std::vector<SegmentPiece>> stored_;  // finished, not spliced
  std::unordered_map<StateIndex, std::deque<Key>> hot_points_;
  std::unordered_set<Key> used_;  // hot points of replayed orders whose pieces are still to come
  std::vector<Key> obsolete_;
  CampaignTotals totals_;
  std::int64_t all_transitions_ = 0;
};

// Under which key a state's minimum is stored.
Key minimum_key(const Key& state);

}  // namespace splicemd::parsplice
