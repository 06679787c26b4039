// Applications with nothing to do, and how fast and at what cost the workflow does it.
#include "bench/taskmgr_speed.hpp"

#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <optional>

#include "base/clock.hpp"
#include "base/transport/mpi_transport.hpp"
#include "datastore/store.hpp"
#include "taskmgr/simulation.hpp"
#include "taskmgr/workflow.hpp"

namespace splicemd::bench {

namespace {

using taskmgr::Task;

constexpr const char* kStored = "50 ms";
constexpr std::size_t kOutputBytes = 12'000;

double process_seconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
}

// A datastore in a folder of its own, which is deleted at the end.
class StoredData : public taskmgr::DataSource {
 public:
  StoredData()
      : folder_(std::filesystem::temp_directory_path() /
                fmt::format("splicemd-bench-workflow-{}", ::getpid())),
        store_(folder_.string()) {}
  ~StoredData() override {
    store_.close();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  StoredData(const StoredData&) = delete;
  StoredData& operator=(const StoredData&) = delete;

  void get(const Key& key, std::function<void(taskmgr::Value)> arrived) override {
    store_.get(key).then(
        [arrived = std::move(arrived)](const datastore::Reply& reply) { arrived(reply.value); });
  }
  void put(const Key& key, Bytes value, std::function<void()> stored) override {
    store_.put(key, std::make_shared<const Bytes>(std::move(value)))
        .then([stored = std::move(stored)](const datastore::Reply& reply) {
          ensure(reply.ok(), "the benchmark's store failed: {}", reply.message);
          stored();
        });
  }
  void progress() override { store_.progress(); }
  double next_deadline() const override {
    return steady_seconds() - epoch + store_.seconds_until_due();
  }

  double epoch = 0.0;  // steady_seconds() when the transport's clock began

 private:
  std::filesystem::path folder_;
  datastore::Store store_;
};

// Tasks of one kind without end, until `seconds` have passed on the given clock.
class Endless : public taskmgr::TaskSource {
 public:
  Endless(const char* kind, double seconds, std::function<double()> clock)
      : kind_(kind), seconds_(seconds), clock_(std::move(clock)) {}

  std::vector<Task> next_tasks(std::size_t n, const std::string&) override {
    if (began < 0.0) {
      began = clock_();
      processor_began = process_seconds();
    }
    std::vector<Task> tasks(kind_.empty() ? 0 : n);
    for (Task& task : tasks) {
      task.id = ++issued_;
      task.kind = kind_;
      task.seed = issued_;
      if (distance > 0 && issued_ > distance) task.keys = {Key{1, issued_ - distance}};
    }
    return tasks;
  }
  void on_result(taskmgr::TaskResult) override {
    ++results;
    last = clock_();
  }
  bool finished() override {
    if (began < 0.0 || clock_() - began < seconds_) return false;
    if (processor_share < 0.0) {
      processor_share = (process_seconds() - processor_began) / (clock_() - began);
    }
    return true;
  }
  void on_quarantined(const taskmgr::Quarantine& report) override {
    throw RunError(report.attempts.back());
  }

  double began = -1.0, last = 0.0, processor_began = 0.0;
  double processor_share = -1.0;  // of this process, from the first request of tasks to the end
  std::uint64_t results = 0;
  std::uint64_t distance =
      0;  // how much earlier the task is whose output one needs; 0: it needs none

 private:
  std::string kind_;
  double seconds_;
  std::function<double()> clock_;
  std::uint64_t issued_ = 0;
};

taskmgr::TaskTypes task_types() {
  taskmgr::TaskTypes types;
  types.add("empty", [](taskmgr::TaskContext&) { return Bytes{}; });
  // Computes, rather than sleeps: so that managers have to share the cores.
  // Its output, the size of 250 atoms, is a later task's input.
  types.add(kStored, [](taskmgr::TaskContext& context) {
    const double end = process_seconds() + 0.05;
    while (process_seconds() < end) context.progress();
    context.put({1, context.task().id}, Bytes(kOutputBytes));
    return Bytes{};
  });
  types.add("5 s", [](taskmgr::TaskContext& context) {
    context.sleep(5.0);
    return Bytes{};
  });
  return types;
}

struct Cost {
  double tasks_per_second = 0.0;
  double manager_share = 0.0;  // processor time of rank 0 over wall time
};

// Runs tasks of `kind` ("": none at all) over MPI for a while.
Cost run_over_mpi(const char* kind, double seconds, const Communicator& comm) {
  MpiTransport transport(comm);
  const taskmgr::TaskTypes types = task_types();
  Endless source(kind, seconds, [] { return steady_seconds(); });
  if (kind == std::string_view(kStored))
    source.distance = 20 * static_cast<std::uint64_t>(comm.size());
  std::optional<StoredData> data;
  if (comm.is_root()) data.emplace().epoch = steady_seconds() - transport.now();
  const taskmgr::Application application{
      .source = &source, .types = &types, .data = data ? &*data : nullptr};
  taskmgr::run_workflow(transport, comm, taskmgr::default_layout(comm.size()), {}, application);
  transport.close();
  const double span = std::max(source.last - source.began, 1e-9);
  return {static_cast<double>(source.results) / span, source.processor_share};
}

// All roles in one process and thread, each worker at an endpoint of its own; wall time counts.
double run_in_process(double seconds) {
  const taskmgr::TaskTypes types = task_types();
  Endless source("empty", seconds, [] { return steady_seconds(); });
  const taskmgr::Application application{.source = &source, .types = &types};
  taskmgr::Simulation simulation(
      taskmgr::default_layout(3), {}, {},
      [&](Endpoint, std::uint32_t) -> const taskmgr::Application& { return application; });
  simulation.run(1e9);
  return static_cast<double>(source.results) / std::max(source.last - source.began, 1e-9);
}

// A cluster with latencies of a network and managers that take time for each message: which fraction of
// the workers' time is spent in tasks, from the start on.
double run_cluster(const WorkflowOptions& options) {
  taskmgr::LayoutWish wish;
  wish.workers_per_manager = 500;
  const int managers = std::max(1, options.simulated_workers / wish.workers_per_manager);
  const int apart = managers > 1 ? managers + 1 : 1;
  const taskmgr::Layout layout = taskmgr::default_layout(options.simulated_workers + apart, wish);
  const taskmgr::TaskTypes types = task_types();
  taskmgr::Simulation* clock = nullptr;
  Endless source("5 s", 1e9, [&clock] { return clock == nullptr ? 0.0 : clock->now(); });
  const taskmgr::Application application{.source = &source, .types = &types};
  taskmgr::Simulation simulation(
      layout, {}, {.latency = 20e-6, .bytes_per_second = 1e9, .handling = 20e-6},
      [&](Endpoint, std::uint32_t) -> const taskmgr::Application& { return application; });
  clock = &simulation;
  simulation.run(options.simulated_seconds);
  // Tasks under way at the end have done part of their work.
  double busy = 0.0;
  for (const taskmgr::WorkerPlace& place : layout.workers) {
    busy += simulation.node(place.ranks.front())->worker()->busy_seconds(simulation.now());
  }
  return busy / (static_cast<double>(layout.workers.size()) * simulation.now());
}

}  // namespace

std::vector<Figure> measure_workflow(const WorkflowOptions& options, const Communicator& comm) {
  std::vector<Figure> figures;
  if (comm.is_root()) {
    figures.push_back({"empty tasks, in process", run_in_process(options.seconds), "1/s", 200e3});
    figures.push_back(
        {fmt::format("utilisation of {} simulated workers, 5 s tasks", options.simulated_workers),
         100.0 * run_cluster(options), "%", 99.5});
  }
  comm.barrier();
  if (comm.size() < 3) return figures;
  const Cost empty = run_over_mpi("empty", options.seconds, comm);
  figures.push_back({fmt::format("empty tasks, MPI, {} ranks", comm.size()), empty.tasks_per_second,
                     "1/s", 30e3});
  const Cost idle = run_over_mpi("", options.seconds, comm);
  figures.push_back({"processor time of an idle manager", 100.0 * idle.manager_share, "% of a core",
                     1.0, Figure::Better::lower});
  const Cost busy = run_over_mpi(kStored, options.seconds, comm);
  figures.push_back(
      {fmt::format("processor time of manager and store, {} workers, 50 ms tasks", comm.size() - 1),
       100.0 * busy.manager_share, "% of a core", 2.0, Figure::Better::lower});
  return figures;
}

}  // namespace splicemd::bench
