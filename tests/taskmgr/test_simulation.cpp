// The workflow in a simulation that behaves: utilisation, priorities, hardware, lost managers, back-pressure.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "taskmgr/simulation.hpp"

namespace splicemd::taskmgr {
namespace {

// A fixed number of tasks that take `seconds` each.
struct Counting : TaskSource {
  explicit Counting(std::uint64_t n) : count(n), effects(n, 0) {}
  std::vector<Task> next_tasks(std::size_t n, const std::string& hardware) override {
    std::vector<Task> tasks;
    for (; tasks.size() < n && issued < count; ++issued) {
      tasks.push_back({.id = issued, .kind = "sleep", .seed = issued});
      shape(tasks.back(), hardware);
    }
    return tasks;
  }
  virtual void shape(Task&, const std::string&) {}
  void on_result(TaskResult result) override {
    ++effects[result.task.id];
    order.push_back(result);
    last = result.stop;
  }
  bool finished() override { return order.size() == count; }
  void on_quarantined(const Quarantine& report) override {
    ADD_FAILURE() << report.attempts.back();
  }
  void on_counters(const RoleCounters& counters) override { roles.push_back(counters); }

  std::uint64_t count, issued = 0;
  std::vector<int> effects;
  std::vector<TaskResult> order;
  std::vector<RoleCounters> roles;
  double last = 0.0;
};

TaskTypes sleeping(double seconds) {
  TaskTypes types;
  types.add("sleep", [seconds](TaskContext& context) {
    context.sleep(seconds);
    return Bytes{};
  });
  return types;
}

Simulation::Applications always(const Application& application) {
  return [&application](Endpoint, std::uint32_t) -> const Application& { return application; };
}

void expect_each_once(const Counting& source) {
  EXPECT_TRUE(std::all_of(source.effects.begin(), source.effects.end(),
                          [](int effects) { return effects == 1; }));
}

TEST(Simulation, KeepsWorkersBusy) {
  Counting source(20'000);
  const TaskTypes types = sleeping(5.0);
  const Application application{.source = &source, .types = &types};
  LayoutWish wish;
  wish.workers_per_manager = 50;
  const Layout layout = default_layout(205, wish);
  ASSERT_EQ(layout.workers.size(), 200u);
  Simulation simulation(layout, {}, {.latency = 50e-6, .handling = 20e-6}, always(application));
  EXPECT_TRUE(simulation.run(1e4));
  expect_each_once(source);
  EXPECT_GT(20'000 * 5.0 / (200 * source.last), 0.995);
}

// Tasks are asked for just in time: no more are held than workers and the way to them need.
TEST(Simulation, HoldsFewTasks) {
  Counting source(5000);
  const TaskTypes types = sleeping(1.0);
  const Application application{.source = &source, .types = &types};
  Simulation simulation(default_layout(11), {}, {.latency = 1e-3}, always(application));
  EXPECT_TRUE(simulation.run(1e4));
  ASSERT_FALSE(source.roles.empty());
  for (const RoleCounters& role : source.roles) {
    if (role.role != RoleName::work_manager) continue;
    EXPECT_LE(role.largest_queue, 3u * 10u);
  }
}

TEST(Simulation, HigherPrioritiesGoFirst) {
  struct Mixed : Counting {
    using Counting::Counting;
    void shape(Task& task, const std::string&) override {
      task.priority = static_cast<int>(task.id % 2);
    }
  };
  Mixed source(40);
  const TaskTypes types = sleeping(1.0);
  const Application application{.source = &source, .types = &types};
  Settings settings;
  settings.manager_ahead = 100.0;  // everything waits at the task manager
  Simulation simulation(default_layout(2), settings, {.latency = 1e-3}, always(application));
  EXPECT_TRUE(simulation.run(1e4));
  expect_each_once(source);
  // Once all are there (the first few are handed out as they come), the urgent ones are done first.
  double urgent = 0.0, others = 0.0;
  for (std::size_t k = 0; k < source.order.size(); ++k) {
    (source.order[k].task.priority == 1 ? urgent : others) += static_cast<double>(k);
  }
  EXPECT_LT(urgent + 100.0, others);
}

TEST(Simulation, TasksForSpecialHardwareRunThere) {
  struct Tagged : Counting {
    using Counting::Counting;
    void shape(Task& task, const std::string& hardware) override {
      if (task.id % 3 == 0) task.hardware = hardware;
    }
  };
  Layout layout = default_layout(8, {1, 3, 1, ""});
  ASSERT_EQ(layout.managers.size(), 2u);
  layout.managers[1].hardware = "gpu";
  Tagged source(300);
  const TaskTypes types = sleeping(0.1);
  const Application application{.source = &source, .types = &types};
  Simulation simulation(layout, {}, {.latency = 1e-3}, always(application));
  // Tasks of a lost worker, and of a lost task manager, go to hardware of the same kind.
  simulation.at(1.0, [&] { simulation.kill(layout.workers.back().ranks.front()); });
  simulation.at(1.5, [&] { simulation.kill(layout.managers[1].endpoint); });
  simulation.at(200.0, [&] { simulation.revive(layout.managers[1].endpoint); });
  simulation.at(200.0, [&] { simulation.revive(layout.workers.back().ranks.front()); });
  EXPECT_TRUE(simulation.run(1e4));
  expect_each_once(source);
  int tagged = 0;
  for (const TaskResult& result : source.order) {
    if (result.task.hardware.empty()) continue;
    const int worker = layout.worker_of(result.worker);
    EXPECT_EQ(layout.workers[static_cast<std::size_t>(worker)].manager, 1);
    ++tagged;
  }
  EXPECT_GT(tagged, 3);
  EXPECT_GT(source.last, 200.0);  // those that were lost waited for such hardware
}

TEST(Simulation, WorkersOfALostManagerGoToAnother) {
  LayoutWish wish;
  wish.workers_per_manager = 4;
  const Layout layout = default_layout(11, wish);
  ASSERT_EQ(layout.managers.size(), 2u);
  Counting source(400);
  const TaskTypes types = sleeping(1.0);
  const Application application{.source = &source, .types = &types};
  Settings settings;
  settings.lease = 10.0;
  settings.heartbeat = 1.0;
  Simulation simulation(layout, settings, {.latency = 1e-3, .jitter = 1e-3}, always(application));
  simulation.at(5.5, [&] { simulation.kill(layout.managers[1].endpoint); });
  EXPECT_TRUE(simulation.run(1e4, true));
  expect_each_once(source);
  EXPECT_GT(simulation.outcome().reissued, 0u);
  EXPECT_LT(source.last, 1.6 * 400.0 / 8.0);  // the workers did not stay idle
}

// A store that takes 1 s for each value: workers slow down to its pace, and values do not pile up.
TEST(Simulation, WorkersWaitForASlowStore) {
  class Slow : public DataSource {
   public:
    explicit Slow(Simulation*& simulation) : simulation_(simulation) {}
    void get(const Key&, std::function<void(Value)> arrived) override { arrived(nullptr); }
    void put(const Key&, Bytes value, std::function<void()> stored) override {
      bytes += value.size();
      most = std::max(most, bytes);
      free_at = std::max(free_at, simulation_->now()) + 1.0;
      due.push_back({free_at, value.size(), std::move(stored)});
    }
    void progress() override {
      while (!due.empty() && due.front().time <= simulation_->now()) {
        const Due first = std::move(due.front());
        due.pop_front();
        bytes -= first.bytes;
        first.stored();
      }
    }
    double next_deadline() const override { return due.empty() ? kNever : due.front().time; }
    struct Due {
      double time;
      std::size_t bytes;
      std::function<void()> stored;
    };
    std::deque<Due> due;
    double free_at = 0.0;
    std::size_t bytes = 0, most = 0;

   private:
    Simulation*& simulation_;
  };
  Simulation* here = nullptr;
  Slow data(here);
  Counting source(200);
  TaskTypes types;
  types.add("sleep", [](TaskContext& context) {
    context.sleep(0.01);
    context.put({2, context.task().id}, Bytes(1000));
    return Bytes{};
  });
  const Application application{.source = &source, .types = &types, .data = &data};
  Settings settings;
  settings.output_bytes = 5000;
  Simulation simulation(default_layout(5), settings, {.latency = 1e-3}, always(application));
  here = &simulation;
  EXPECT_TRUE(simulation.run(1e4));
  expect_each_once(source);
  EXPECT_LE(data.most,
            4u * 6000u);  // each of four workers: what it may have under way, and a task's
  EXPECT_GE(source.order.size(), 200u);
}

}  // namespace
}  // namespace splicemd::taskmgr
