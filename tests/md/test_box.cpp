// The cell: coordinate round trips, volume, face distances, refusals; and the choice of the rank grid.
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "md/box.hpp"
#include "md/rank_grid.hpp"

namespace splicemd::md {
namespace {

const std::array<bool, 3> kPeriodic = {true, true, true};

TEST(Box, RoundTripInATiltedCell) {
  const Box box =
      Box::from_vectors({{{5, 0.3, -0.2}, {1.5, 6, 0.1}, {-2, 1, 7}}}, {1, -2, 3}, kPeriodic);
  const double x[3] = {2.25, 4.5, -8.125};
  double s[3], back[3];
  box.to_fractional(x, s);
  box.to_cartesian(s, back);
  for (int k = 0; k < 3; ++k) EXPECT_NEAR(back[k], x[k], 1e-13);
}

TEST(Box, VolumeAndFaceDistances) {
  const Box box = Box::restricted({0, 0, 0}, {4, 5, 6}, 1.0, 0.5, -2.0, kPeriodic);
  EXPECT_DOUBLE_EQ(box.volume(), 120.0);
  EXPECT_DOUBLE_EQ(box.face_distance(2), 6.0);
  EXPECT_NEAR(box.face_distance(1), 5.0 / std::sqrt(1.0 + 4.0 / 36.0),
              1e-12);  // |a × c| shares c's tilt
  EXPECT_TRUE(box.is_restricted());
}

TEST(Box, RefusesLeftHandedFlatAndEmptyCells) {
  EXPECT_THROW(Box::from_vectors({{{0, 1, 0}, {1, 0, 0}, {0, 0, 1}}}, {0, 0, 0}, kPeriodic),
               InputError);
  EXPECT_THROW(Box::from_vectors({{{1, 0, 0}, {2, 0, 0}, {0, 0, 1}}}, {0, 0, 0}, kPeriodic),
               InputError);
  EXPECT_THROW(Box::restricted({0, 0, 0}, {0, 1, 1}, 0, 0, 0, kPeriodic), InputError);
  EXPECT_THROW(Box::from_vectors({{{NAN, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, {0, 0, 0}, kPeriodic),
               InputError);
}

TEST(RankGrid, SplitsTheLongAxisFirst) {
  const Box box = Box::restricted({0, 0, 0}, {10, 40, 10}, 0, 0, 0, kPeriodic);
  const RankGrid grid = choose_rank_grid(4, 3, box);
  EXPECT_EQ(grid.dims[1], 4);
  EXPECT_EQ(grid.coords[1], 3);
}

TEST(RankGrid, HonoursARequestAndRefusesAnImpossibleOne) {
  const Box box = Box::restricted({0, 0, 0}, {10, 10, 10}, 0, 0, 0, kPeriodic);
  const RankGrid grid = choose_rank_grid(6, 5, box, {0, 0, 6});
  EXPECT_EQ(grid.dims[2], 6);
  EXPECT_THROW(choose_rank_grid(6, 0, box, {4, 0, 0}), InputError);
}

TEST(RankGrid, APlaneOnABoundaryHasOneOwnerInSpiteOfRounding) {
  const Box box = Box::restricted({0, 0, 0}, {10, 10, 10}, 0, 0, 0, kPeriodic);
  const RankGrid grid = choose_rank_grid(2, 0, box, {2, 1, 1});
  for (const double s : {0.5 - 1e-13, 0.5, 0.5 + 1e-13}) {
    const double on_the_plane[3] = {s, 0.25, 0.75};
    EXPECT_EQ(grid.owner(on_the_plane), 1);
  }
}

TEST(RankGrid, OwnerOfFarAwayPositionsIsAnEdgeBrick) {
  const Box box = Box::restricted({0, 0, 0}, {10, 10, 10}, 0, 0, 0, {false, true, true});
  const RankGrid grid = choose_rank_grid(4, 0, box, {4, 1, 1});
  const double low[3] = {-1e200, 0.5, 0.5}, high[3] = {1e200, 0.5, 0.5},
               inside[3] = {0.51, 0.5, 0.5};
  EXPECT_EQ(grid.owner(low), 0);
  EXPECT_EQ(grid.owner(high), 3);
  EXPECT_EQ(grid.owner(inside), 2);
}

}  // namespace
}  // namespace splicemd::md
