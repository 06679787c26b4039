// How the parts of a workflow send one another messages: one interface, an in-process and an MPI
// implementation.
#pragma once

#include <optional>

#include "base/bytes.hpp"

namespace splicemd {

// Where a message goes to or comes from: a rank of the MPI communicator, a node of the simulation.
using Endpoint = int;

struct Message {
  Endpoint from = 0;
  Bytes body;
};

// One endpoint of a transport; used by one thread. Messages between two endpoints may be delayed, and by the
// simulated transport also reordered, doubled or dropped: protocols number and repeat what must arrive.
class Transport {
 public:
  virtual ~Transport() = default;

  virtual Endpoint self() const = 0;
  virtual int size() const = 0;  // endpoints are 0 … size − 1

  // Takes the message and returns at once; progress is made in receive() and wait().
  virtual void send(Endpoint to, Bytes body) = 0;
  // The next message that has arrived, if any.
  virtual std::optional<Message> receive() = 0;
  // Returns when a message may have arrived or `seconds` have passed; sleeps meanwhile, so that an idle
  // endpoint costs next to no processor time.
  virtual void wait(double seconds) = 0;
  // Seconds since some fixed moment; simulated time in a simulation.
  virtual double now() const = 0;
  // True while messages given to send() have not left.
  virtual bool sending() const = 0;
};

}  // namespace splicemd
