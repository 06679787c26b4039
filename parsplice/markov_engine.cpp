// The chain's step, and the two-by-two linear algebra of its statistics.
#include "parsplice/markov_engine.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <thread>

#include "base/checksum.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "base/units.hpp"

namespace splicemd::parsplice {
namespace {

constexpr int kEntered = 0;  // 1: settled

using Matrix2 = std::array<std::array<double, 2>, 2>;

Matrix2 multiply(const Matrix2& a, const Matrix2& b) {
  Matrix2 c{};
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 2; ++j) c[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j];
  }
  return c;
}

// Row vector x with x = start + x·m: expected blocks in each hidden value.
std::array<double, 2> expected_blocks(const Matrix2& m, int start) {
  const double a = 1.0 - m[0][0], b = -m[0][1], c = -m[1][0], d = 1.0 - m[1][1];
  const double determinant = a * d - b * c;
  // The row `start` of (1 − m)⁻¹.
  if (start == 0) return {d / determinant, -b / determinant};
  return {-c / determinant, a / determinant};
}

Bytes encode(int state, int hidden) {
  ByteWriter out;
  out.put(static_cast<std::int32_t>(state)).put(static_cast<std::int32_t>(hidden));
  return out.take();
}

}  // namespace

int MarkovModel::neighbour(int state, int direction) const {
  const int ring = state / places, place = state % places;
  switch (direction) {
    case forward:
      return ring * places + (place + 1) % places;
    case backward:
      return ring * places + (place + places - 1) % places;
    case next_ring:
      return (ring + 1) % rings * places + place;
    default:
      return (ring + rings - 1) % rings * places + place;
  }
}

std::array<std::array<double, MarkovModel::kDirections>, 2> MarkovModel::steps() const {
  const double kt = units::kBoltzmann * temperature;
  const double inner = prefactor * std::exp(-inner_barrier / kt);
  const double outer = prefactor * std::exp(-outer_barrier / kt);
  std::array<std::array<double, kDirections>, 2> result{};
  for (int hidden = 0; hidden < 2; ++hidden) {
    const double sign = hidden == kEntered ? bias : -bias;
    const std::array<double, kDirections> rates{inner * (1 + sign), inner * (1 - sign),
                                                outer * (1 + sign), outer * (1 - sign)};
    double total = 0.0;
    for (const double rate : rates) total += rate;
    for (int d = 0; d < kDirections; ++d) {
      result[hidden][d] = rates[d] / total * -std::expm1(-total * block);
    }
  }
  return result;
}

Key MarkovModel::label(int state) const {
  const auto word = static_cast<std::uint64_t>(state);
  return hash_key(&word, sizeof word, 2);
}

MarkovModel MarkovModel::read(const ConfigNode& node) {
  MarkovModel model;
  model.rings = static_cast<int>(node.integer("rings", model.rings, 1, 1000000));
  model.places = static_cast<int>(node.integer("places", model.places, 3, 1000));
  model.inner_barrier = node.number("inner_barrier", Dimension::energy, model.inner_barrier, 0.0);
  model.outer_barrier = node.number("outer_barrier", Dimension::energy, model.outer_barrier, 0.0);
  model.prefactor = node.number("prefactor", Dimension::rate, model.prefactor, 0.0);
  model.temperature = node.number("temperature", Dimension::temperature, model.temperature, 1.0);
  model.settling = node.number("settling", Dimension::none, model.settling, 0.01, 0.99);
  model.delay = node.number("delay", Dimension::wall_time, 0.0, 0.0, 60.0);
  model.bias = node.number("bias", Dimension::none, model.bias, 0.0, 1.0);
  return model;
}

MarkovTruth::MarkovTruth(const MarkovModel& model) {
  const auto steps = model.steps();
  for (int h = 0; h < 2; ++h) {
    double stay = 1.0;
    for (const double p : steps[h]) stay -= p;
    hidden_[h][h] = stay * (1.0 - model.settling);
    hidden_[h][1 - h] = stay * model.settling;
  }
  const std::array<double, 2> visits = expected_blocks(hidden_, kEntered);
  mean_stay = visits[0] + visits[1];
  for (int d = 0; d < MarkovModel::kDirections; ++d) {
    direction[d] = visits[0] * steps[0][d] + visits[1] * steps[1][d];
  }
  // The left eigenvector of the largest eigenvalue is the quasi-stationary distribution.
  const double trace = hidden_[0][0] + hidden_[1][1];
  const double determinant = hidden_[0][0] * hidden_[1][1] - hidden_[0][1] * hidden_[1][0];
  escape_rate = 1.0 - 0.5 * (trace + std::sqrt(trace * trace - 4.0 * determinant));
  const double leaves = direction[MarkovModel::next_ring] + direction[MarkovModel::last_ring];
  mean_ring_stay = mean_stay / leaves;
}

double MarkovTruth::survival(std::int64_t blocks) const {
  Matrix2 power{{{1, 0}, {0, 1}}}, square = hidden_;
  for (std::int64_t n = blocks; n > 0; n /= 2) {
    if (n % 2 == 1) power = multiply(power, square);
    square = multiply(square, square);
  }
  return power[kEntered][0] + power[kEntered][1];
}

StateRecord MarkovEngine::record(int state) const {
  return {model_.label(state), 0.0, encode(state, kEntered)};
}

void MarkovEngine::place(ByteView configuration, Placement placement, std::uint64_t seed) {
  ByteReader in(configuration);
  state_ = in.get<std::int32_t>();
  hidden_ = in.get<std::int32_t>();
  in.finish();
  ensure(state_ >= 0 && state_ < model_.states() && (hidden_ == 0 || hidden_ == 1),
         "configuration of state {} in a Markov model of {} states", state_, model_.states());
  if (placement == Placement::fresh) hidden_ = kEntered;
  seed_ = seed;
  block_ = 0;
}

void MarkovEngine::advance() {
  look();
  constexpr double nap = 0.1;  // s between two looks
  for (double left = model_.delay; left > 0.0; left -= nap) {
    std::this_thread::sleep_for(std::chrono::duration<double>(std::min(left, nap)));
    if (left > nap) look();
  }
  dynamics_seconds_ += model_.delay;
  double random[4];
  random_uniform4(seed_, RandomStream::markov_engine, 0, block_++, 0, random);
  double u = random[0];
  for (int d = 0; d < MarkovModel::kDirections; ++d) {
    u -= steps_[hidden_][d];
    if (u < 0.0) {
      state_ = model_.neighbour(state_, d);
      hidden_ = kEntered;
      return;
    }
  }
  if (random[1] < model_.settling) hidden_ = 1 - hidden_;
}

std::string MarkovEngine::describe() const {
  return fmt::format(
      "Engine: Markov chain of {} rings of {} states, barriers {:g} and {:g} eV, {:g} K; blocks of "
      "{:g} ps",
      model_.rings, model_.places, model_.inner_barrier, model_.outer_barrier, model_.temperature,
      model_.block);
}

Bytes MarkovEngine::snapshot() { return encode(state_, hidden_); }

}  // namespace splicemd::parsplice
