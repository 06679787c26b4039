// Issuing tasks, taking results once each, and bringing a workflow to its end.
#include "taskmgr/work_manager.hpp"

#include <algorithm>
#include <utility>

namespace splicemd::taskmgr {

namespace {

constexpr double kFirstTry = 2e-3;  // s until a source that had no task is asked again
constexpr double kLastTry = 0.1;    // s, to which that grows
constexpr std::size_t kTasksAtOnce = 1024;
constexpr std::size_t kTasksPerMessage = 256;

}  // namespace

std::string_view name_of(Ending ending) {
  switch (ending) {
    case Ending::finished:
      return "finished";
    case Ending::stopped:
      return "asked to stop";
    case Ending::wall_time:
      return "wall time reached";
    default:
      return "asked to stop at once";
  }
}

WorkManager::WorkManager(Post& post, const Layout& layout, const Settings& settings,
                         TaskSource& source)
    : post_(post), layout_(layout), settings_(settings), source_(source), deaths_(settings.marks) {
  for (const ManagerPlace& place : layout.managers) {
    managers_.push_back({place.endpoint, place.hardware, false, 0, 0, 0.0});
  }
  begun_ = looked_ = reported_ = post_.now();
  counters_.role = RoleName::work_manager;
  counters_.begun = begun_;
}

void WorkManager::tell(const Manager& manager, MessageType type) {
  ByteWriter message;
  message.put(type);
  post_.send({manager.endpoint, RoleName::task_manager}, RoleName::work_manager, message);
}

void WorkManager::tell_everybody(MessageType type) {
  for (const Manager& manager : managers_) {
    if (manager.present) tell(manager, type);
  }
}

void WorkManager::on_message(Address from, ByteView body) {
  ByteReader in(body);
  const auto type = in.get<MessageType>();
  if (type == MessageType::stop_wish) {
    const auto level = in.get<std::int32_t>();
    stop(level > 1 ? Ending::at_once : Ending::stopped);
    return;
  }
  if (from.role != RoleName::task_manager) return;
  const auto at = std::find_if(managers_.begin(), managers_.end(),
                               [&](const Manager& each) { return each.endpoint == from.endpoint; });
  ensure(at != managers_.end(), "a message from endpoint {}, where no task manager is",
         from.endpoint);
  Manager& manager = *at;
  manager.heard = post_.now();
  if (type == MessageType::attach) return attach(manager, in.get<std::uint32_t>());
  if (type == MessageType::results) take_results(static_cast<int>(at - managers_.begin()), in);
  if (type == MessageType::returned) take_returned(in);
  if (type == MessageType::lost) take_lost(in);
  if (type == MessageType::counters) source_.on_counters(in.get<RoleCounters>());
  if (type == MessageType::farewell) return take_farewell(manager, in);
  if (!manager.present) {
    tell(manager, MessageType::unknown);
  } else if (type == MessageType::request) {
    manager.demand += in.get<std::uint32_t>();
    next_try_ = 0.0;
  }
}

void WorkManager::attach(Manager& manager, std::uint32_t attachment) {
  if (manager.present) lose(static_cast<int>(&manager - managers_.data()));
  manager.present = true;
  manager.attachment = attachment;
  if (phase_ == Phase::draining) tell(manager, MessageType::drain);
  if (phase_ > Phase::draining) tell(manager, MessageType::stop);
}

void WorkManager::take_results(int manager, ByteReader& in) {
  (void)manager;
  const auto count = in.get<std::uint32_t>();
  for (std::uint32_t k = 0; k < count; ++k) {
    TaskResult result;
    result.serial = in.get<std::uint64_t>();
    result.worker = in.get<std::int32_t>();
    result.start = in.get<double>();
    result.stop = in.get<double>();
    const ByteView record = in.get_view();
    const auto found = issued_.find(result.serial);
    if (found == issued_.end()) {
      ++counters_.duplicates;
      continue;
    }
    result.record.assign(record.begin(), record.end());
    result.task = std::move(found->second.task);
    issued_.erase(found);
    ++counters_.tasks_done;
    source_.on_result(std::move(result));
  }
  in.finish();
  next_try_ = try_interval_ = 0.0;
}

void WorkManager::take_returned(ByteReader& in) {
  for (const std::uint64_t serial : in.get_vector<std::uint64_t>()) {
    const auto found = issued_.find(serial);
    if (found == issued_.end()) continue;
    const Task task = std::move(found->second.task);
    issued_.erase(found);
    ++outcome_.unrun;
    source_.on_unrun(task);
  }
}

void WorkManager::take_lost(ByteReader& in) {
  const auto found = issued_.find(in.get<std::uint64_t>());
  if (found == issued_.end()) return;
  Quarantine report{std::move(found->second.task), {}};
  issued_.erase(found);
  const auto attempts = in.get<std::uint32_t>();
  for (std::uint32_t k = 0; k < attempts; ++k) report.attempts.push_back(in.get_text());
  ++counters_.quarantined;
  source_.on_quarantined(report);
}

void WorkManager::take_farewell(Manager& manager, ByteReader& in) {
  source_.on_counters(in.get<RoleCounters>());
  outcome_.silent_workers += in.get<std::uint64_t>();
  manager.present = false;
}

void WorkManager::on_restart(Endpoint endpoint) {
  for (std::size_t m = 0; m < managers_.size(); ++m) {
    if (managers_[m].endpoint == endpoint && managers_[m].present) lose(static_cast<int>(m));
  }
}

// Whatever the task manager held is issued again, to any that fits.
void WorkManager::lose(int manager) {
  Manager& lost = managers_[static_cast<std::size_t>(manager)];
  lost.present = false;
  lost.demand = 0;
  post_.forget(lost.endpoint);
  ++counters_.lost_workers;
  std::vector<std::uint64_t> serials;
  for (const auto& [serial, issued] : issued_) {
    if (issued.manager == manager) serials.push_back(serial);
  }
  std::sort(serials.begin(), serials.end());
  for (const std::uint64_t serial : serials) {
    if (phase_ == Phase::working) {
      again_.push_back(serial);
      continue;
    }
    const Task task = std::move(issued_.at(serial).task);
    issued_.erase(serial);
    ++outcome_.unrun;
    source_.on_unrun(task);
  }
}

void WorkManager::stop(Ending ending) {
  if (ending == Ending::at_once) {
    if (phase_ == Phase::over) return;
    phase_ = Phase::over;
    outcome_.ending = ending;
    for (Endpoint endpoint = 0; endpoint < layout_.ranks; ++endpoint) {
      ByteWriter message;
      message.put(MessageType::leave);
      post_.send({endpoint, RoleName::host}, RoleName::work_manager, message);
    }
  }
  if (phase_ != Phase::working) return;
  phase_ = Phase::draining;
  stop_at_ = post_.now() + settings_.grace;
  outcome_.ending = ending;
  tell_everybody(MessageType::drain);
  for (const std::uint64_t serial : std::exchange(again_, {})) {
    const auto found = issued_.find(serial);
    if (found == issued_.end()) continue;
    const Task task = std::move(found->second.task);
    issued_.erase(found);
    ++outcome_.unrun;
    source_.on_unrun(task);
  }
}

bool WorkManager::reissuable(std::uint64_t serial, const Manager& manager) const {
  const auto found = issued_.find(serial);
  if (found == issued_.end()) return false;
  const std::string& tag = found->second.task.hardware;
  return tag.empty() || tag == manager.hardware;
}

void WorkManager::issue(int manager, std::vector<std::uint64_t>& serials) {
  Manager& to = managers_[static_cast<std::size_t>(manager)];
  for (std::size_t at = 0; at < serials.size();) {
    const std::size_t last = std::min(at + kTasksPerMessage, serials.size());
    ByteWriter message;
    message.put(MessageType::tasks).put(to.attachment);
    message.put(static_cast<std::uint32_t>(last - at));
    for (; at < last; ++at) {
      Issued& issued = issued_.at(serials[at]);
      issued.manager = manager;
      message.put(serials[at]).put(static_cast<std::int32_t>(issued.task.priority));
      message.put(issued.task.keys).put(encode(issued.task));
    }
    post_.send({to.endpoint, RoleName::task_manager}, RoleName::work_manager, message);
  }
  to.demand -= std::min(to.demand, serials.size());
}

// True if the task has killed so many jobs that it is not tried again.
bool WorkManager::deadly(const Task& task) {
  const std::vector<std::string>& attempts = deaths_.attempts(task.id);
  if (static_cast<int>(attempts.size()) < settings_.deaths) return false;
  ++counters_.quarantined;
  source_.on_quarantined({task, attempts});
  return true;
}

// Returns whether the manager got all it wanted this time.
bool WorkManager::serve_manager(int index) {
  Manager& manager = managers_[static_cast<std::size_t>(index)];
  std::size_t wanted = std::min(manager.demand, kTasksAtOnce);
  std::vector<std::uint64_t> serials;
  for (auto at = again_.begin(); at != again_.end() && serials.size() < wanted;) {
    if (!issued_.contains(*at)) {
      at = again_.erase(at);
    } else if (reissuable(*at, manager)) {
      serials.push_back(*at);
      at = again_.erase(at);
      ++counters_.reissued;
    } else {
      ++at;
    }
  }
  const std::size_t room = settings_.outstanding - std::min(settings_.outstanding, issued_.size());
  const std::size_t fresh = std::min(wanted - serials.size(), room);
  if (fresh > 0) {
    std::vector<Task> tasks = source_.next_tasks(fresh, manager.hardware);
    ensure(tasks.size() <= fresh, "the task source gave {} tasks, asked for {}", tasks.size(),
           fresh);
    for (Task& task : tasks) {
      ensure(task.hardware.empty() || task.hardware == manager.hardware,
             "task {} is for hardware '{}', asked for '{}'", task.id, task.hardware,
             manager.hardware);
      if (deadly(task)) continue;
      serials.push_back(next_serial_);
      issued_.emplace(next_serial_++, Issued{std::move(task), index});
    }
    counters_.tasks_in += tasks.size();
  }
  counters_.largest_queue = std::max<std::uint64_t>(counters_.largest_queue, issued_.size());
  wanted -= serials.size();
  issue(index, serials);
  return wanted == 0;
}

void WorkManager::serve(double now) {
  if (now < next_try_) return;
  const std::size_t count = managers_.size();
  bool short_of_tasks = false;
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t m = (first_served_ + k) % count;
    while (managers_[m].present && managers_[m].demand > 0) {
      if (serve_manager(static_cast<int>(m))) continue;
      short_of_tasks = true;
      break;
    }
  }
  first_served_ = (first_served_ + 1) % count;
  next_try_ = 0.0;
  if (short_of_tasks) {
    try_interval_ = std::clamp(2.0 * try_interval_, kFirstTry, kLastTry);
    next_try_ = now + try_interval_;
  }
}

void WorkManager::on_timer(double now) {
  if (phase_ == Phase::working && source_.finished()) stop(Ending::finished);
  if (phase_ == Phase::working && settings_.wall_time > 0.0 &&
      now >= begun_ + settings_.wall_time) {
    stop(Ending::wall_time);
  }
  if (phase_ == Phase::working) serve(now);
  if (now >= looked_ + 0.5 * settings_.heartbeat) {
    const bool blind = now - looked_ > 0.5 * settings_.lease;  // was busy elsewhere: cannot tell
    looked_ = now;
    for (std::size_t m = 0; m < managers_.size(); ++m) {
      if (blind) managers_[m].heard = now;
      if (managers_[m].present && now - managers_[m].heard > settings_.lease) {
        lose(static_cast<int>(m));
      }
    }
  }
  if (now >= reported_ + settings_.report) {
    reported_ = now;
    source_.on_counters(counters());
  }
  advance(now);
}

// Tasks that have not ended within the grace: their workers hang, or do not look whether they should stop.
void WorkManager::leave_behind() {
  for (auto& [serial, issued] : std::exchange(issued_, {})) {
    ++outcome_.unrun;
    source_.on_unrun(issued.task);
  }
}

// From one phase of the end to the next.
void WorkManager::advance(double now) {
  if (phase_ == Phase::draining && now >= stop_at_) leave_behind();
  if (phase_ == Phase::draining && issued_.empty()) {
    phase_ = Phase::stopping;
    stop_at_ = now + 2.0 * settings_.patience;
    for (const Manager& manager : managers_) tell(manager, MessageType::stop);
  }
  if (phase_ == Phase::stopping) {
    const bool gone = std::none_of(managers_.begin(), managers_.end(),
                                   [](const Manager& each) { return each.present; });
    if (gone || now >= stop_at_) {
      phase_ = Phase::settling;
      stop_at_ = kNever;
    }
  }
  if (phase_ == Phase::settling && source_.settled()) {
    source_.on_counters(counters());
    end_hosts();
    phase_ = Phase::over;
  }
  outcome_.results = counters_.tasks_done;
  outcome_.quarantined = counters_.quarantined;
  outcome_.reissued = counters_.reissued;
  outcome_.duplicates = counters_.duplicates;
  outcome_.seconds = now - begun_;
}

void WorkManager::end_hosts() {
  for (const Endpoint store : layout_.stores) {
    ByteWriter message;
    message.put(MessageType::stop);
    post_.send({store, RoleName::host}, RoleName::work_manager, message);
  }
}

double WorkManager::next_deadline() const {
  if (done()) return kNever;
  double next = std::min(looked_ + 0.5 * settings_.heartbeat, reported_ + settings_.report);
  if (phase_ == Phase::working) {
    if (next_try_ > 0.0) next = std::min(next, next_try_);
    if (settings_.wall_time > 0.0) next = std::min(next, begun_ + settings_.wall_time);
  }
  if (phase_ == Phase::settling) next = std::min(next, post_.now() + kFirstTry);
  return std::min(next, stop_at_);
}

RoleCounters WorkManager::counters() const { return post_.complete(counters_); }

}  // namespace splicemd::taskmgr
