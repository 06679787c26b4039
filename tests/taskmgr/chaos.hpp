// Workflows under seeded misfortune: a plan drawn from a seed, its application, and what must hold of it.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "taskmgr/simulation.hpp"

namespace splicemd::taskmgr::test {

// Everything that happens in one schedule follows from its seed.
struct Plan {
  std::uint64_t seed = 0;
  Layout layout;
  Settings settings;
  SimulatedNetwork::Settings network;
  std::uint64_t tasks = 0;
  double longest_task = 0.0;  // s
  double store_delay = 0.0;   // s, up to which a get or put takes
  double transient = 0.0;     // probability that an attempt throws, if it is not the last allowed
  std::uint64_t killer_every = 0;  // every so manieth task kills its worker; 0: none does
  int worker_deaths = 0, manager_deaths = 0;
  double stop_at = 0.0;  // s; 0: the workflow ends by itself

  std::string text() const;
};
Plan draw_plan(std::uint64_t seed);

// What happened to a task.
struct Fate {
  int results = 0, quarantines = 0, unrun = 0;
};

// A store all endpoints share, which answers after a while.
class SlowStore {
 public:
  std::map<Key, Bytes> values;
};

// One task manager's access to it.
class SlowData : public DataSource {
 public:
  SlowData(SlowStore& store, std::function<double()> now, double delay, std::uint64_t seed)
      : store_(store), now_(std::move(now)), delay_(delay), random_(seed, RandomStream::user) {}
  void get(const Key& key, std::function<void(Value)> arrived) override;
  void put(const Key& key, Bytes value, std::function<void()> stored) override;
  void progress() override;
  double next_deadline() const override;

 private:
  void later(std::function<void()> action);
  SlowStore& store_;
  std::function<double()> now_;
  double delay_;
  RandomSequence random_;
  std::multimap<double, std::function<void()>> due_;
};

// Tasks whose records and outputs are known beforehand; some need the output of an earlier one.
class ChaosRun : public TaskSource {
 public:
  explicit ChaosRun(const Plan& plan);
  ~ChaosRun() override;

  // Empty if all that must hold held; else what did not.
  std::string run();
  // A digest of the course of events: equal for equal seeds.
  std::uint64_t digest() const { return digest_; }
  const Outcome& outcome() const { return outcome_; }

  std::vector<Task> next_tasks(std::size_t n, const std::string& hardware) override;
  void on_result(TaskResult result) override;
  bool finished() override;
  void on_quarantined(const Quarantine& report) override;
  void on_unrun(const Task& task) override;
  void on_counters(const RoleCounters& counters) override;
  bool settled() override;

 private:
  const Application& application(Endpoint endpoint, std::uint32_t life);
  Bytes execute(TaskContext& context, Endpoint endpoint);
  Task make_task(std::uint64_t id) const;
  bool is_killer(std::uint64_t id) const;
  void plan_deaths();
  void check_end(bool ended);
  void complain(const std::string& what);

  Plan plan_;
  SlowStore store_;
  std::vector<std::unique_ptr<TaskTypes>> types_;
  std::vector<std::unique_ptr<SlowData>> data_;
  std::vector<std::unique_ptr<Application>> applications_;
  std::vector<Fate> fates_;
  std::map<std::uint64_t, int> attempts_;  // by task: how often it threw
  std::set<std::uint64_t> waiting_;        // tasks whose key is not stored yet
  std::vector<std::uint64_t> ready_;
  std::uint64_t ended_ = 0, issued_ = 0, digest_ = 0;
  RandomSequence random_;
  std::string complaints_;
  Outcome outcome_;
  std::unique_ptr<Simulation> simulation_;
};

}  // namespace splicemd::taskmgr::test
