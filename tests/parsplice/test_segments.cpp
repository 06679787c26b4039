// Segments on the Markov engine: the stop rule, the cap, dephasing, determinism; encodings.
#include <gtest/gtest.h>

#include "parsplice/markov_engine.hpp"
#include "parsplice/segment_generator.hpp"

namespace splicemd::parsplice {
namespace {

MarkovModel lively_model() {
  MarkovModel model;
  model.rings = 3;
  model.places = 5;
  model.temperature = 900.0;
  model.settling = 0.3;
  model.bias = 0.5;
  return model;
}

SegmentOrder order_of(const StateRecord& state, SegmentId id) {
  SegmentOrder order;
  order.id = id;
  order.state = state.label;
  order.seed = segment_seed(42, id, 0);
  return order;
}

TEST(SegmentGenerator, EndsWhenLongEnoughAndDecorrelated) {
  MarkovEngine engine(lively_model());
  SegmentRules rules;
  rules.dephasing = 3;
  rules.decorrelation = 6;
  rules.length = 10;
  SegmentGenerator generator(engine, rules);
  const StateRecord start = engine.initial_state();
  int with_transitions = 0;
  for (SegmentId id = 1; id <= 300; ++id) {
    const SegmentPiece piece = generator.generate(order_of(start, id), start.configuration).piece;
    EXPECT_FALSE(piece.capped);
    EXPECT_EQ(piece.path.front().state, start.label);
    std::int64_t sum = 0;
    for (const Stay& stay : piece.path) sum += stay.blocks;
    EXPECT_EQ(sum, piece.blocks);
    EXPECT_GE(piece.blocks, rules.length);
    if (piece.path.size() == 1) {
      EXPECT_EQ(piece.blocks, rules.length);
      continue;
    }
    ++with_transitions;
    EXPECT_GE(piece.path.back().blocks, rules.decorrelation);
    // Not a block longer than it must be.
    EXPECT_TRUE(piece.blocks == rules.length || piece.path.back().blocks == rules.decorrelation);
    for (std::size_t k = 1; k + 1 < piece.path.size(); ++k) {
      const bool before_length = piece.path[k].blocks < rules.decorrelation || sum > rules.length;
      EXPECT_TRUE(before_length || piece.blocks >= rules.length);
    }
  }
  EXPECT_GT(with_transitions, 30);
}

TEST(SegmentGenerator, TheSameOrderGivesTheSameSegment) {
  MarkovEngine engine(lively_model()), other(lively_model());
  SegmentRules rules;
  rules.decorrelation = 4;
  SegmentGenerator a(engine, rules), b(other, rules);
  const StateRecord start = engine.initial_state();
  for (SegmentId id = 1; id <= 50; ++id) b.generate(order_of(start, id), start.configuration);
  for (SegmentId id = 1; id <= 50; ++id) {
    const SegmentOutput x = a.generate(order_of(start, id), start.configuration);
    const SegmentOutput y = b.generate(order_of(start, id), start.configuration);
    EXPECT_EQ(x.end_configuration, y.end_configuration);
    EXPECT_EQ(x.piece.blocks, y.piece.blocks);
    ASSERT_EQ(x.states.size(), y.states.size());
    ASSERT_EQ(x.arrivals.size(), y.arrivals.size());
  }
}

TEST(SegmentGenerator, ACapCutsASegmentIntoPiecesThatAddUpToIt) {
  // With the same random numbers the pieces would be the segment; with their own they are as long as the
  // rules say: the last one ends decorrelated, all others at the cap.
  MarkovEngine engine(lively_model());
  SegmentRules rules;
  rules.decorrelation = 12;
  rules.length = 30;
  rules.cap = 8;
  SegmentGenerator generator(engine, rules);
  const StateRecord start = engine.initial_state();
  SegmentOrder order = order_of(start, 1);
  Bytes configuration = start.configuration;
  std::int64_t blocks = 0;
  for (;; ++order.piece) {
    const SegmentOutput output = generator.generate(order, configuration);
    blocks += output.piece.blocks;
    EXPECT_LE(output.piece.blocks, rules.cap);
    if (!output.piece.capped) {
      EXPECT_GE(output.piece.blocks_in_state, rules.decorrelation);
      break;
    }
    EXPECT_EQ(output.piece.blocks, rules.cap);
    order.start = StartKind::continuation;
    order.state = output.piece.path.back().state;
    order.blocks_done = blocks;
    order.blocks_in_state = output.piece.blocks_in_state;
    order.seed = segment_seed(42, 1, order.piece + 1);
    configuration = output.end_configuration;
  }
  EXPECT_GE(blocks, rules.length);
}

TEST(SegmentGenerator, AStateThatCannotBeDephasedIsAnError) {
  MarkovModel model = lively_model();
  model.temperature = 5000.0;  // leaves within a block or two
  MarkovEngine engine(model);
  SegmentRules rules;
  rules.dephasing = 50;
  rules.max_dephasing_attempts = 20;
  SegmentGenerator generator(engine, rules);
  const StateRecord start = engine.initial_state();
  EXPECT_THROW(generator.generate(order_of(start, 1), start.configuration), RunError);
}

TEST(Encoding, OrdersAndOutputsComeBackAsTheyWere) {
  MarkovEngine engine(lively_model());
  SegmentRules rules;
  SegmentGenerator generator(engine, rules);
  const StateRecord start = engine.initial_state();
  const SegmentOrder order = order_of(start, 17);
  EXPECT_EQ(SegmentOrder::decode(order.encode()).encode(), order.encode());
  for (SegmentId id = 1; id <= 20; ++id) {
    const SegmentOutput output = generator.generate(order_of(start, id), start.configuration);
    EXPECT_EQ(SegmentOutput::decode(output.encode()).encode(), output.encode());
  }
  Bytes cut = order.encode();
  cut.pop_back();
  EXPECT_THROW(SegmentOrder::decode(cut), RunError);
}

}  // namespace
}  // namespace splicemd::parsplice
