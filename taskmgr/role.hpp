// A role of the workflow as a state machine, and the names of its messages.
#pragma once

#include <limits>

#include "base/bytes.hpp"
#include "taskmgr/counters.hpp"

namespace splicemd::taskmgr {

inline constexpr double kNever = std::numeric_limits<double>::infinity();

// One of the roles that an endpoint plays.
struct Address {
  Endpoint endpoint = 0;
  RoleName role = RoleName::host;
};

// First byte of a message's body; docs/workflow.md lists what follows it.
enum class MessageType : std::uint8_t {
  // worker → task manager, task manager → work manager
  attach,     // I am here (again) and hold nothing
  request,    // n more tasks, please
  results,    // of tasks that ended
  output,     // a key and its value
  heartbeat,  // I live; in both directions
  returned,   // tasks that I was given and did not begin
  stop_wish,  // this process was asked to stop
  counters,   // RoleCounters
  farewell,   // I have stopped
  lost,       // a task given up
  // the other way
  tasks,    // to run
  stored,   // so many bytes of outputs are in the store
  unknown,  // I take you for lost: attach again
  drain,    // begin no more tasks
  stop,     // the end
  leave,    // the end at once, to every endpoint
};

// A state machine: nothing blocks, everything is an answer to a message or to the passing of time.
class Role {
 public:
  virtual ~Role() = default;
  virtual void on_message(Address from, ByteView body) = 0;
  // Called on each turn of the endpoint's loop.
  virtual void on_timer(double now) = 0;
  // When on_timer() must be called again even if no message arrives.
  virtual double next_deadline() const = 0;
  // The process behind `endpoint` is a new one: all that the old one knew is lost.
  virtual void on_restart(Endpoint endpoint) { (void)endpoint; }
  virtual bool done() const = 0;
};

}  // namespace splicemd::taskmgr
