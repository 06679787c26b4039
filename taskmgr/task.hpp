// Tasks, what comes out of them, and what is reported of those that are given up.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/key.hpp"
#include "base/transport/transport.hpp"

namespace splicemd::taskmgr {

// A piece of work. Run again with the same fields it must give the same record and outputs.
struct Task {
  std::uint64_t id = 0;   // the application's; never used for another task of the same campaign
  std::string kind = {};  // name of a task type in the workers' TaskTypes
  std::vector<Key> keys =
      {};                  // what it needs from the data source, fetched before it is handed out
  Bytes payload = {};      // for the task type; small
  std::uint64_t seed = 0;  // of its random numbers: task_seed() unless the application has its own
  int priority = 0;        // higher first
  std::string hardware = {};  // only task managers of this kind get it; "": all do
};

// A seed that depends on campaign and task only.
std::uint64_t task_seed(std::uint64_t campaign_seed, std::uint64_t task_id);

Bytes encode(const Task& task);
Task decode_task(ByteView bytes);

// A task that has run. Times are seconds since the workflow began (Transport::now()).
struct TaskResult {
  Task task;
  Bytes record;         // what the task type returned
  Endpoint worker = 0;  // leader of the group that ran it
  double start = 0.0;   // when it began to run
  double stop = 0.0;    // when it ended
  std::uint64_t serial =
      0;  // numbers the tasks of this session in the order in which they were issued
};

// A task that killed or lost its worker, or threw, so often that it is not tried again.
struct Quarantine {
  Task task;  // encode(task) is all that is needed to run it again: see replay() in task_types.hpp
  std::vector<std::string> attempts;  // what happened each time: where, when, message
};

}  // namespace splicemd::taskmgr
