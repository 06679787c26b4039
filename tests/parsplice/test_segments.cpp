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

// States by letters, one per block; '?' for a block that cannot be labelled.
class ScriptedEngine : public Engine {
 public:
  explicit ScriptedEngine(std::string script) : script_(std::move(script)) {}
  static Key label(char state) { return {1, static_cast<std::uint64_t>(state)}; }
  double block() const override { return 1.0; }
  StateRecord initial_state() override { return {}; }
  void place(ByteView, Placement, std::uint64_t) override { seen_ = {label('A'), label('A')}; }
  void advance() override {
    const char here = script_.at(at_++);
    if (here != '?') seen_ = {label(here), label(here)};
    seen_.labelled = here != '?';
  }
  Observation observe() override { return seen_; }
  StateRecord state() override { return {}; }
  Bytes snapshot() override { return {}; }
  Bytes arrival() override { return {}; }
  double dynamics_seconds() const override { return 0.0; }
  std::string describe() const override { return ""; }

 private:
  std::string script_;
  std::size_t at_ = 0;
  Observation seen_;
};

SegmentPiece scripted_piece(const std::string& script, StartKind start) {
  ScriptedEngine engine(script);
  SegmentRules rules;
  rules.dephasing = rules.decorrelation = 3;
  rules.length = 2;
  SegmentGenerator generator(engine, rules);
  SegmentOrder order;
  order.id = 1;
  order.start = start;
  order.state = ScriptedEngine::label('A');
  return generator.generate(order, {}).piece;
}

TEST(UnlabelledBlocks, BeginTheDecorrelationTimeAnew) {
  EXPECT_EQ(scripted_piece("AA", StartKind::hot_point).blocks, 2);
  const SegmentPiece stays = scripted_piece("A?AAA", StartKind::hot_point);
  EXPECT_EQ(stays.blocks, 5);
  EXPECT_EQ(stays.blocks_in_state, 3);
  EXPECT_EQ(stays.path.size(), 1U);
  const SegmentPiece leaves = scripted_piece("A?BB?BBBB", StartKind::hot_point);
  EXPECT_EQ(leaves.blocks, 8);
  ASSERT_EQ(leaves.path.size(), 2U);
  EXPECT_EQ(leaves.path[0].blocks, 3);  // the block without a label among them
}

TEST(UnlabelledBlocks, BeginTheDephasingTimeAnew) {
  const SegmentPiece piece = scripted_piece("A?AAAAA", StartKind::minimum);
  EXPECT_EQ(piece.dephasing_blocks, 5);
  EXPECT_EQ(piece.dephasing_attempts, 1);
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
