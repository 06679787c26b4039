// A network inside one process with its own clock: messages take time, and with a seed for all that is
// left to chance they are delayed, overtaken, doubled and lost, and endpoints die.
#pragma once

#include <cstdint>
#include <memory>
#include <queue>
#include <vector>

#include "base/random.hpp"
#include "base/transport/transport.hpp"

namespace splicemd {

// Everything is a function of the seed and of the order of calls; used by one thread.
class SimulatedNetwork {
 public:
  struct Settings {
    std::uint64_t seed = 1;
    double latency = 0.0;         // s, from send to arrival
    double jitter = 0.0;          // s, up to which more is added; messages overtake one another
    double drop = 0.0;            // probability that a message is lost
    double duplicate = 0.0;       // probability that a message arrives twice
    double late = 0.0;            // probability that a message takes `lateness` longer
    double lateness = 0.0;        // s
    double bytes_per_second = 0;  // 0: size does not matter
    double handling = 0.0;        // s that the receiver is busy with a message
  };

  SimulatedNetwork(int endpoints, const Settings& settings);
  ~SimulatedNetwork();
  SimulatedNetwork(const SimulatedNetwork&) = delete;
  SimulatedNetwork& operator=(const SimulatedNetwork&) = delete;

  int size() const { return static_cast<int>(endpoints_.size()); }
  Transport& endpoint(Endpoint number);
  double now() const { return now_; }

  // The moment of the next arrival; infinity if nothing is under way.
  double next_arrival() const;
  // Moves the clock to the next arrival and puts the message into its receiver's inbox; returns whose.
  // −1: the receiver is dead, or still busy with an earlier one. Something must be under way.
  Endpoint deliver();
  // Moves the clock forward to `time`, which is not beyond the next arrival.
  void advance(double time);

  // A dead endpoint loses its inbox and gets nothing; what it sent is still under way.
  void kill(Endpoint number);
  void revive(Endpoint number);
  bool alive(Endpoint number) const;
  // From here on no message is dropped, doubled or late.
  void calm();
  std::uint64_t delivered() const { return delivered_; }

 private:
  class Inbox;
  struct Flight {
    double arrival;
    std::uint64_t order;
    Endpoint from, to;
    bool queued;  // has waited at its receiver
    std::shared_ptr<const Bytes> body;
  };
  struct Later {
    bool operator()(const Flight& a, const Flight& b) const {
      return a.arrival != b.arrival ? a.arrival > b.arrival : a.order > b.order;
    }
  };

  void send(Endpoint from, Endpoint to, Bytes body);
  void launch(Endpoint from, Endpoint to, const std::shared_ptr<const Bytes>& body);

  Settings settings_;
  RandomSequence random_;
  double now_ = 0.0;
  std::uint64_t order_ = 0, delivered_ = 0;
  std::vector<std::unique_ptr<Inbox>> endpoints_;
  std::priority_queue<Flight, std::vector<Flight>, Later> flights_;
};

}  // namespace splicemd
