// The life of a segment.
#include "parsplice/segment_generator.hpp"

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/random.hpp"

namespace splicemd::parsplice {
namespace {

constexpr double kLongDephasing = 10.0;      // s after which failing attempts are worth a warning
constexpr std::int32_t kManyAttempts = 100;  // and so many of them at once

constexpr const char* kAdvice =
    "Is the temperature too high, the decorrelation time longer than states live, or the "
    "definition of states too fine (bond cutoffs within a shell of neighbours)?";

// The seed of one attempt at dephasing.
std::uint64_t attempt_seed(std::uint64_t seed, std::int32_t attempt) {
  std::uint64_t bits[4];
  random_bits(seed, RandomStream::segment_seed, 0, 0, static_cast<std::uint64_t>(attempt) + 1,
              bits);
  return bits[0];
}

}  // namespace

void SegmentGenerator::dephase(const SegmentOrder& order, ByteView start) {
  const double began = steady_seconds();
  warned_ = false;
  for (std::int32_t attempt = 0; attempt < rules_.max_dephasing_attempts; ++attempt) {
    engine_.place(start, Placement::fresh, attempt_seed(order.seed, attempt));
    ++output_.piece.dephasing_attempts;
    const Observation home = engine_.observe();
    ensure(home.state == order.state,
           "segment {}: the stored minimum of state {} is now labelled {}; were the bond cutoffs "
           "or the potential changed?",
           order.id, order.state.text(), home.state.text());
    if (stays(home.identity)) return;
    warn_if_hopeless(order, began);
  }
  const SegmentPiece& piece = output_.piece;
  const double mean = engine_.block() * static_cast<double>(piece.dephasing_blocks) /
                      static_cast<double>(piece.dephasing_attempts);
  throw HopelessState(fmt::format(
      "state {} was left within the dephasing time of {:g} ps in each of {} attempts, after {:.3g} "
      "ps on average: no segment can start there. {} (segments: dephasing_attempts sets how often "
      "it is tried)",
      order.state.text().substr(0, 8), engine_.block() * static_cast<double>(rules_.dephasing),
      piece.dephasing_attempts, mean, kAdvice));
}

// One attempt; false if the state was left.
bool SegmentGenerator::stays(const Key& identity) {
  for (std::int64_t k = 0; k < rules_.dephasing; ++k) {
    engine_.advance();
    ++output_.piece.dephasing_blocks;
    const Observation here = engine_.observe();
    if (here.identity != identity) return false;
    if (!here.labelled) k = -1;  // it may have been away: the dephasing time begins anew
  }
  return true;
}

void SegmentGenerator::warn_if_hopeless(const SegmentOrder& order, double began) {
  const std::int32_t attempts = output_.piece.dephasing_attempts;
  if (warned_ || (attempts < kManyAttempts && steady_seconds() - began < kLongDephasing)) return;
  warned_ = true;
  log::warning("state {} was left within the dephasing time in each of {} attempts so far. {}",
               order.state.text().substr(0, 8), attempts, kAdvice);
}

// Reports the state entered and how the atoms' numbering maps onto it, once per piece. (What earlier
// pieces have reported does not matter: the same order gives the same output, whoever generates it.)
void SegmentGenerator::look() {
  if (states_.insert(seen_.state).second) output_.states.push_back(engine_.state());
  if (arrivals_.insert(seen_.identity).second) {
    output_.arrivals.push_back({from_, seen_.identity, seen_.state, engine_.arrival()});
  }
}

void SegmentGenerator::run(const SegmentOrder& order) {
  SegmentPiece& piece = output_.piece;
  std::int64_t in_state =
      order.start == StartKind::continuation ? order.blocks_in_state : rules_.decorrelation;
  piece.path.push_back({seen_.state, seen_.identity, 0});
  while (order.blocks_done + piece.blocks < rules_.length || in_state < rules_.decorrelation) {
    if (piece.blocks >= rules_.cap || (piece.blocks > 0 && ends_here_())) {
      piece.capped = true;
      break;
    }
    engine_.advance();
    const Key before = seen_.identity;
    seen_ = engine_.observe();
    ++piece.blocks;
    ++piece.path.back().blocks;
    ++in_state;
    if (!seen_.labelled) {
      in_state = 0;  // it may have been away: the decorrelation time begins anew
    } else if (seen_.identity != before) {
      piece.path.push_back({seen_.state, seen_.identity, 0});
      in_state = 0;
      look();
    }
  }
  piece.blocks_in_state = in_state;
}

SegmentOutput SegmentGenerator::generate(const SegmentOrder& order, ByteView start) {
  const double began = steady_seconds(), dynamics = engine_.dynamics_seconds();
  output_ = SegmentOutput{};
  states_.clear();
  arrivals_.clear();
  output_.piece.id = order.id;
  output_.piece.piece = order.piece;
  output_.piece.start = order.start;
  from_ = order.state;
  if (order.start == StartKind::minimum) {
    dephase(order, start);
  } else {
    engine_.place(start, Placement::as_is, order.seed);
  }
  seen_ = engine_.observe();
  ensure(seen_.state == order.state, "segment {}: its start is in state {}, not in {}", order.id,
         seen_.state.text(), order.state.text());
  run(order);
  output_.end_configuration = engine_.snapshot();
  output_.piece.end_data = end_data_key(order.id, order.piece);
  output_.piece.seconds = steady_seconds() - began;
  output_.piece.dynamics_seconds = engine_.dynamics_seconds() - dynamics;
  return std::move(output_);
}

}  // namespace splicemd::parsplice
