// The role that runs tasks: holds a few, asks its task manager for more before it has none.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "taskmgr/group_outcome.hpp"
#include "taskmgr/layout.hpp"
#include "taskmgr/post.hpp"
#include "taskmgr/run_context.hpp"
#include "taskmgr/running_mark.hpp"
#include "taskmgr/settings.hpp"

namespace splicemd::taskmgr {

// Leads a group of ranks, most often only its own. The other ranks have the role GroupMember.
class Worker : public Role {
 public:
  Worker(Post& post, const Layout& layout, int index, const Settings& settings,
         const TaskTypes& types, const Communicator& group, Host host, RunningMark* mark = nullptr);

  void on_message(Address from, ByteView body) override;
  void on_timer(double now) override;
  double next_deadline() const override;
  void on_restart(Endpoint endpoint) override;
  bool done() const override { return done_; }

  // Runs tasks for a moment, or one long task; returns whether there was one.
  bool work();
  RoleCounters counters() const;
  // Time spent in tasks by `now`, the running one included (simulations).
  double busy_seconds(double now) const {
    return counters_.task_seconds + (held_ ? now - held_->start : 0.0);
  }

 private:
  struct Assigned {
    std::uint64_t serial = 0;
    Task task;
    std::vector<Bytes> inputs;
  };
  struct Kind {
    const TaskFunction* function = nullptr;
    double seconds = -1.0;  // mean time of a task; negative: not known
  };
  struct Ended {
    std::uint64_t serial;
    bool failed;
    double start, stop;
    Bytes record;                  // or the message of a failure
    std::uint32_t attachment = 0;  // in which its first output was sent; 0: it has none
  };

  void take_tasks(ByteReader& in);
  void drain();
  void attach();
  void next_manager();
  void ask();
  std::size_t tasks_ahead() const;
  Kind& kind(const std::string& name);
  void run(const Assigned& assigned);
  void lead_members(const Assigned& assigned) const;
  void end(Ended ended);
  void give_back(const std::vector<std::uint64_t>& serials);
  void send_results();
  void send(ByteWriter& message);
  void stop_members();

  Post& post_;
  const Layout& layout_;
  const WorkerPlace& place_;
  const Settings& settings_;
  const TaskTypes& types_;
  const Communicator& group_;
  Host host_;
  GroupOutcome outcome_;
  RunningMark* mark_;
  int manager_;
  std::deque<Assigned> queue_;
  std::size_t asked_ = 0;        // tasks asked for that have not come
  std::uint64_t under_way_ = 0;  // bytes of outputs not yet stored
  std::map<std::string, Kind, std::less<>> kinds_;
  double mean_seconds_ = -1.0;
  double sent_ = 0.0, heard_ = 0.0, reported_ = 0.0;
  std::uint32_t attachment_ = 0;  // counts attach()
  bool running_ = false, draining_ = false, done_ = false;
  std::optional<Ended> held_;  // simulation: ends at held_->stop
  std::vector<Ended> ended_;
  RoleCounters counters_;
};

// Runs the same tasks as its group's leader, when the leader says so.
class GroupMember : public Role {
 public:
  GroupMember(const Settings& settings, const TaskTypes& types, const Communicator& group,
              Host host, RunningMark* mark = nullptr);
  void on_message(Address from, ByteView body) override;
  void on_timer(double) override {}
  double next_deadline() const override { return kNever; }
  bool done() const override { return done_; }
  bool work();

 private:
  const TaskTypes& types_;
  const Communicator& group_;
  Host host_;
  GroupOutcome outcome_;
  RunningMark* mark_;
  std::deque<Bytes> queue_;
  bool running_ = false, done_ = false;
};

}  // namespace splicemd::taskmgr
