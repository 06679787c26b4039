// The application's side of the work manager: where tasks come from and results go.
#pragma once

#include <string>
#include <vector>

#include "taskmgr/counters.hpp"
#include "taskmgr/task.hpp"

namespace splicemd::taskmgr {

// Called by the work manager, one call at a time, on its endpoint. An exception ends the workflow.
class TaskSource {
 public:
  virtual ~TaskSource() = default;

  // The at most `n` tasks that are most useful now, for workers with hardware of this kind (tasks without a
  // tag, or with this one). Fewer or none: asked again after the next result, and every few milliseconds.
  virtual std::vector<Task> next_tasks(std::size_t n, const std::string& hardware) = 0;
  // Once for each task that has run, in any order.
  virtual void on_result(TaskResult result) = 0;
  // True when nothing more is needed: tasks not yet begun are given back, those that run are waited for.
  virtual bool finished() = 0;

  // The task will not be tried again and gives no result.
  virtual void on_quarantined(const Quarantine& report) = 0;
  // The workflow ends before this task was begun.
  virtual void on_unrun(const Task& task) { (void)task; }
  // What a role has done so far; from each every few seconds and at the end.
  virtual void on_counters(const RoleCounters& counters) { (void)counters; }
  // Asked at the end, after the last result and before services stop, until it is true: writes under way.
  virtual bool settled() { return true; }
};

}  // namespace splicemd::taskmgr
