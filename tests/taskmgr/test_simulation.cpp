// The workflow in simulation: every task takes effect once.
#include <gtest/gtest.h>

#include "taskmgr/simulation.hpp"

namespace splicemd::taskmgr {
namespace {

struct Counting : TaskSource {
  std::uint64_t count;
  std::uint64_t issued = 0, done = 0;
  std::vector<int> effects;
  explicit Counting(std::uint64_t n) : count(n), effects(n, 0) {}
  std::vector<Task> next_tasks(std::size_t n, const std::string&) override {
    std::vector<Task> tasks;
    for (; tasks.size() < n && issued < count; ++issued) {
      tasks.push_back({.id = issued, .kind = "nothing", .seed = issued});
    }
    return tasks;
  }
  void on_result(TaskResult result) override {
    ++effects[result.task.id];
    ++done;
  }
  bool finished() override { return done == count; }
  void on_quarantined(const Quarantine&) override { FAIL(); }
};

TEST(Simulation, RunsEveryTaskOnce) {
  Counting source(1000);
  TaskTypes types;
  types.add("nothing", [](TaskContext& context) {
    context.sleep(0.5);
    return Bytes{};
  });
  const Application application{.source = &source, .types = &types};
  Simulation simulation(default_layout(11), {}, {.latency = 1e-4},
                        [&](Endpoint, std::uint32_t) -> const Application& { return application; });
  EXPECT_TRUE(simulation.run(1e4));
  for (const int effect : source.effects) EXPECT_EQ(effect, 1);
  EXPECT_NEAR(simulation.now(), 50.0, 1.0);
  EXPECT_EQ(simulation.outcome().results, 1000u);
}

}  // namespace
}  // namespace splicemd::taskmgr
