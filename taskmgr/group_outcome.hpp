// How a task ended on the ranks of its worker: agreed among them, so that none waits for one that has left.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/mpi.hpp"
#include "taskmgr/run_context.hpp"

namespace splicemd::taskmgr {

// In order of weight: the heaviest on any rank is the group's.
enum class TaskEnd { done, given_up, abandoned, failed };

// One on each rank of a worker.
class GroupOutcome {
 public:
  // Collective over `group`, which must outlive it, as must `host`.
  GroupOutcome(const Communicator& group, const Host& host, double patience);

  // Runs `task`, which is the group's common task, here; returns how it ended for the group. `message` is that of the
  // lowest rank on which it failed. A rank on which it failed alone waits `patience` seconds for the others, which may
  // be in a collective operation that it has left: then it throws RanksLost, and the job has to be aborted.
  TaskEnd run(const std::function<void()>& task, std::string& message) const;

 private:
  TaskEnd agree(TaskEnd mine, std::string& message) const;

  std::optional<Communicator> comm_;  // of several ranks: none of the task's messages can meet ours
  const Host& host_;
  double patience_;
};

}  // namespace splicemd::taskmgr
