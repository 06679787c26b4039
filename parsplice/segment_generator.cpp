// The life of a segment.
#include "parsplice/segment_generator.hpp"

#include <chrono>

#include "base/error.hpp"
#include "base/random.hpp"

namespace splicemd::parsplice {
namespace {

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// The seed of one attempt at dephasing.
std::uint64_t attempt_seed(std::uint64_t seed, std::int32_t attempt) {
  std::uint64_t bits[4];
  random_bits(seed, RandomStream::segment_seed, 0, 0, static_cast<std::uint64_t>(attempt) + 1,
              bits);
  return bits[0];
}

}  // namespace

void SegmentGenerator::dephase(const SegmentOrder& order, ByteView start) {
  for (std::int32_t attempt = 0; attempt < rules_.max_dephasing_attempts; ++attempt) {
    engine_.place(start, Placement::fresh, attempt_seed(order.seed, attempt));
    ++output_.piece.dephasing_attempts;
    const Observation home = engine_.observe();
    ensure(home.state == order.state,
           "segment {}: the stored minimum of state {} is now labelled {}; were the bond cutoffs "
           "or the potential changed?",
           order.id, order.state.text(), home.state.text());
    bool inside = true;
    for (std::int64_t k = 0; inside && k < rules_.dephasing; ++k) {
      engine_.advance();
      ++output_.piece.dephasing_blocks;
      inside = engine_.observe().identity == home.identity;
      after_block_();
    }
    if (inside) return;
  }
  throw RunError(fmt::format(
      "state {} was left within the dephasing time in each of {} attempts: it does not live long "
      "enough for this decorrelation time; shorten it, or define states more coarsely",
      order.state.text(), rules_.max_dephasing_attempts));
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
    if (piece.blocks >= rules_.cap) {
      piece.capped = true;
      break;
    }
    engine_.advance();
    const Key before = seen_.identity;
    seen_ = engine_.observe();
    after_block_();
    ++piece.blocks;
    ++piece.path.back().blocks;
    ++in_state;
    if (seen_.identity != before) {
      piece.path.push_back({seen_.state, seen_.identity, 0});
      in_state = 0;
      look();
    }
  }
  piece.blocks_in_state = in_state;
}

SegmentOutput SegmentGenerator::generate(const SegmentOrder& order, ByteView start) {
  const double began = seconds_now(), dynamics = engine_.dynamics_seconds();
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
  output_.piece.seconds = seconds_now() - began;
  output_.piece.dynamics_seconds = engine_.dynamics_seconds() - dynamics;
  return std::move(output_);
}

}  // namespace splicemd::parsplice
