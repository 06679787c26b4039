// The loop of an endpoint.
#include "taskmgr/node.hpp"

#include <algorithm>
#include <utility>

namespace splicemd::taskmgr {

namespace {

constexpr double kLongestWait = 0.05;  // s: the stop function is asked at least this often

}  // namespace

Node::Node(Transport& transport, const Layout& layout, const Settings& settings,
           const Application& application, const Communicator& group, std::uint32_t life)
    : transport_(transport),
      layout_(layout),
      settings_(settings),
      application_(application),
      post_(transport, {settings.lossy, life}) {
  const Endpoint self = transport.self();
  if (self == layout.work_manager) {
    ensure(application.source != nullptr, "the work manager's endpoint has no task source");
    work_manager_ = std::make_unique<WorkManager>(post_, layout, settings, *application.source);
  }
  for (std::size_t m = 0; m < layout.managers.size(); ++m) {
    if (layout.managers[m].endpoint != self) continue;
    task_manager_ = std::make_unique<TaskManager>(post_, layout, static_cast<int>(m), settings,
                                                  application.data);
  }
  const int index = layout.worker_of(self);
  if (index >= 0) {
    ensure(application.types != nullptr, "endpoint {} is a worker without task types", self);
    const WorkerPlace& place = layout.workers[static_cast<std::size_t>(index)];
    if (!settings.marks.empty()) mark_ = std::make_unique<RunningMark>(settings.marks, self);
    if (place.ranks.front() == self) {
      worker_ = std::make_unique<Worker>(post_, layout, index, settings, *application.types, group,
                                         host(), mark_.get());
    } else {
      member_ =
          std::make_unique<GroupMember>(settings, *application.types, group, host(), mark_.get());
    }
  }
  waits_for_stop_ =
      std::find(layout.stores.begin(), layout.stores.end(), self) != layout.stores.end();
}

Host Node::host() {
  Host host;
  host.turn = [this] { turn_in_task(); };
  host.pause = [this](double seconds) { transport_.wait(std::min(seconds, kLongestWait)); };
  host.now = [this] { return transport_.now(); };
  host.leaving = [this] { return stop_level_ > 1; };
  host.simulated = settings_.simulated;
  return host;
}

template <class Action>
void Node::for_each_role(const Action& action) const {
  if (work_manager_) action(*work_manager_);
  if (task_manager_) action(*task_manager_);
  if (worker_) action(*worker_);
  if (member_) action(*member_);
}

void Node::handle(RoleName to, Address from, ByteView body) {
  if (body.empty()) return;
  switch (to) {
    case RoleName::work_manager:
      if (work_manager_) work_manager_->on_message(from, body);
      break;
    case RoleName::task_manager:
      if (task_manager_) task_manager_->on_message(from, body);
      break;
    case RoleName::worker:
      if (worker_) worker_->on_message(from, body);
      break;
    case RoleName::member:
      if (member_) member_->on_message(from, body);
      break;
    case RoleName::host:
      if (static_cast<MessageType>(body[0]) == MessageType::stop) waits_for_stop_ = false;
      if (static_cast<MessageType>(body[0]) == MessageType::leave) stop_level_ = 2;
      break;
  }
}

// Tells the work manager that this process was asked to stop.
void Node::heed_stop() {
  if (!application_.stop) return;
  const int level = application_.stop();
  if (level <= stop_level_) return;
  stop_level_ = level;
  ByteWriter message;
  message.put(MessageType::stop_wish).put(static_cast<std::int32_t>(level));
  post_.send({layout_.work_manager, RoleName::work_manager}, RoleName::host, message);
}

bool Node::turn() {
  heed_stop();
  bool any =
      post_.deliver([this](RoleName to, Address from, ByteView body) { handle(to, from, body); },
                    [this](Endpoint endpoint) {
                      for_each_role([endpoint](Role& role) { role.on_restart(endpoint); });
                    });
  for (Service* service : application_.services) any = service->progress() || any;
  if (application_.data != nullptr && task_manager_) application_.data->progress();
  const double now = transport_.now();
  for_each_role([now](Role& role) { role.on_timer(now); });
  post_.flush();
  return any;
}

// A failure of another role, or of the application's part in it, is not the running task's: the task is abandoned, and
// work() throws the failure.
void Node::turn_in_task() {
  try {
    turn();
  } catch (...) {
    failure_ = std::current_exception();
    throw Abandoned();
  }
}

bool Node::work() {
  bool worked = true;
  try {
    worked = (worker_ && worker_->work()) || (member_ && member_->work());
  } catch (const Abandoned&) {
    ensure(failure_ != nullptr, "a task was abandoned without a reason");
  }
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  if (worked) post_.flush();
  return worked;
}

double Node::next_deadline() const {
  double next = post_.next_deadline();
  for_each_role([&next](const Role& role) { next = std::min(next, role.next_deadline()); });
  for (const Service* service : application_.services) {
    next = std::min(next, service->next_deadline());
  }
  if (application_.data != nullptr && task_manager_) {
    next = std::min(next, application_.data->next_deadline());
  }
  return next;
}

bool Node::done() const {
  if (stop_level_ > 1) return true;
  bool all = !waits_for_stop_;
  for_each_role([&all](const Role& role) { all = all && role.done(); });
  return all && !post_.waiting();
}

void Node::run() {
  while (!done()) {
    const bool any = turn();
    const bool worked = work();
    if (any || worked || busy()) continue;
    const double until = next_deadline() - transport_.now();
    transport_.wait(std::clamp(until, 0.0, kLongestWait));
  }
  post_.flush();
  const double patience = transport_.now() + (stop_level_ > 1 ? 1.0 : settings_.patience);
  while (transport_.sending() && transport_.now() < patience) transport_.wait(1e-3);
}

Outcome Node::outcome() const {
  if (work_manager_) return work_manager_->outcome();
  Outcome outcome;
  if (stop_level_ > 0) outcome.ending = stop_level_ > 1 ? Ending::at_once : Ending::stopped;
  return outcome;
}

}  // namespace splicemd::taskmgr
