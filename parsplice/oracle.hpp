// Decides where new segments should start: those that are most likely to be spliced within the horizon.
//
// The model: the end state of a segment from state s is drawn from what was seen so far (all segments, spliced
// or not), from `prior_self` imagined segments that stayed in s, and from `prior_unseen` imagined ones
// that ended in a state never seen. Draws within one virtual trajectory count as seen for the rest of
// it (Pólya's urn), which is to draw transition probabilities from their Dirichlet posterior: what is
// uncertain varies from trajectory to trajectory.
//
// Virtual trajectories start where the trajectory stands and first use up what is stored: a finished
// segment's end is known, an unfinished one's is drawn. Where a queue is exhausted, the trajectory would
// have needed one more segment: how often the k-th further segment of state s is needed, over all
// trajectories, is the probability that it will be used. An unseen state ends a virtual trajectory.
// The oracle may use anything: it decides only where segments start, never which one is spliced.
#pragma once

#include <vector>

#include "parsplice/splicer.hpp"

namespace splicemd::parsplice {

struct OracleSettings {
  int trajectories = 100;        // virtual ones per plan
  std::int64_t horizon = 10000;  // segments a virtual trajectory is followed at most
  double prior_self = 1.0;       // imagined segments per state that ended where they started
  double prior_unseen = 0.5;     // imagined segments per state that ended in an unseen state
};

class TransitionModel {
 public:
  void record(StateIndex start, StateIndex end);
  // All ends seen, one entry per segment; empty for a state without segments.
  const std::vector<StateIndex>& ends(StateIndex start) const;

 private:
  std::vector<std::vector<StateIndex>> ends_;
};

struct PlannedSegment {
  StateIndex state = 0;
  double probability = 0.0;  // that it will be used
};

class Oracle {
 public:
  explicit Oracle(const OracleSettings& settings) : settings_(settings) {}
  // The `count` segments most worth starting, best first. `seed` decides the virtual trajectories.
  std::vector<PlannedSegment> plan(const Splicer& splicer, const TransitionModel& model,
                                   std::size_t states, std::size_t count, std::uint64_t seed);

 private:
  // What one virtual trajectory did in a state; `trajectory` says whose it is.
  struct Walk {
    int trajectory = -1;
    std::uint32_t used = 0;         // of the queue
    std::uint32_t needed = 0;       // beyond it
    std::vector<StateIndex> drawn;  // ends drawn: the urn's new balls
  };
  class Draws;
  void follow(const Splicer& splicer, const TransitionModel& model, int trajectory,
              std::size_t needed, Draws& draws);
  Walk& walk(StateIndex state, int trajectory);
  // The end of a segment from `state`, or the number of states for one never seen.
  StateIndex draw(const TransitionModel& model, StateIndex state, Walk& walk, Draws& draws) const;
  std::vector<PlannedSegment> best(std::size_t count, StateIndex fallback) const;

  OracleSettings settings_;
  std::vector<Walk> walks_;  // by state
  std::vector<std::vector<std::uint32_t>>
      needs_;                        // [state][k]: trajectories that needed the k-th more
  std::vector<StateIndex> touched_;  // states with entries in needs_
};

}  // namespace splicemd::parsplice
