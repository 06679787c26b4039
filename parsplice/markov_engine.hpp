// An engine without atoms whose statistics are known exactly: a Markov chain over rings of superbasins.
//
// States are (ring, place). Within a ring a step to either neighbouring place has the rate ν exp(−E_in/kT), a step
// to the same place of either neighbouring ring ν exp(−E_out/kT); time advances in blocks, with at most
// one step a block. A hidden variable with two values makes the chain non-Markovian in the visible state
// for a while, as vibrations do for atoms:
//   entered  the value after every transition and at a state's minimum
//   settled  reached from `entered` with probability `settling` a block, left again with the same one
// While `entered`, rates forward are multiplied by 1 + bias and backward ones by 1 − bias; while settled the
// other way round. The hidden variable forgets its start by the factor 1 − 2·settling a block, so that
// the quasi-stationary distribution is reached exponentially fast.
#pragma once

#include <array>
#include <vector>

#include "parsplice/engine.hpp"

namespace splicemd::parsplice {

struct MarkovModel {
  int rings = 100;
  int places = 12;             // per ring, at least 3
  double inner_barrier = 0.3;  // eV, within a ring
  double outer_barrier = 0.6;  // eV, between rings
  double prefactor = 2.6;      // 1/ps
  double temperature = 600.0;  // K
  double block = 1.0;          // ps
  double settling = 0.5;       // per block; 0.5: no memory from one block to the next
  double bias = 0.0;           // 0: Markovian in the visible state
  double delay = 0.0;          // s of wall time a block takes, as atoms would

  int states() const { return rings * places; }
  // Where a step goes: forward and backward within the ring, and to the next and the last ring.
  enum Direction { forward, backward, next_ring, last_ring };
  static constexpr int kDirections = 4;
  int neighbour(int state, int direction) const;
  // Probabilities a block of a step in each direction, by hidden value (0 entered, 1 settled).
  std::array<std::array<double, kDirections>, 2> steps() const;

  Key label(int state) const;

  static MarkovModel read(const ConfigNode& node);
};

// What the model makes of a stay that begins with a transition into a state (the hidden value is then
// `entered`), exactly.
struct MarkovTruth {
  explicit MarkovTruth(const MarkovModel& model);
  // P(stay > n blocks), n ≥ 0.
  double survival(std::int64_t blocks) const;
  std::array<double, MarkovModel::kDirections> direction{};  // of the step that ends a stay
  double mean_stay = 0.0;                                    // blocks
  double escape_rate = 0.0;  // per block, from the quasi-stationary distribution
  // Mean blocks from entering a state of one ring until the ring is left.
  double mean_ring_stay = 0.0;

 private:
  std::array<std::array<double, 2>, 2>
      hidden_{};  // one block without a step, over (entered, settled)
};

class MarkovEngine : public Engine {
 public:
  explicit MarkovEngine(const MarkovModel& model) : model_(model), steps_(model.steps()) {}

  double block() const override { return model_.block; }
  StateRecord initial_state() override { return record(0); }
  void place(ByteView configuration, Placement placement, std::uint64_t seed) override;
  void advance() override;
  Observation observe() override { return {model_.label(state_), model_.label(state_)}; }
  StateRecord state() override { return record(state_); }
  Bytes snapshot() override;
  Bytes arrival() override { return {}; }
  double dynamics_seconds() const override { return dynamics_seconds_; }
  std::string describe() const override;

 private:
  StateRecord record(int state) const;

  MarkovModel model_;
  std::array<std::array<double, MarkovModel::kDirections>, 2> steps_;
  int state_ = 0;
  int hidden_ = 0;  // 0 entered, 1 settled
  std::uint64_t seed_ = 0;
  std::uint64_t block_ = 0;  // since place()
  double dynamics_seconds_ = 0.0;
};

}  // namespace splicemd::parsplice
