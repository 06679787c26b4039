// The order in which segments are spliced, and what the planner does with pieces.
#include <gtest/gtest.h>

#include "parsplice/planner.hpp"

namespace splicemd::parsplice {
namespace {

TEST(Splicer, TheFrontOfTheQueueIsWaitedFor) {
  Splicer splicer(0);
  splicer.append(0, 1);
  splicer.append(0, 2);
  splicer.append(1, 3);
  splicer.finish(2, 1, 10);
  splicer.finish(3, 0, 10);
  EXPECT_FALSE(splicer.splice().has_value());  // segment 1 began earlier, so 2 must wait for it
  EXPECT_EQ(splicer.stored(), 2U);
  splicer.finish(1, 0, 30);
  std::vector<SegmentId> spliced;
  while (const auto slot = splicer.splice()) spliced.push_back(slot->id);
  EXPECT_EQ(spliced, (std::vector<SegmentId>{1, 2, 3}));
  EXPECT_EQ(splicer.current(), 0U);
  EXPECT_EQ(splicer.blocks(), 50);
}

TEST(Splicer, SegmentsOfOtherStatesAreLeftAlone) {
  Splicer splicer(0);
  splicer.append(1, 1);
  splicer.finish(1, 0, 10);
  EXPECT_FALSE(splicer.splice().has_value());
  EXPECT_EQ(splicer.queue(1).size(), 1U);
}

TEST(Splicer, RefusesWhatCannotBe) {
  Splicer splicer(0);
  splicer.append(0, 5);
  EXPECT_THROW(splicer.append(0, 5), RunError);
  EXPECT_THROW(splicer.finish(4, 0, 1), RunError);
  splicer.finish(5, 0, 1);
  EXPECT_THROW(splicer.finish(5, 0, 1), RunError);
}

const Key kA{1, 1}, kB{2, 2}, kC{3, 3};

SegmentPiece piece_of(const SegmentOrder& order, const std::vector<Stay>& path,
                      bool capped = false) {
  SegmentPiece piece;
  piece.id = order.id;
  piece.piece = order.piece;
  piece.start = order.start;
  piece.path = path;
  for (const Stay& stay : path) piece.blocks += stay.blocks;
  piece.capped = capped;
  piece.blocks_in_state = path.back().blocks;
  piece.end_data = end_data_key(order.id, order.piece);
  return piece;
}

TEST(Planner, ACappedSegmentIsCarriedOnBeforeAnythingIsSpliced) {
  PlannerSettings settings;
  std::vector<Visit> visits;
  Planner planner(settings, kA, [&](const Visit& visit) { visits.push_back(visit); });
  const SegmentOrder first = planner.next(1).front();
  EXPECT_EQ(first.start, StartKind::minimum);
  EXPECT_TRUE(planner.finish(piece_of(first, {{kA, kA, 5}, {kB, kB, 3}}, true)));
  EXPECT_EQ(planner.totals().trajectory_blocks, 0);
  const SegmentOrder second = planner.next(1).front();  // before anything else
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.piece, 1U);
  EXPECT_EQ(second.start, StartKind::continuation);
  EXPECT_EQ(second.state, kB);
  EXPECT_EQ(second.data, end_data_key(first.id, 0));
  EXPECT_EQ(second.blocks_done, 8);
  EXPECT_EQ(second.blocks_in_state, 3);
  EXPECT_NE(second.seed, first.seed);
  EXPECT_TRUE(planner.finish(piece_of(second, {{kB, kB, 2}, {kC, kC, 4}})));
  EXPECT_EQ(planner.totals().trajectory_blocks, 14);
  EXPECT_EQ(planner.totals().transitions, 2);
  ASSERT_GE(visits.size(), 3U);
  EXPECT_EQ(visits.back().state, *planner.names().find(kC));
  EXPECT_EQ(visits.back().start, 10);
  EXPECT_EQ(visits.back().blocks, 4);
}

TEST(Planner, APieceCountsOnce) {
  Planner planner(PlannerSettings{}, kA);
  const SegmentOrder order = planner.next(1).front();
  const SegmentPiece piece = piece_of(order, {{kA, kA, 10}});
  EXPECT_TRUE(planner.finish(piece));
  EXPECT_FALSE(planner.finish(piece));
  EXPECT_EQ(planner.totals().trajectory_blocks, 10);
}

TEST(Planner, ASelfTransitionCounts) {
  // A vacancy that hopped: the same state, reached by a transition.
  Planner planner(PlannerSettings{}, kA);
  const SegmentOrder order = planner.next(1).front();
  EXPECT_TRUE(planner.finish(piece_of(order, {{kA, kA, 4}, {kA, kC, 6}})));
  EXPECT_EQ(planner.totals().transitions, 1);
  EXPECT_EQ(planner.current_visit().number, 1);
  EXPECT_EQ(planner.totals().states_visited, 1);
}

TEST(Planner, AHotPointIsUsedOnceAndThenErased) {
  Planner planner(PlannerSettings{}, kA);
  const SegmentOrder first = planner.next(1).front();
  planner.finish(piece_of(first, {{kA, kA, 10}}));
  const auto orders = planner.next(2);
  EXPECT_EQ(orders[0].start, StartKind::hot_point);
  EXPECT_EQ(orders[0].data, end_data_key(first.id, 0));
  EXPECT_EQ(orders[1].start, StartKind::minimum);
  EXPECT_TRUE(planner.take_obsolete().empty());  // until the segment it started is there
  planner.finish(piece_of(orders[0], {{kA, kA, 10}}));
  EXPECT_EQ(planner.take_obsolete(), std::vector<Key>{orders[0].data});
}

TEST(Planner, AReplayMakesTheSameTrajectoryAndIssuesWhatWasOpen) {
  PlannerSettings settings;
  Planner planner(settings, kA);
  std::vector<SegmentOrder> orders;
  std::vector<SegmentPiece> pieces;
  for (int k = 0; k < 40; ++k) {
    for (const SegmentOrder& order : planner.next(3)) orders.push_back(order);
    // The last one stays open; the others end here or there.
    const SegmentOrder& order = orders[orders.size() - 2];
    const Key end = k % 5 == 0 ? kB : k % 7 == 0 ? kA : order.state;
    pieces.push_back(piece_of(order, {{order.state, order.state, 5}, {end, end, 3}}));
    planner.finish(pieces.back());
  }
  Planner again(settings, kA);
  for (const SegmentOrder& order : orders) again.replay_order(order);
  for (const SegmentPiece& piece : pieces) EXPECT_TRUE(again.finish(piece));
  EXPECT_EQ(again.totals().trajectory_blocks, planner.totals().trajectory_blocks);
  EXPECT_EQ(again.totals().transitions, planner.totals().transitions);
  EXPECT_EQ(again.splicer().current(), planner.splicer().current());
  const auto open = again.open_orders(), expected = planner.open_orders();
  ASSERT_EQ(open.size(), expected.size());
  for (std::size_t k = 0; k < open.size(); ++k) {
    EXPECT_EQ(open[k].encode(), expected[k].encode());
  }
  // No hot point is given out a second time.
  for (const SegmentOrder& next : again.next(20)) {
    for (const SegmentOrder& old : orders) {
      if (old.start == StartKind::hot_point) {
        EXPECT_NE(next.data, old.data);
      }
    }
  }
}

}  // namespace
}  // namespace splicemd::parsplice
