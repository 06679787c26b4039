// The context of a running task, on the leader of a worker, on its other ranks, and outside a workflow.
#pragma once

#include <functional>
#include <vector>

#include "taskmgr/task_types.hpp"

namespace splicemd::taskmgr {

// What a running task needs of the loop around it.
struct Host {
  std::function<void()> turn;                 // handles messages and timers, begins no task
  std::function<void(double seconds)> pause;  // sleeps until a message may have arrived
  std::function<double()> now;
  std::function<bool()> asked_to_stop;  // on the leader
  std::function<bool()> leaving;        // at once: the task is abandoned
  bool simulated = false;               // sleep() only adds up
};

// Thrown through a task that is abandoned because the process was asked twice to stop; not an error.
struct Abandoned {};

class RunContext : public TaskContext {
 public:
  using Output = std::function<void(const Key&, Bytes)>;
  // `output` may be empty. All that is passed by reference must outlive the context.
  RunContext(const Task& task, const std::vector<Bytes>& inputs, const Communicator& group,
             const Host& host, Output output);

  const Task& task() const override { return task_; }
  ByteView input(std::size_t k) const override;
  const Communicator& communicator() const override { return group_; }
  void put(const Key& key, Bytes value) override;
  void progress() override;
  bool stop_requested() override;
  void sleep(double seconds) override;

  double slept() const { return slept_; }  // simulated seconds

 private:
  void look();

  const Task& task_;
  const std::vector<Bytes>& inputs_;
  const Communicator& group_;
  const Host& host_;
  Output output_;
  double looked_;
  double slept_ = 0.0;
};

}  // namespace splicemd::taskmgr
