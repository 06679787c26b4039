// A whole workflow in one process and one thread, on a simulated network and clock: for tests, for
// applications' own simulations, and to see how a layout would do before it is run.
#pragma once

#include <functional>
#include <memory>
#include <queue>
#include <vector>

#include "base/transport/simulated_network.hpp"
#include "taskmgr/node.hpp"

namespace splicemd::taskmgr {

// Deterministic: the same settings, application and calls give the same course of events. Workers are single
// endpoints; a task takes the time it sleeps (TaskContext::sleep) and no other.
class Simulation {
 public:
  // What the application brings to endpoint `e` in its life `life` (1, 2, …); it lives as long as the simulation.
  using Applications = std::function<const Application&(Endpoint e, std::uint32_t life)>;

  Simulation(const Layout& layout, const Settings& settings,
             const SimulatedNetwork::Settings& network, Applications applications);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  // Until the work manager and all living endpoints are done, or simulated time `until` is reached. Returns
  // whether they are done. Ends when the work manager is done if `ends_with_work_manager`.
  bool run(double until, bool ends_with_work_manager = false);

  double now() const { return network_.now(); }
  SimulatedNetwork& network() { return network_; }
  const Layout& layout() const { return layout_; }
  Outcome outcome() const;
  // Null if there is none at present.
  const Node* node(Endpoint endpoint) const;

  // The process at `endpoint` dies, now or, called from within one of its tasks, right after it: nothing it
  // has not yet sent leaves.
  void kill(Endpoint endpoint);
  // A new process begins there.
  void revive(Endpoint endpoint);
  // Calls `action` at simulated time `time`.
  void at(double time, std::function<void()> action);
  std::uint64_t turns() const { return turns_; }

 private:
  struct Site {
    std::unique_ptr<Node> node;
    std::uint32_t life = 0;
    double alarm = kNever;  // the deadline entered in alarms_
    bool dying = false;
  };
  struct Alarm {
    double time;
    Endpoint endpoint;
    bool operator>(const Alarm& other) const {
      return time != other.time ? time > other.time : endpoint > other.endpoint;
    }
  };
  struct Action {
    double time;
    std::uint64_t order;
    std::function<void()> call;
    bool operator>(const Action& other) const {
      return time != other.time ? time > other.time : order > other.order;
    }
  };

  void begin(Endpoint endpoint);
  void turn(Endpoint endpoint);
  void bury(Endpoint endpoint);
  bool step(double until);
  bool all_done() const;

  Layout layout_;
  Settings settings_;
  SimulatedNetwork network_;
  Applications applications_;
  Communicator alone_;
  std::vector<Site> sites_;
  std::priority_queue<Alarm, std::vector<Alarm>, std::greater<>> alarms_;
  std::priority_queue<Action, std::vector<Action>, std::greater<>> actions_;
  std::uint64_t order_ = 0, turns_ = 0;
  Endpoint acting_ = -1;
  Outcome outcome_;
};

}  // namespace splicemd::taskmgr
