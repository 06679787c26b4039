// The event loop of a simulated workflow: arrivals, deadlines and planned actions in the order of time.
#include "taskmgr/simulation.hpp"

#include <algorithm>

namespace splicemd::taskmgr {

Simulation::Simulation(const Layout& layout, const Settings& settings,
                       const SimulatedNetwork::Settings& network, Applications applications)
    : layout_(layout),
      settings_(settings),
      network_(layout.ranks, network),
      applications_(std::move(applications)),
      alone_(MPI_COMM_SELF) {
  layout_.check();
  for (const WorkerPlace& worker : layout_.workers) {
    require(worker.ranks.size() == 1, "a simulated worker has one endpoint");
  }
  settings_.simulated = true;
  settings_.lossy = network.drop > 0.0 || network.duplicate > 0.0 || network.jitter > 0.0 ||
                    network.late > 0.0 || settings.lossy;
  sites_.resize(static_cast<std::size_t>(layout_.ranks));
  for (Endpoint e = 0; e < layout_.ranks; ++e) begin(e);
}

Simulation::~Simulation() = default;

const Node* Simulation::node(Endpoint endpoint) const {
  return sites_[static_cast<std::size_t>(endpoint)].node.get();
}

void Simulation::begin(Endpoint endpoint) {
  Site& site = sites_[static_cast<std::size_t>(endpoint)];
  ++site.life;
  site.dying = false;
  site.alarm = kNever;
  network_.revive(endpoint);
  site.node = std::make_unique<Node>(network_.endpoint(endpoint), layout_, settings_,
                                     applications_(endpoint, site.life), alone_, site.life);
  at(now(), [this, endpoint] { turn(endpoint); });
}

void Simulation::kill(Endpoint endpoint) {
  network_.kill(endpoint);
  sites_[static_cast<std::size_t>(endpoint)].dying = true;
  if (acting_ != endpoint) bury(endpoint);
}

void Simulation::bury(Endpoint endpoint) {
  Site& site = sites_[static_cast<std::size_t>(endpoint)];
  site.node.reset();
  site.alarm = kNever;
}

void Simulation::revive(Endpoint endpoint) {
  if (sites_[static_cast<std::size_t>(endpoint)].node == nullptr) begin(endpoint);
}

void Simulation::at(double time, std::function<void()> action) {
  actions_.push({time, order_++, std::move(action)});
}

// Lets an endpoint do all it can without time passing.
void Simulation::turn(Endpoint endpoint) {
  Site& site = sites_[static_cast<std::size_t>(endpoint)];
  if (site.node == nullptr) return;
  acting_ = endpoint;
  bool more = true;
  while (more && !site.dying) {
    ++turns_;
    more = site.node->turn();
    more = (!site.dying && site.node->work()) || more || site.node->busy();
  }
  acting_ = -1;
  if (site.dying) return bury(endpoint);
  if (endpoint == layout_.work_manager) outcome_ = site.node->outcome();
  const double next = std::max(site.node->next_deadline(), now());
  if (next < site.alarm) {
    site.alarm = next;
    alarms_.push({next, endpoint});
  }
}

bool Simulation::step(double until) {
  const double arrival = network_.next_arrival();
  const double alarm = alarms_.empty() ? kNever : alarms_.top().time;
  const double action = actions_.empty() ? kNever : actions_.top().time;
  const double next = std::min({arrival, alarm, action});
  if (next > until) {
    network_.advance(until);
    return false;
  }
  if (action <= next) {
    const Action due = actions_.top();
    actions_.pop();
    network_.advance(due.time);
    due.call();
  } else if (arrival <= next) {
    const Endpoint to = network_.deliver();
    if (to >= 0) turn(to);
  } else {
    const Alarm due = alarms_.top();
    alarms_.pop();
    network_.advance(due.time);
    Site& site = sites_[static_cast<std::size_t>(due.endpoint)];
    if (site.alarm != due.time) return true;  // an earlier one has taken its place
    site.alarm = kNever;
    // What is due by now may have moved: then turn() enters the new deadline.
    turn(due.endpoint);
  }
  return true;
}

bool Simulation::all_done() const {
  return std::all_of(sites_.begin(), sites_.end(),
                     [](const Site& site) { return site.node == nullptr || site.node->done(); });
}

bool Simulation::run(double until, bool ends_with_work_manager) {
  const Site& top = sites_[static_cast<std::size_t>(layout_.work_manager)];
  while (true) {
    if (top.node == nullptr) return false;
    if (top.node->done() && (ends_with_work_manager || all_done())) return true;
    if (!step(until)) return false;
  }
}

Outcome Simulation::outcome() const { return outcome_; }

}  // namespace splicemd::taskmgr
