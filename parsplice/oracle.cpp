// Virtual trajectories through the stored segments and the model.
#include "parsplice/oracle.hpp"

#include <algorithm>
#include <cmath>

#include "base/random.hpp"

namespace splicemd::parsplice {

void TransitionModel::record(StateIndex start, StateIndex end) {
  if (start >= ends_.size()) ends_.resize(start + std::size_t{1});
  ends_[start].push_back(end);
}

const std::vector<StateIndex>& TransitionModel::ends(StateIndex start) const {
  static const std::vector<StateIndex> kNone;
  return start < ends_.size() ? ends_[start] : kNone;
}

// Uniform numbers, four to a call of the generator.
class Oracle::Draws {
 public:
  explicit Draws(std::uint64_t seed) : sequence_(seed, RandomStream::oracle) {}
  double uniform() { return sequence_.uniform(); }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(sequence_.below(n)); }

 private:
  RandomSequence sequence_;
};

Oracle::Walk& Oracle::walk(StateIndex state, int trajectory) {
  Walk& walk = walks_[state];
  if (walk.trajectory != trajectory) {
    walk.trajectory = trajectory;
    walk.used = walk.needed = 0;
    walk.drawn.clear();
  }
  return walk;
}

StateIndex Oracle::draw(const TransitionModel& model, StateIndex state, Walk& walk,
                        Draws& draws) const {
  const auto unseen = static_cast<StateIndex>(walks_.size());
  const std::vector<StateIndex>& seen = model.ends(state);
  const auto n_seen = static_cast<double>(seen.size());
  const auto n_drawn = static_cast<double>(walk.drawn.size());
  double u = draws.uniform() * (n_seen + n_drawn + settings_.prior_self + settings_.prior_unseen);
  StateIndex end = unseen;
  if (u < n_seen) {
    end = seen[std::min(static_cast<std::size_t>(u), seen.size() - 1)];
  } else if ((u -= n_seen) < n_drawn) {
    end = walk.drawn[std::min(static_cast<std::size_t>(u), walk.drawn.size() - 1)];
  } else if (u - n_drawn < settings_.prior_self) {
    end = state;
  }
  if (end != unseen) walk.drawn.push_back(end);
  return end;
}

void Oracle::follow(const Splicer& splicer, const TransitionModel& model, int trajectory,
                    std::size_t needed, Draws& draws) {
  const auto unseen = static_cast<StateIndex>(walks_.size());
  StateIndex state = splicer.current();
  for (std::int64_t step = 0; step < settings_.horizon && needed > 0 && state != unseen; ++step) {
    Walk& here = walk(state, trajectory);
    const auto& queue = splicer.queue(state);
    if (here.used < queue.size()) {
      const Splicer::Slot& slot = queue[here.used++];
      state = slot.finished ? slot.end : draw(model, state, here, draws);
      continue;
    }
    std::vector<std::uint32_t>& needs = needs_[state];
    if (needs.empty()) touched_.push_back(state);
    if (here.needed >= needs.size()) needs.push_back(0);
    ++needs[here.needed++];
    --needed;
    state = draw(model, state, here, draws);
  }
}

std::vector<PlannedSegment> Oracle::best(std::size_t count, StateIndex fallback) const {
  std::vector<PlannedSegment> segments;
  for (const StateIndex state : touched_) {
    for (const std::uint32_t trajectories : needs_[state]) {
      segments.push_back({state, static_cast<double>(trajectories) / settings_.trajectories});
    }
  }
  std::stable_sort(segments.begin(), segments.end(),
                   [](const auto& a, const auto& b) { return a.probability > b.probability; });
  if (segments.size() > count) segments.resize(count);
  // Virtual trajectories that all ended early (in unseen states) leave workers without an order: more of
  // the same, for what they need soonest is where it will be decided how to go on.
  const std::size_t found = segments.size();
  for (std::size_t k = 0; segments.size() < count; ++k) {
    segments.push_back({found == 0 ? fallback : segments[k % found].state, 0.0});
  }
  return segments;
}

std::vector<PlannedSegment> Oracle::plan(const Splicer& splicer, const TransitionModel& model,
                                         std::size_t states, std::size_t count,
                                         std::uint64_t seed) {
  Draws draws(seed);
  walks_.resize(states);
  needs_.resize(states);
  for (Walk& walk : walks_) walk.trajectory = -1;
  for (const StateIndex state : touched_) needs_[state].clear();
  touched_.clear();
  for (int k = 0; k < settings_.trajectories; ++k) follow(splicer, model, k, count, draws);
  return best(count, splicer.current());
}

}  // namespace splicemd::parsplice
