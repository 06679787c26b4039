// Generates segments with an engine: dephasing, the block loop, the stop rule and the cap.
//
// Rules (Perez, Cubuk, Waterland, Kaxiras, Voter, J. Chem. Theory Comput. 12 (2016) 18; Le Bris, Lelièvre,
// Luskin, Perez, Monte Carlo Methods Appl. 18 (2012) 119), all times in blocks:
// - A start from the minimum draws velocities and runs for the dephasing time; whenever the state is left,
//   that attempt is thrown away as a whole and another begins at the minimum. What has survived is a QSD
//   sample. A hot point is one already.
// - The segment ends when it has run at least `length` and has been `decorrelation` without a transition.
// - After `cap` blocks a piece ends in any case, marked as capped.
#pragma once

#include <functional>
#include <unordered_set>

#include "base/error.hpp"
#include "parsplice/engine.hpp"

namespace splicemd::parsplice {

struct SegmentRules {
  std::int64_t dephasing = 1;
  std::int64_t decorrelation = 1;
  std::int64_t length = 10;
  std::int64_t cap = 1000;
  std::int32_t max_dephasing_attempts = 10000;
  std::int32_t first_dephasing_attempts = 200;  // as long as no state at all has been dephased
};

// A state that was left within the dephasing time in every attempt.
class HopelessState : public RunError {
 public:
  using RunError::RunError;
};

// Not thread-safe; collective like the engine's calls.
class SegmentGenerator {
 public:
  // `ends_here` is asked after every block of a segment: true caps the piece there, whatever the rules say.
  SegmentGenerator(
      Engine& engine, const SegmentRules& rules,
      std::function<bool()> ends_here = [] { return false; })
      : engine_(engine), rules_(rules), ends_here_(std::move(ends_here)) {}

  // HopelessState if the state could not be dephased in `max_dephasing_attempts`; what the engine's look throws.
  SegmentOutput generate(const SegmentOrder& order, ByteView start);

 private:
  void dephase(const SegmentOrder& order, ByteView start);
  bool stays(const Key& identity);
  void warn_if_hopeless(const SegmentOrder& order, double began);
  void run(const SegmentOrder& order);
  void look();

  Engine& engine_;
  SegmentRules rules_;
  std::function<bool()> ends_here_;
  SegmentOutput output_;
  Key from_;  // state where the piece starts
  Observation seen_;
  bool warned_ = false;                        // of this order's state
  std::unordered_set<Key> states_, arrivals_;  // already in the output
};

}  // namespace splicemd::parsplice
