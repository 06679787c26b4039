// Thousands of seeded schedules: every task takes effect once whatever the network and the workers do.
//
// SPLICEMD_SCHEDULES=n plays n schedules instead of the few of every test run; SPLICEMD_SCHEDULE_SEED=s
// plays one of them again.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "base/parse.hpp"
#include "tests/taskmgr/chaos.hpp"

namespace splicemd::taskmgr::test {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : static_cast<std::uint64_t>(parse_int(text).value());
}

TEST(Schedules, EveryTaskTakesEffectOnce) {
  const std::uint64_t only = from_environment("SPLICEMD_SCHEDULE_SEED", 0);
  const std::uint64_t count = from_environment("SPLICEMD_SCHEDULES", 500);
  int failures = 0;
  for (std::uint64_t seed = only != 0 ? only : 1; seed <= (only != 0 ? only : count); ++seed) {
    const Plan plan = draw_plan(seed);
    if (only != 0) fmt::print("{}\n", plan.text());
    ChaosRun run(plan);
    const std::string complaints = run.run();
    if (complaints.empty()) continue;
    ADD_FAILURE() << plan.text() << "\nplay again with SPLICEMD_SCHEDULE_SEED=" << seed << "\n"
                  << complaints;
    if (++failures == 5) break;
  }
}

TEST(Schedules, FollowFromTheirSeeds) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    ChaosRun first(draw_plan(seed)), second(draw_plan(seed));
    EXPECT_EQ(first.run(), second.run());
    EXPECT_EQ(first.digest(), second.digest()) << "seed " << seed;
  }
}

// Workflows share nothing: each thread of a process may have its own. This is what the thread sanitizer looks at.
TEST(Schedules, RunSideBySideInThreads) {
  constexpr std::uint64_t kThreads = 3, kSchedules = 20;
  std::vector<std::string> complaints(kThreads);
  std::vector<std::vector<std::uint64_t>> digests(kThreads);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t seed = 1; seed <= kSchedules; ++seed) {
        ChaosRun run(draw_plan(seed));
        complaints[t] += run.run();
        digests[t].push_back(run.digest());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t t = 0; t < kThreads; ++t) {
    EXPECT_EQ(complaints[t], "");
    EXPECT_EQ(digests[t], digests[0]);
  }
}

}  // namespace
}  // namespace splicemd::taskmgr::test
