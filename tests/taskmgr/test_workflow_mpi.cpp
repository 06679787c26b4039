// The workflow on real ranks: data, groups of ranks, failures, and its several ends.
#include <gtest/gtest.h>

#include <map>

#include "base/clock.hpp"
#include "base/transport/mpi_transport.hpp"
#include "taskmgr/workflow.hpp"

namespace splicemd::taskmgr {
namespace {

// A store in the process of the only task manager.
class LocalData : public DataSource {
 public:
  std::map<Key, Bytes> values;
  void get(const Key& key, std::function<void(Value)> arrived) override {
    const auto found = values.find(key);
    arrived(found == values.end() ? nullptr : std::make_shared<const Bytes>(found->second));
  }
  void put(const Key& key, Bytes value, std::function<void()> stored) override {
    values[key] = std::move(value);
    stored();
  }
};

// A chain: each task needs the output of the one before, several chains side by side.
class Chains : public TaskSource {
 public:
  static constexpr std::uint64_t kChains = 5;
  explicit Chains(std::uint64_t tasks) : tasks_(tasks) {
    for (std::uint64_t id = 0; id < kChains; ++id) ready_.push_back(id);
  }
  std::vector<Task> next_tasks(std::size_t n, const std::string&) override {
    std::vector<Task> tasks;
    for (; tasks.size() < n && !ready_.empty(); ready_.pop_back()) {
      const std::uint64_t id = ready_.back();
      Task task{.id = id, .kind = kind, .seed = task_seed(3, id)};
      if (id >= kChains) task.keys = {Key{1, id - kChains}};
      tasks.push_back(task);
      ++issued;
    }
    return tasks;
  }
  void on_result(TaskResult result) override {
    records[result.task.id] = ByteReader(result.record).get<std::uint64_t>();
    workers[result.worker] += 1;
    if (result.task.id + kChains < tasks_) ready_.push_back(result.task.id + kChains);
  }
  bool finished() override { return records.size() + quarantined.size() == tasks_; }
  void on_quarantined(const Quarantine& report) override { quarantined.push_back(report); }
  void on_unrun(const Task&) override { ++unrun; }
  void on_counters(const RoleCounters& counters) override { last[counters.role] = counters; }

  std::string kind = "chain";
  std::map<std::uint64_t, std::uint64_t> records;
  std::map<Endpoint, int> workers;
  std::map<RoleName, RoleCounters> last;
  std::vector<Quarantine> quarantined;
  std::uint64_t issued = 0, unrun = 0;

 private:
  std::uint64_t tasks_;
  std::vector<std::uint64_t> ready_;
};

// The value before, plus the task's seed, computed by all ranks of the worker together.
Bytes chain(TaskContext& context) {
  const bool first = context.task().keys.empty();
  const std::uint64_t before = first ? 0 : ByteReader(context.input(0)).get<std::uint64_t>();
  const Communicator& group = context.communicator();
  const std::uint64_t sum = group.sum(group.is_root() ? before + context.seed() : 0);
  const Bytes value = ByteWriter().put(sum).take();
  context.put({1, context.task().id}, value);
  return value;
}

class OnRanks : public testing::Test {
 protected:
  Outcome run(TaskSource& source, const LayoutWish& wish = {}) {
    MpiTransport transport(world);
    const Application application{.source = &source, .types = &types, .data = &data, .stop = stop};
    const Outcome outcome =
        run_workflow(transport, world, default_layout(world.size(), wish), settings, application);
    transport.close();
    return outcome;
  }
  Communicator world;
  TaskTypes types = TaskTypes().add("chain", chain);
  LocalData data;
  Settings settings;
  std::function<int()> stop;
};

TEST_F(OnRanks, DataGoThroughTheStore) {
  Chains source(200);
  const Outcome outcome = run(source);
  if (!world.is_root()) return;
  EXPECT_EQ(outcome.ending, Ending::finished);
  EXPECT_EQ(outcome.results, 200u);
  ASSERT_EQ(source.records.size(), 200u);
  for (std::uint64_t id = 0; id < 200; ++id) {
    const std::uint64_t before = id < Chains::kChains ? 0 : source.records[id - Chains::kChains];
    EXPECT_EQ(source.records[id], before + task_seed(3, id));
  }
  EXPECT_EQ(source.last[RoleName::work_manager].tasks_done, 200u);
  EXPECT_GT(source.last[RoleName::work_manager].processor_seconds, 0.0);
  EXPECT_GT(source.last[RoleName::task_manager].cache_misses, 0u);
}

TEST_F(OnRanks, AWorkerOfSeveralRanksRunsATaskTogether) {
  if (world.size() < 3) return;
  types.add("together", [](TaskContext& context) {
    const Communicator& group = context.communicator();
    const std::uint64_t ranks = group.sum(std::uint64_t{1});
    if (context.stop_requested()) return ByteWriter().put(std::uint64_t{0}).take();
    return ByteWriter().put(ranks).take();
  });
  Chains source(40);
  source.kind = "together";
  LayoutWish wish;
  wish.ranks_per_worker = 2;
  for (std::uint64_t id = 0; id < 40; ++id) data.values[{1, id}] = {};
  run(source, wish);
  if (!world.is_root()) return;
  ASSERT_EQ(source.records.size(), 40u);
  for (const auto& [id, ranks] : source.records) EXPECT_EQ(ranks, 2u);
}

// One rank's failure is the worker's, also where the leader noticed nothing.
TEST_F(OnRanks, AFailureOfOneRankOfAWorkerIsTheTasks) {
  if (world.size() < 3) return;
  types.add("lone failure", [](TaskContext& context) -> Bytes {
    const Communicator& group = context.communicator();
    group.barrier();
    ensure(group.rank() == 0, "rank {} of the worker ran out of memory", group.rank());
    return ByteWriter().put(std::uint64_t{1}).take();
  });
  Chains source(Chains::kChains);
  source.kind = "lone failure";
  LayoutWish wish;
  wish.ranks_per_worker = 2;
  const Outcome outcome = run(source, wish);
  if (!world.is_root()) return;
  EXPECT_EQ(outcome.results, 0u);
  EXPECT_EQ(outcome.quarantined, Chains::kChains);
  ASSERT_FALSE(source.quarantined.empty());
  EXPECT_NE(source.quarantined.front().attempts[0].find("rank 1 of the worker ran out of memory"),
            std::string::npos);
}

// All ranks of a worker leave a task in the same place.
TEST_F(OnRanks, AWorkerOfSeveralRanksGivesATaskUpTogether) {
  if (world.size() < 3) return;
  for (const int level : {1, 2}) {
    types.add("endless", [](TaskContext& context) -> Bytes {
      while (true) {
        context.communicator().barrier();
        context.progress();
        if (context.stop_requested()) throw GivenUp();
      }
    });
    Chains source(1000);
    source.kind = "endless";
    LayoutWish wish;
    wish.ranks_per_worker = 2;
    const double begin = steady_seconds();
    stop = [begin, level] { return steady_seconds() - begin > 0.3 ? level : 0; };
    const Outcome outcome = run(source, wish);
    EXPECT_LT(steady_seconds() - begin, 20.0);
    if (!world.is_root()) continue;
    EXPECT_EQ(outcome.ending, level == 1 ? Ending::stopped : Ending::at_once);
    EXPECT_EQ(outcome.results, 0u);
    if (level == 1) EXPECT_EQ(outcome.unrun, source.issued);
  }
}

TEST_F(OnRanks, ATaskThatAlwaysThrowsIsQuarantinedAndCanBeReplayed) {
  types.add("throws", [](TaskContext&) -> Bytes { throw RunError("the atoms flew apart"); });
  Chains source(Chains::kChains);
  source.kind = "throws";
  const Outcome outcome = run(source);
  if (!world.is_root()) return;
  EXPECT_EQ(outcome.quarantined, Chains::kChains);
  ASSERT_EQ(source.quarantined.size(), Chains::kChains);
  const Quarantine& report = source.quarantined.front();
  ASSERT_EQ(report.attempts.size(), 3u);
  EXPECT_NE(report.attempts[0].find("the atoms flew apart"), std::string::npos);
  const Task again = decode_task(encode(report.task));
  EXPECT_EQ(again.seed, task_seed(3, again.id));
  EXPECT_THROW(replay(again, types, {}, Communicator(MPI_COMM_SELF)), RunError);
}

TEST_F(OnRanks, AnUnknownKindOfTaskIsReportedWithTheNearestName) {
  Chains source(Chains::kChains);
  source.kind = "chian";
  run(source);
  if (!world.is_root()) return;
  ASSERT_FALSE(source.quarantined.empty());
  EXPECT_NE(source.quarantined.front().attempts[0].find("did you mean 'chain'"), std::string::npos);
}

// Whatever was issued has come to one end or the other.
TEST_F(OnRanks, StopsOrderlyWhenAnyProcessIsAsked) {
  types.add("nap", [](TaskContext& context) {
    context.sleep(0.05);
    return ByteWriter().put(std::uint64_t{1}).take();
  });
  Chains source(1'000'000);
  source.kind = "nap";
  for (std::uint64_t id = 0; id < 2000; ++id) data.values[{1, id}] = {};
  const double begin = steady_seconds();
  if (world.rank() == world.size() - 1)
    stop = [begin] { return steady_seconds() - begin > 0.5 ? 1 : 0; };
  const Outcome outcome = run(source);
  EXPECT_LT(steady_seconds() - begin, 20.0);
  if (!world.is_root()) return;
  EXPECT_EQ(outcome.ending, Ending::stopped);
  EXPECT_GT(outcome.results, 0u);
  EXPECT_EQ(outcome.results + outcome.unrun, source.issued);
  EXPECT_EQ(outcome.unrun, source.unrun);
}

TEST_F(OnRanks, EndsAtTheWallTime) {
  Chains source(100'000'000);
  source.kind = "pause";
  types.add("pause", [](TaskContext& context) {
    context.sleep(0.01);
    return ByteWriter().put(std::uint64_t{1}).take();
  });
  for (std::uint64_t id = 0; id < 5000; ++id) data.values[{1, id}] = {};
  settings.wall_time = 0.4;
  const Outcome outcome = run(source);
  if (!world.is_root()) return;
  EXPECT_EQ(outcome.ending, Ending::wall_time);
  EXPECT_GE(outcome.seconds, 0.4);
  EXPECT_EQ(outcome.results + outcome.unrun, source.issued);
}

TEST_F(OnRanks, LeavesAtOnceWhenAskedTwice) {
  types.add("long", [](TaskContext& context) {
    context.sleep(60.0);
    return Bytes{};
  });
  Chains source(100);
  source.kind = "long";
  const double begin = steady_seconds();
  if (world.rank() == world.size() - 1)
    stop = [begin] { return steady_seconds() - begin > 0.3 ? 2 : 0; };
  const Outcome outcome = run(source);
  EXPECT_LT(steady_seconds() - begin, 20.0);
  if (!world.is_root()) return;
  EXPECT_EQ(outcome.ending, Ending::at_once);
  EXPECT_EQ(outcome.results, 0u);
}

// A worker that does not answer within the lease is taken for dead, its task run elsewhere, and its late
// result dropped.
TEST_F(OnRanks, ALateResultIsDropped) {
  if (world.size() < 3) return;
  settings.lease = 0.6;
  settings.heartbeat = 0.1;
  types.add("stuck once", [this](TaskContext& context) {
    if (context.task().id == 0 && world.rank() == 1) {
      const double end = steady_seconds() + 2.0;
      while (steady_seconds() < end) sched_yield();  // without a sign of life
    } else {
      context.sleep(0.02);
    }
    return ByteWriter().put(context.seed()).take();
  });
  Chains source(300);
  source.kind = "stuck once";
  for (std::uint64_t id = 0; id < 300; ++id) data.values[{1, id}] = {};
  const Outcome outcome = run(source);
  if (!world.is_root()) return;
  EXPECT_EQ(outcome.results, 300u);
  EXPECT_EQ(outcome.quarantined, 0u);
  EXPECT_EQ(source.records.size(), 300u);
}

TEST_F(OnRanks, AnErrorOfTheSourceComesOut) {
  if (world.size() > 1) return;
  struct Failing : Chains {
    Failing() : Chains(10) {}
    void on_result(TaskResult) override { throw RunError("the disk is full"); }
  };
  Failing source;
  EXPECT_THROW(run(source), RunError);
}

}  // namespace
}  // namespace splicemd::taskmgr
