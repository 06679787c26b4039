// The spliced trajectory has exactly the statistics of the process, and wrong ways to splice are found out.
//
// For each of 20 seeds a campaign on the Markov engine in simulated time gives five p-values:
//   steps      χ² of the directions of the transitions
//   pairs      χ² of the directions of successive transitions
//   stays      Kolmogorov–Smirnov of the lengths of stays
//   escape     mean first-passage time out of a state
//   ring       mean first-passage time out of a superbasin
// Fisher's method combines those of one kind. A right way fails if any of the five is below 1e-4: a false
// alarm in one of 2000 cases. A wrong way must give one below 1e-9.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include "base/random.hpp"
#include "parsplice/simulation.hpp"
#include "parsplice/statistics.hpp"

namespace splicemd::parsplice {
namespace {

constexpr int kSeeds = 20;
constexpr double kFalseAlarm = 1e-4, kCertain = 1e-9;
const char* const kKinds[] = {"steps", "pairs", "stays", "escape", "ring"};

SimulationSpec base_spec() {
  SimulationSpec spec;
  spec.model.rings = 5;
  spec.model.places = 6;
  spec.model.temperature = 600.0;
  spec.model.outer_barrier = 0.38;
  spec.model.settling = 0.25;
  spec.model.bias = 0.8;
  spec.planner.rules.dephasing = spec.planner.rules.decorrelation = 14;
  spec.planner.rules.length = 20;
  spec.planner.oracle.trajectories = 10;
  spec.trajectory_blocks = 40000;
  return spec;
}

class Statistics {
 public:
  Statistics(const SimulationSpec& spec, const SimulationResult& result)
      : model_(spec.model), truth_(spec.model) {
    for (int state = 0; state < model_.states(); ++state) numbers_[model_.label(state)] = state;
    const std::uint64_t seed = spec.planner.seed;
    RandomSequence random(seed, RandomStream::user);
    int last = -1;
    double in_ring = 0.0;
    bool whole_ring = false;
    // The first stay did not begin with a transition, the last is not over.
    for (std::size_t k = 1; k + 1 < result.visits.size(); ++k) {
      const Visit& visit = result.visits[k];
      const int direction = direction_of(result, k);
      ++steps[static_cast<std::size_t>(direction)];
      if (last >= 0) ++pairs[static_cast<std::size_t>(4 * last + direction)];
      last = direction;
      const double before = truth_.survival(visit.blocks - 1),
                   after = truth_.survival(visit.blocks);
      stays.push_back(after + random.uniform() * (before - after));
      lengths.push_back(static_cast<double>(visit.blocks));
      in_ring += static_cast<double>(visit.blocks);
      if (direction >= MarkovModel::next_ring) {
        if (whole_ring) rings.push_back(in_ring);
        whole_ring = true;
        in_ring = 0.0;
      }
    }
  }

  std::array<double, 5> p_values() const {
    const std::vector<double> p(truth_.direction.begin(), truth_.direction.end());
    std::vector<double> p_pairs;
    for (const double a : p) {
      for (const double b : p) p_pairs.push_back(a * b);
    }
    return {chi_squared_p(steps, p), chi_squared_p(pairs, p_pairs), uniform_p(stays),
            mean_p(lengths, truth_.mean_stay), mean_p(rings, truth_.mean_ring_stay)};
  }

 private:
  int direction_of(const SimulationResult& result, std::size_t k) const {
    const int from = numbers_.at(result.labels[result.visits[k].state]);
    const int to = numbers_.at(result.labels[result.visits[k + 1].state]);
    for (int d = 0; d < MarkovModel::kDirections; ++d) {
      if (model_.neighbour(from, d) == to) return d;
    }
    throw RunError("the trajectory jumped");
  }
  MarkovModel model_;
  MarkovTruth truth_;
  std::unordered_map<Key, int> numbers_;
  std::vector<double> steps = std::vector<double>(4), pairs = std::vector<double>(16);
  std::vector<double> stays, lengths, rings;
};

// The combined p-value of each kind.
std::array<double, 5> combined(SimulationSpec spec) {
  std::array<std::vector<double>, 5> all;
  for (int seed = 1; seed <= kSeeds; ++seed) {
    spec.planner.seed = static_cast<std::uint64_t>(seed);
    const std::array<double, 5> p = Statistics(spec, simulate(spec)).p_values();
    for (std::size_t k = 0; k < p.size(); ++k) all[k].push_back(p[k]);
  }
  std::array<double, 5> result{};
  for (std::size_t k = 0; k < result.size(); ++k) result[k] = combined_p(all[k]);
  return result;
}

void expect_exact(const SimulationSpec& spec) {
  const std::array<double, 5> p = combined(spec);
  for (std::size_t k = 0; k < p.size(); ++k) {
    EXPECT_GT(p[k], kFalseAlarm) << kKinds[k];
    testing::Test::RecordProperty(kKinds[k], fmt::format("{:.3g}", p[k]));
  }
}

void expect_wrong(const SimulationSpec& spec) {
  const std::array<double, 5> p = combined(spec);
  EXPECT_LT(*std::min_element(p.begin(), p.end()), kCertain);
}

class WorkerCounts : public testing::TestWithParam<int> {};

TEST_P(WorkerCounts, SplicedTrajectoryIsExact) {
  SimulationSpec spec = base_spec();
  spec.workers = GetParam();
  expect_exact(spec);
}

INSTANTIATE_TEST_SUITE_P(Exactness, WorkerCounts, testing::Values(1, 2, 10, 100, 1000));

TEST(Exactness, TheSameSeedGivesTheSameTrajectory) {
  SimulationSpec spec = base_spec();
  spec.trajectory_blocks = 5000;
  const SimulationResult a = simulate(spec), b = simulate(spec);
  ASSERT_EQ(a.visits.size(), b.visits.size());
  for (std::size_t k = 0; k < a.visits.size(); ++k) {
    EXPECT_EQ(a.visits[k].state, b.visits[k].state);
    EXPECT_EQ(a.visits[k].blocks, b.visits[k].blocks);
  }
  spec.planner.seed += 1;
  EXPECT_NE(simulate(spec).visits.size(), a.visits.size());
}

TEST(Exactness, CappedSegmentsAreCarriedOn) {
  SimulationSpec spec = base_spec();
  spec.planner.rules.cap = 21;
  expect_exact(spec);
}

TEST(Exactness, WithoutHotPoints) {
  SimulationSpec spec = base_spec();
  spec.planner.hot_points = false;
  expect_exact(spec);
}

TEST(Exactness, ShortSegments) {
  SimulationSpec spec = base_spec();
  spec.planner.rules.length = 2;
  expect_exact(spec);
}

TEST(WrongWays, CompletionOrderIsFoundOut) {
  SimulationSpec spec = base_spec();
  spec.workers = 100;
  spec.mistake = Mistake::completion_order;
  expect_wrong(spec);
}

TEST(WrongWays, DiscardingCappedSegmentsIsFoundOut) {
  SimulationSpec spec = base_spec();
  spec.planner.rules.cap = 21;
  spec.mistake = Mistake::discard_capped;
  expect_wrong(spec);
}

TEST(WrongWays, ReusedHotPointsAreFoundOut) {
  SimulationSpec spec = base_spec();
  spec.planner.rules.length = 2;
  spec.mistake = Mistake::reuse_hot_points;
  expect_wrong(spec);
}

TEST(WrongWays, FailedDephasingLetThroughIsFoundOut) {
  SimulationSpec spec = base_spec();
  spec.planner.hot_points = false;
  spec.mistake = Mistake::keep_failed_dephasing;
  expect_wrong(spec);
}

}  // namespace
}  // namespace splicemd::parsplice
