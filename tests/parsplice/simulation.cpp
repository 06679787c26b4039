// An event loop around the planner: the next worker to finish is served.
#include "parsplice/simulation.hpp"

#include <cmath>
#include <queue>
#include <unordered_map>

#include "base/error.hpp"
#include "base/random.hpp"

namespace splicemd::parsplice {
namespace {

struct Finished {
  double time;
  int worker;
  SegmentPiece piece;
  bool operator>(const Finished& other) const {
    return time != other.time ? time > other.time : worker > other.worker;
  }
};

class Simulation {
 public:
  explicit Simulation(const SimulationSpec& spec)
      : spec_(spec), engine_(spec.model), generator_(engine_, spec.planner.rules) {
    const StateRecord first = engine_.initial_state();
    data_[minimum_key(first.label)] = first.configuration;
    planner_.emplace(spec.planner, first.label, [this](const Visit& visit) { record(visit); });
    record(planner_->current_visit());
  }

  SimulationResult run() {
    for (int worker = 0; worker < spec_.workers; ++worker) serve(worker);
    while (planner_->totals().trajectory_blocks < spec_.trajectory_blocks) {
      const Finished event = events_.top();
      events_.pop();
      now_ = event.time;
      deliver(event.piece);
      serve(event.worker);
    }
    for (StateIndex k = 0; k < planner_->names().size(); ++k) {
      result_.labels.push_back(planner_->names().label(k));
    }
    result_.totals = planner_->totals();
    result_.seconds = now_;
    return std::move(result_);
  }

 private:
  void record(const Visit& visit) {
    if (result_.visits.empty() || result_.visits.back().number != visit.number) {
      result_.visits.push_back(visit);
    } else {
      result_.visits.back() = visit;
    }
  }

  void serve(int worker) {
    SegmentOrder order = planner_->next(1).front();
    const SegmentPiece piece = generate(order);
    double random[4];
    random_normal4(spec_.planner.seed, RandomStream::user, ++tasks_, 0, 0, random);
    const auto blocks = static_cast<double>(piece.blocks + piece.dephasing_blocks);
    const double duration =
        spec_.overhead + spec_.seconds_per_block * blocks * std::exp(spec_.spread * random[0]);
    if (spec_.mistake == Mistake::completion_order) waiting_[order.state].push_back(order.id);
    events_.push({now_ + duration, worker, piece});
  }

  SegmentPiece generate(SegmentOrder& order) {
    Key data = order.data;
    if (spec_.mistake == Mistake::reuse_hot_points && order.start == StartKind::hot_point) {
      data = first_hot_point_.emplace(order.state, data).first->second;
    }
    SegmentOutput output = generate_piece(order, data_.at(data));
    while (spec_.mistake == Mistake::discard_capped && output.piece.capped) {
      order.seed += 0x9e3779b97f4a7c15ULL;
      output = generate_piece(order, data_.at(data));
    }
    for (const StateRecord& state : output.states) {
      data_[minimum_key(state.label)] = state.configuration;
    }
    data_[output.piece.end_data] = output.end_configuration;
    return output.piece;
  }

  SegmentOutput generate_piece(const SegmentOrder& order, ByteView start) {
    if (spec_.mistake != Mistake::keep_failed_dephasing) return generator_.generate(order, start);
    SegmentRules once = spec_.planner.rules;
    once.max_dephasing_attempts = 1;
    try {
      return SegmentGenerator(engine_, once).generate(order, start);
    } catch (const RunError&) {
      once.dephasing = 0;
      return SegmentGenerator(engine_, once).generate(order, start);
    }
  }

  void deliver(SegmentPiece piece) {
    if (spec_.mistake == Mistake::completion_order) {
      auto& ids = waiting_[piece.path.front().state];
      piece.id = ids.front();
      ids.pop_front();
    }
    ensure(planner_->finish(piece), "a piece was refused");
    for (const Key& key : planner_->take_obsolete()) {
      if (spec_.mistake == Mistake::none) ensure(data_.erase(key) == 1, "erased twice");
    }
  }

  SimulationSpec spec_;
  MarkovEngine engine_;
  SegmentGenerator generator_;
  std::optional<Planner> planner_;
  std::unordered_map<Key, Bytes> data_;
  std::unordered_map<Key, Key> first_hot_point_;
  std::unordered_map<Key, std::deque<SegmentId>> waiting_;
  std::priority_queue<Finished, std::vector<Finished>, std::greater<>> events_;
  SimulationResult result_;
  std::uint64_t tasks_ = 0;
  double now_ = 0.0;
};

}  // namespace

SimulationResult simulate(const SimulationSpec& spec) { return Simulation(spec).run(); }

}  // namespace splicemd::parsplice
