// The entry point of an application of the pull-model workflow.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/config.hpp"
#include "base/mpi.hpp"
#include "base/transport/transport.hpp"
#include "taskmgr/data_source.hpp"
#include "taskmgr/layout.hpp"
#include "taskmgr/settings.hpp"
#include "taskmgr/task_source.hpp"
#include "taskmgr/task_types.hpp"

namespace splicemd::taskmgr {

// What an application brings to one endpoint; only what this endpoint's roles need must be there.
struct Application {
  TaskSource* source = nullptr;         // work manager
  const TaskTypes* types = nullptr;     // workers
  DataSource* data = nullptr;           // task managers; not needed if no task has keys or outputs
  std::vector<Service*> services = {};  // any endpoint
  // Any endpoint: how urgently this process was asked to stop. 1: orderly, tasks that run are finished;
  // 2: at once, tasks are abandoned where they call progress() or sleep().
  std::function<int()> stop = {};
};

enum class Ending { finished, stopped, wall_time, at_once };
std::string_view name_of(Ending ending);

// How a workflow ended, on the work manager's endpoint; elsewhere only `ending`.
struct Outcome {
  Ending ending = Ending::finished;
  std::uint64_t results = 0;
  std::uint64_t unrun = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t reissued = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t silent_workers = 0;  // still had not answered when the workflow ended
  double seconds = 0.0;
};

// Plays this endpoint's roles until the workflow has ended. To be called on every endpoint of the layout;
// `world` has the transport's endpoints as ranks (it is split into the workers' communicators).
Outcome run_workflow(Transport& transport, const Communicator& world, const Layout& layout,
                     const Settings& settings, const Application& application);

}  // namespace splicemd::taskmgr
