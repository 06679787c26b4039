// What workers can do: named task types, and the context in which one runs.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/mpi.hpp"
#include "taskmgr/data_source.hpp"
#include "taskmgr/task.hpp"

namespace splicemd::taskmgr {

// Thrown through a task that ends early because the workflow does: it has no result, is given back, and counts
// as not run. Not an error. On a worker of several ranks all ranks throw it together.
struct GivenUp {};

// What a running task sees. On a worker of several ranks each rank has one; the leader's counts.
class TaskContext {
 public:
  virtual ~TaskContext() = default;

  virtual const Task& task() const = 0;
  ByteView payload() const { return task().payload; }
  std::uint64_t seed() const { return task().seed; }
  // The value of task().keys[k].
  virtual ByteView input(std::size_t k) const = 0;
  // The ranks that run this task; in a simulation a communicator of one.
  virtual const Communicator& communicator() const = 0;

  // Hands `value` to the data source under `key`, while the task goes on. The task's result takes effect
  // only after all its outputs have been stored. On the leader; ignored on other ranks.
  virtual void put(const Key& key, Bytes value) = 0;

  // To be called now and then by tasks that run longer than a second: passes messages on and tells the task
  // manager that this worker lives. Cheap enough for an inner loop; not collective.
  virtual void progress() = 0;
  // True once the workflow wants to end: a task may then return early if what it returns is still a function
  // of the task alone, and otherwise throws GivenUp. One that goes on is left behind after Settings::grace.
  // Collective over communicator().
  virtual bool stop_requested() = 0;
  // Lets time pass as if the task had computed: simulated time in a simulation, else real time. Collective.
  virtual void sleep(double seconds) = 0;
};

// Runs a task and returns its record. An exception counts as a failed attempt. On a worker of several ranks
// all ranks call it and should throw together (Communicator::on_every_rank): one that throws alone while others wait
// for it in a collective operation ends the job after Settings::grace.
using TaskFunction = std::function<Bytes(TaskContext& context)>;

// The table of task types: one row each.
class TaskTypes {
 public:
  TaskTypes& add(std::string name, TaskFunction function);
  // Throws RunError with the nearest name if there is none.
  const TaskFunction& at(const std::string& name) const;

 private:
  std::map<std::string, TaskFunction, std::less<>> rows_;
};

// Runs one task here and now, as a worker of the ranks of `comm` would: a quarantined one, say.
Bytes replay(const Task& task, const TaskTypes& types, const std::vector<Bytes>& inputs,
             const Communicator& comm);

}  // namespace splicemd::taskmgr
