// The role at the top: gets tasks from the application for task managers that ask, and sees to it that
// each takes effect once.
#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "taskmgr/layout.hpp"
#include "taskmgr/post.hpp"
#include "taskmgr/running_mark.hpp"
#include "taskmgr/settings.hpp"
#include "taskmgr/task_source.hpp"
#include "taskmgr/workflow.hpp"

namespace splicemd::taskmgr {

class WorkManager : public Role {
 public:
  WorkManager(Post& post, const Layout& layout, const Settings& settings, TaskSource& source);

  void on_message(Address from, ByteView body) override;
  void on_timer(double now) override;
  double next_deadline() const override;
  void on_restart(Endpoint endpoint) override;
  bool done() const override { return phase_ == Phase::over; }
  // Ends the workflow orderly; the first reason counts.
  void stop(Ending ending);
  const Outcome& outcome() const { return outcome_; }
  RoleCounters counters() const;

 private:
  // working → draining (no new tasks) → stopping (no tasks left; managers end) → settling → over
  enum class Phase { working, draining, stopping, settling, over };
  struct Issued {
    Task task;
    int manager = 0;
  };
  struct Manager {
    Endpoint endpoint = 0;
    std::string hardware;
    bool present = false;
    std::uint32_t attachment =
        0;  // the task manager's, so that it knows tasks meant for an earlier one
    std::size_t demand = 0;
    double heard = 0.0;
  };

  void attach(Manager& manager, std::uint32_t attachment);
  void take_results(int manager, ByteReader& in);
  void take_returned(ByteReader& in);
  void take_lost(ByteReader& in);
  void take_farewell(Manager& manager, ByteReader& in);
  void lose(int manager);
  void serve(double now);
  bool serve_manager(int index);
  bool deadly(const Task& task);
  void issue(int manager, std::vector<std::uint64_t>& serials);
  bool reissuable(std::uint64_t serial, const Manager& manager) const;
  void advance(double now);
  void leave_behind();
  void tell(const Manager& manager, MessageType type);
  void tell_everybody(MessageType type);
  void end_hosts();

  Post& post_;
  const Layout& layout_;
  const Settings& settings_;
  TaskSource& source_;
  DeathRegister deaths_;
  std::vector<Manager> managers_;
  std::unordered_map<std::uint64_t, Issued> issued_;
  std::deque<std::uint64_t> again_;  // to be issued again
  std::uint64_t next_serial_ = 1;
  std::size_t first_served_ = 0;
  Phase phase_ = Phase::working;
  Outcome outcome_;
  double begun_, looked_, reported_, stop_at_ = kNever;
  double next_try_ = 0.0, try_interval_ = 0.0;  // when the source had too few tasks
  RoleCounters counters_;
};

}  // namespace splicemd::taskmgr
