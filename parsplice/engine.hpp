// What a campaign needs of a dynamics: the only way the rest of parsplice/ reaches atoms.
//
// An engine holds one system, puts it into a stored configuration, advances it block by block and says
// which state it is in. Configurations are bytes that only the engine understands.
// Adding one: a class like those in markov_engine.* and md_engine.*, a row in engine.cpp's table, a test
// of the contract in tests/parsplice, a line in docs/parsplice.md.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/config.hpp"
#include "base/mpi.hpp"
#include "parsplice/segment.hpp"

namespace splicemd::parsplice {

struct Observation {
  Key state;     // names the state
  Key identity;  // changes with every transition: atoms numbered as in the configuration placed last
  // False if it cannot be said where the system is now (a minimisation that does not converge): the keys are
  // those of the last observation that was labelled.
  bool labelled = true;
};

enum class Placement {
  fresh,  // velocities (or what stands for them) are drawn from the thermal distribution
  as_is   // the configuration holds them
};

// Not thread-safe; every call is collective over the ranks of the worker. Deterministic: the same calls
// with the same seeds on the same number of ranks and threads give the same results.
class Engine {
 public:
  virtual ~Engine() = default;

  virtual double block() const = 0;  // ps
  // The deck's system at the minimum nearest to where the deck puts it.
  virtual StateRecord initial_state() = 0;

  // Puts the system into a stored configuration. `seed` decides all that follows until the next place().
  virtual void place(ByteView configuration, Placement placement, std::uint64_t seed) = 0;
  // One block of dynamics.
  virtual void advance() = 0;
  // The state the system is in now.
  virtual Observation observe() = 0;

  // Of what observe() last saw, atoms in canonical order: the state's minimum …
  virtual StateRecord state() = 0;
  // … and the system as it is, for place(…, as_is): a hot point, or where a capped piece goes on.
  virtual Bytes snapshot() = 0;
  // The map from the numbering of the last place() to that canonical order, and what goes with it.
  virtual Bytes arrival() = 0;

  // Seconds spent in advance() so far.
  virtual double dynamics_seconds() const = 0;
  // Lines for people; complete after initial_state().
  virtual std::string describe() const = 0;

  // From here on `look` is called at least once in every block and quench, and every few seconds in long ones; by
  // all ranks together. Whatever it throws ends the call; after that only place() may follow.
  void heed(std::function<void()> look) { look_ = std::move(look); }

 protected:
  void look() const {
    if (look_) look_();
  }

 private:
  std::function<void()> look_;
};

// The engine a campaign's deck names (`engine: md | markov`), with blocks of `block` ps. Collective.
std::unique_ptr<Engine> make_engine(const ConfigNode& deck, double block, const Communicator& comm);

}  // namespace splicemd::parsplice
