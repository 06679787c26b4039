// An endpoint of a workflow: its roles, its post, and the loop that drives them.
#pragma once

#include <exception>
#include <memory>
#include <vector>

#include "taskmgr/running_mark.hpp"
#include "taskmgr/task_manager.hpp"
#include "taskmgr/work_manager.hpp"
#include "taskmgr/worker.hpp"
#include "taskmgr/workflow.hpp"

namespace splicemd::taskmgr {

class Node {
 public:
  // `group`: the communicator of the worker this endpoint is part of. `life`: how often a process has begun
  // here. All that is passed by reference must outlive the node.
  Node(Transport& transport, const Layout& layout, const Settings& settings,
       const Application& application, const Communicator& group, std::uint32_t life = 1);

  // Handles what has arrived and what is due, but begins no task; returns whether there was anything.
  bool turn();
  // Runs tasks, if this endpoint is a worker that has some.
  bool work();
  // When turn() must be called even if nothing arrives.
  double next_deadline() const;
  // True when something is to be done that neither a message nor a deadline will tell of.
  bool busy() const { return post_.waiting(); }
  bool done() const;
  // Until done; sleeps when there is nothing to do.
  void run();

  Outcome outcome() const;
  const Post& post() const { return post_; }
  const WorkManager* work_manager() const { return work_manager_.get(); }
  const TaskManager* task_manager() const { return task_manager_.get(); }
  const Worker* worker() const { return worker_.get(); }

 private:
  Host host();
  void handle(RoleName to, Address from, ByteView body);
  void turn_in_task();
  void heed_stop();
  template <class Action>
  void for_each_role(const Action& action) const;

  Transport& transport_;
  const Layout& layout_;
  const Settings& settings_;
  const Application& application_;
  Post post_;
  std::unique_ptr<RunningMark> mark_;
  std::unique_ptr<WorkManager> work_manager_;
  std::unique_ptr<TaskManager> task_manager_;
  std::unique_ptr<Worker> worker_;
  std::unique_ptr<GroupMember> member_;
  bool waits_for_stop_ = false;  // hosts a store
  std::exception_ptr failure_;   // of a turn made from within a task
  int stop_level_ = 0;
};

}  // namespace splicemd::taskmgr
