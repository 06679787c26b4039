// The transport between the ranks of an MPI communicator.
//
// Small messages to one rank are collected and leave together at the next receive() or wait(); nothing is
// preposted or cancelled. An endpoint that waits looks for messages a few times, giving its core away in
// between, and then sleeps in naps about as long as it has waited already: the longer nothing has come, the less a
// late look matters.
#pragma once

#include <deque>
#include <limits>
#include <vector>

#include "base/clock.hpp"
#include "base/mpi.hpp"
#include "base/transport/transport.hpp"

namespace splicemd {

// Messages arrive once each and, between two endpoints, in the order of sending.
class MpiTransport : public Transport {
 public:
  struct Settings {
    std::size_t batch_bytes = 32 << 10;  // messages are collected up to this size
    std::size_t part_bytes = 1 << 30;    // longer ones go in parts: MPI counts to 2³¹
    int yields = 20;                     // looks between which the core is given away
    double shortest_nap = 50e-6;         // s
    double longest_nap = 10e-3;          // s
  };

  // Collective: duplicates `comm`, and now() counts from here on all ranks.
  explicit MpiTransport(const Communicator& comm) : MpiTransport(comm, Settings()) {}
  MpiTransport(const Communicator& comm, const Settings& settings);
  ~MpiTransport() override;
  MpiTransport(const MpiTransport&) = delete;
  MpiTransport& operator=(const MpiTransport&) = delete;

  Endpoint self() const override { return comm_.rank(); }
  int size() const override { return comm_.size(); }
  void send(Endpoint to, Bytes body) override;
  std::optional<Message> receive() override;
  void wait(double seconds) override;
  double now() const override { return steady_seconds() - start_; }
  bool sending() const override;

  // Collective: sends what is left and receives, to be forgotten, what the others sent. RanksLost if some rank has
  // not come after `patience` seconds.
  void close(double patience = std::numeric_limits<double>::infinity());

 private:
  struct Sending {
    MPI_Request request = MPI_REQUEST_NULL;
    Bytes body;
  };
  struct Receiving {
    MPI_Request request = MPI_REQUEST_NULL;
    Endpoint from = 0;
    int tag = 0;
    bool complete = false;
    Bytes body;
  };

  void flush();
  void flush_batch(Endpoint to);
  void start_send(Endpoint to, Bytes body, int tag);
  void test_sends();
  bool start_receive();
  bool test_receives();
  void unpack(Receiving& arrived);
  bool look();

  Communicator comm_;
  Settings settings_;
  double start_ = 0.0;
  double nap_ = 0.0;
  std::vector<Bytes> batches_;    // [rank] messages not yet sent
  std::vector<Endpoint> unsent_;  // ranks whose batch is not empty
  std::deque<Sending> sends_;
  std::deque<Receiving> receives_;  // in the order of arrival
  std::vector<Bytes> parts_;        // [rank] what has come of a long message
  std::deque<Message> inbox_;
};

}  // namespace splicemd
