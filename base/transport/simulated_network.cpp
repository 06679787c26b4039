// The event queue and the misfortunes of the simulated network.
#include "base/transport/simulated_network.hpp"

#include <algorithm>
#include <deque>
#include <limits>

namespace splicemd {

class SimulatedNetwork::Inbox : public Transport {
 public:
  Inbox(SimulatedNetwork& network, Endpoint self) : network_(network), self_(self) {}

  Endpoint self() const override { return self_; }
  int size() const override { return network_.size(); }
  void send(Endpoint to, Bytes body) override { network_.send(self_, to, std::move(body)); }
  std::optional<Message> receive() override {
    if (messages.empty()) return std::nullopt;
    Message message = std::move(messages.front());
    messages.pop_front();
    return message;
  }
  // Whoever drives the network moves the clock.
  void wait(double) override {}
  double now() const override { return network_.now(); }
  bool sending() const override { return false; }

  std::deque<Message> messages;
  bool alive = true;
  double busy_until = 0.0;

 private:
  SimulatedNetwork& network_;
  Endpoint self_;
};

SimulatedNetwork::SimulatedNetwork(int endpoints, const Settings& settings)
    : settings_(settings), random_(settings.seed, RandomStream::user) {
  for (int k = 0; k < endpoints; ++k) endpoints_.push_back(std::make_unique<Inbox>(*this, k));
}

SimulatedNetwork::~SimulatedNetwork() = default;

Transport& SimulatedNetwork::endpoint(Endpoint number) {
  return *endpoints_[static_cast<std::size_t>(number)];
}

void SimulatedNetwork::send(Endpoint from, Endpoint to, Bytes body) {
  ensure(to >= 0 && to < size(), "there is no endpoint {}", to);
  if (!endpoints_[static_cast<std::size_t>(from)]->alive) return;
  const auto shared = std::make_shared<const Bytes>(std::move(body));
  if (settings_.drop > 0.0 && random_.uniform() < settings_.drop) return;
  launch(from, to, shared);
  if (settings_.duplicate > 0.0 && random_.uniform() < settings_.duplicate) {
    launch(from, to, shared);
  }
}

void SimulatedNetwork::launch(Endpoint from, Endpoint to,
                              const std::shared_ptr<const Bytes>& body) {
  double arrival = now_ + settings_.latency;
  if (settings_.jitter > 0.0) arrival += settings_.jitter * random_.uniform();
  if (settings_.late > 0.0 && random_.uniform() < settings_.late) arrival += settings_.lateness;
  if (settings_.bytes_per_second > 0.0) {
    arrival += static_cast<double>(body->size()) / settings_.bytes_per_second;
  }
  flights_.push({arrival, order_++, from, to, false, body});
}

double SimulatedNetwork::next_arrival() const {
  return flights_.empty() ? std::numeric_limits<double>::infinity() : flights_.top().arrival;
}

Endpoint SimulatedNetwork::deliver() {
  Flight flight = flights_.top();
  flights_.pop();
  now_ = std::max(now_, flight.arrival);
  Inbox& inbox = *endpoints_[static_cast<std::size_t>(flight.to)];
  if (!inbox.alive) return -1;
  if (settings_.handling > 0.0 && !flight.queued) {
    const double begin = std::max(now_, inbox.busy_until);
    inbox.busy_until = begin + settings_.handling;
    if (begin > now_) {  // its turn comes later
      flight.arrival = begin;
      flight.queued = true;
      flights_.push(std::move(flight));
      return -1;
    }
  }
  inbox.messages.push_back({flight.from, *flight.body});
  ++delivered_;
  return flight.to;
}

void SimulatedNetwork::advance(double time) { now_ = std::max(now_, time); }

void SimulatedNetwork::kill(Endpoint number) {
  Inbox& inbox = *endpoints_[static_cast<std::size_t>(number)];
  inbox.alive = false;
  inbox.messages.clear();
}

void SimulatedNetwork::revive(Endpoint number) {
  endpoints_[static_cast<std::size_t>(number)]->alive = true;
}

bool SimulatedNetwork::alive(Endpoint number) const {
  return endpoints_[static_cast<std::size_t>(number)]->alive;
}

void SimulatedNetwork::calm() {
  settings_.drop = 0.0;
  settings_.duplicate = 0.0;
  settings_.late = 0.0;
}

}  // namespace splicemd
