// An application of the workflow in a few lines: estimates π by tasks that throw darts. docs/workflow.md shows it.
#include <fmt/format.h>

#include "base/random.hpp"
#include "base/transport/mpi_transport.hpp"
#include "taskmgr/workflow.hpp"

using namespace splicemd;

// A thousand tasks of a hundred thousand darts each; counts those that hit the circle.
struct Darts : taskmgr::TaskSource {
  std::uint64_t issued = 0, done = 0, hits = 0;
  std::vector<taskmgr::Task> next_tasks(std::size_t n, const std::string&) override {
    std::vector<taskmgr::Task> tasks;
    for (; tasks.size() < n && issued < 1000; ++issued) {
      tasks.push_back({.id = issued, .kind = "darts", .seed = taskmgr::task_seed(7, issued)});
    }
    return tasks;
  }
  void on_result(taskmgr::TaskResult result) override {
    hits += ByteReader(result.record).get<std::uint64_t>();
    ++done;
  }
  bool finished() override { return done == 1000; }
  void on_quarantined(const taskmgr::Quarantine& q) override { throw RunError(q.attempts.back()); }
};

Bytes throw_darts(taskmgr::TaskContext& context) {
  RandomSequence random(context.seed(), RandomStream::user);
  std::uint64_t hits = 0;
  for (int k = 0; k < 100'000; ++k) {
    const double x = random.uniform(), y = random.uniform();
    if (x * x + y * y < 1.0) ++hits;
  }
  return ByteWriter().put(hits).take();
}

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  {
    const Communicator world;
    MpiTransport transport(world);
    const auto types = taskmgr::TaskTypes().add("darts", throw_darts);
    Darts darts;
    const auto layout = taskmgr::default_layout(world.size());
    taskmgr::run_workflow(transport, world, layout, {}, {.source = &darts, .types = &types});
    if (world.is_root()) fmt::print("pi = {:.5f}\n", 4e-8 * static_cast<double>(darts.hits));
    transport.close();
  }
  MPI_Finalize();
}
