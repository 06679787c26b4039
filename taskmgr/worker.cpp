// Asking for tasks, running them and passing on what they give.
#include "taskmgr/worker.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace splicemd::taskmgr {

namespace {

constexpr double kSlice = 200e-6;    // s of short tasks between two looks at the network
constexpr double kLong = 1e-3;       // s from which on a task is worth a look before and after it
constexpr double kMeanWeight = 0.2;  // of the newest task in the mean time of a task
constexpr std::size_t kResultBytes = 32 << 10;

void add_to_mean(double& mean, double value) {
  mean = mean < 0.0 ? value : mean + kMeanWeight * (value - mean);
}

ByteWriter message_of(MessageType type) {
  ByteWriter message;
  message.put(type);
  return message;
}

// Runs a task with a mark of it on disk.
TaskEnd run_marked(RunningMark* mark, const Task& task, const GroupOutcome& group,
                   const std::function<void()>& call, std::string& failure) {
  if (mark != nullptr) mark->begin(task);
  try {
    const TaskEnd how = group.run(call, failure);
    if (mark != nullptr && how != TaskEnd::abandoned) mark->end();
    return how;
  } catch (const RanksLost&) {
    if (mark != nullptr) mark->condemn();
    throw;
  }
}

}  // namespace

Worker::Worker(Post& post, const Layout& layout, int index, const Settings& settings,
               const TaskTypes& types, const Communicator& group, Host host, RunningMark* mark)
    : post_(post),
      layout_(layout),
      place_(layout.workers[static_cast<std::size_t>(index)]),
      settings_(settings),
      types_(types),
      group_(group),
      host_(std::move(host)),
      outcome_(group, host_, settings.grace),
      mark_(mark),
      manager_(place_.manager) {
  host_.asked_to_stop = [this] { return draining_; };
  counters_.role = RoleName::worker;
  counters_.begun = post_.now();
  attach();
  ask();
}

void Worker::send(ByteWriter& message) {
  const Endpoint manager = layout_.managers[static_cast<std::size_t>(manager_)].endpoint;
  post_.send({manager, RoleName::task_manager}, RoleName::worker, message);
  sent_ = post_.now();
}

void Worker::attach() {
  ++attachment_;
  queue_.clear();
  asked_ = 0;
  under_way_ = 0;
  heard_ = post_.now();
  ByteWriter message = message_of(MessageType::attach);
  message.put(attachment_);
  send(message);
}

// The task manager has been silent for a lease: the next one with the same hardware takes over.
void Worker::next_manager() {
  post_.forget(layout_.managers[static_cast<std::size_t>(manager_)].endpoint);
  const auto count = static_cast<int>(layout_.managers.size());
  const auto hardware = [&](int m) {
    return layout_.managers[static_cast<std::size_t>(m)].hardware;
  };
  const std::string wanted = hardware(manager_);
  do {
    manager_ = (manager_ + 1) % count;
  } while (hardware(manager_) != wanted);
  attach();
  ask();
}

void Worker::on_message(Address from, ByteView body) {
  if (from.endpoint != layout_.managers[static_cast<std::size_t>(manager_)].endpoint) {
    // A former task manager may still end this worker, but not feed it.
    if (static_cast<MessageType>(body[0]) != MessageType::stop) return;
  }
  heard_ = post_.now();
  ByteReader in(body);
  switch (in.get<MessageType>()) {
    case MessageType::tasks:
      take_tasks(in);
      break;
    case MessageType::stored:
      under_way_ -= std::min(under_way_, in.get<std::uint64_t>());
      break;
    case MessageType::unknown:
      attach();
      ask();
      break;
    case MessageType::drain:
      drain();
      break;
    case MessageType::stop: {
      stop_members();
      ByteWriter message = message_of(MessageType::farewell);
      message.put(counters());
      post_.send(from, RoleName::worker, message);
      done_ = true;
      break;
    }
    default:
      break;
  }
}

void Worker::on_restart(Endpoint endpoint) {
  if (endpoint == layout_.managers[static_cast<std::size_t>(manager_)].endpoint) {
    attach();
    ask();
  }
}

void Worker::take_tasks(ByteReader& in) {
  if (in.get<std::uint32_t>() != attachment_) return;  // handed out again meanwhile
  const auto count = in.get<std::uint32_t>();
  for (std::uint32_t k = 0; k < count; ++k) {
    Assigned& assigned = queue_.emplace_back();
    assigned.serial = in.get<std::uint64_t>();
    assigned.task = decode_task(in.get_view());
    const auto inputs = in.get<std::uint32_t>();
    ensure(inputs == assigned.task.keys.size(), "task {} came with {} values for {} keys",
           assigned.task.id, inputs, assigned.task.keys.size());
    for (std::uint32_t i = 0; i < inputs; ++i) {
      assigned.inputs.push_back(in.get_vector<std::byte>());
    }
  }
  in.finish();
  asked_ -= std::min<std::size_t>(asked_, count);
  counters_.tasks_in += count;
  counters_.largest_queue = std::max<std::uint64_t>(counters_.largest_queue, queue_.size());
  if (draining_) drain();
}

// Gives back what has not begun.
void Worker::drain() {
  draining_ = true;
  if (queue_.empty()) return;
  std::vector<std::uint64_t> serials;
  for (const Assigned& assigned : queue_) serials.push_back(assigned.serial);
  queue_.clear();
  give_back(serials);
}

void Worker::give_back(const std::vector<std::uint64_t>& serials) {
  ByteWriter message = message_of(MessageType::returned);
  message.put(serials);
  send(message);
}

void Worker::on_timer(double now) {
  if (done_) return;
  if (held_ && now >= held_->stop) {
    Ended ended = std::move(*held_);
    held_.reset();
    end(std::move(ended));
    send_results();
    ask();
  }
  if (now >= heard_ + settings_.lease) next_manager();
  if (now >= reported_ + settings_.report) {
    ByteWriter message = message_of(MessageType::counters);
    message.put(counters());
    send(message);
    reported_ = now;
  }
  if (now >= sent_ + settings_.heartbeat) {
    ByteWriter message = message_of(MessageType::heartbeat);
    send(message);
  }
}

double Worker::next_deadline() const {
  if (done_) return kNever;
  double next = std::min(sent_ + settings_.heartbeat, heard_ + settings_.lease);
  next = std::min(next, reported_ + settings_.report);
  return held_ ? std::min(next, held_->stop) : next;
}

// How many tasks to hold besides the running one.
std::size_t Worker::tasks_ahead() const {
  if (mean_seconds_ < 0.0) return 1;
  const double shortest = settings_.worker_ahead / static_cast<double>(settings_.worker_tasks);
  const double tasks = settings_.worker_ahead / std::max(mean_seconds_, shortest);
  return std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(tasks)));
}

// Asks for more when half of what it should hold is gone.
void Worker::ask() {
  if (draining_ || done_) return;
  const std::size_t idle = running_ || held_ ? 0 : 1;  // nothing runs: one more
  const std::size_t wanted = tasks_ahead() + idle;
  const std::size_t have = queue_.size() + asked_;
  if (2 * have > wanted) return;
  ByteWriter message = message_of(MessageType::request);
  message.put(static_cast<std::uint32_t>(wanted - have));
  send(message);
  asked_ += wanted - have;
}

Worker::Kind& Worker::kind(const std::string& name) {
  Kind& kind = kinds_[name];
  if (kind.function == nullptr) kind.function = &types_.at(name);
  return kind;
}

bool Worker::work() {
  // Begins nothing while the store is behind.
  const auto may_run = [this] {
    return !held_ && !queue_.empty() && under_way_ <= settings_.output_bytes;
  };
  if (running_ || done_ || !may_run()) return false;
  const double begun = post_.now();
  do {
    const Assigned assigned = std::move(queue_.front());
    queue_.pop_front();
    run(assigned);
  } while (may_run() && post_.now() - begun < kSlice);
  send_results();
  ask();
  return true;
}

void Worker::run(const Assigned& assigned) {
  running_ = true;
  const auto known = kinds_.find(assigned.task.kind);
  const bool is_long = known == kinds_.end() || !(known->second.seconds < kLong);
  if (is_long) {
    send_results();
    ask();
    if (!settings_.simulated) host_.turn();
  }
  Ended ended{assigned.serial, false, post_.now(), 0.0, {}, 0};
  double slept = 0.0;
  if (group_.size() > 1) lead_members(assigned);
  const auto put = [&](const Key& key, const Bytes& value) {
    if (ended.attachment == 0) ended.attachment = attachment_;
    under_way_ += value.size();
    ByteWriter message = message_of(MessageType::output);
    message.put(assigned.serial).put(key).put(value);
    send(message);
  };
  std::string failure;
  const auto call = [&] {
    RunContext context(assigned.task, assigned.inputs, group_, host_, put);
    ended.record = (*kind(assigned.task.kind).function)(context);
    slept = context.slept();
  };
  const TaskEnd how = run_marked(mark_, assigned.task, outcome_, call, failure);
  if (how == TaskEnd::abandoned) {
    done_ = true;
    return;
  }
  running_ = false;
  if (how == TaskEnd::given_up) return give_back({assigned.serial});
  if (how == TaskEnd::failed) {
    ended.failed = true;
    ended.record = to_bytes(failure);
  }
  ended.stop = post_.now() + slept;
  const double seconds = ended.stop - ended.start;
  add_to_mean(kinds_[assigned.task.kind].seconds, seconds);
  add_to_mean(mean_seconds_, seconds);
  if (slept > 0.0) {
    held_ = std::move(ended);
  } else {
    end(std::move(ended));
  }
}

void Worker::end(Ended ended) {
  counters_.task_seconds += ended.stop - ended.start;
  ++(ended.failed ? counters_.failures : counters_.tasks_done);
  ended_.push_back(std::move(ended));
}

void Worker::send_results() {
  // Outputs may have died with a former task manager: then the task counts as lost, and is run again.
  std::erase_if(ended_, [this](const Ended& ended) {
    return ended.attachment != 0 && ended.attachment != attachment_;
  });
  std::size_t at = 0;
  while (at < ended_.size()) {
    std::size_t last = at;
    for (std::size_t bytes = 0; last < ended_.size() && bytes < kResultBytes; ++last) {
      bytes += ended_[last].record.size();
    }
    ByteWriter message = message_of(MessageType::results);
    message.put(static_cast<std::uint32_t>(last - at));
    for (; at < last; ++at) {
      const Ended& ended = ended_[at];
      message.put(ended.serial).put(ended.failed).put(ended.start).put(ended.stop);
      message.put(ended.record);
    }
    send(message);
  }
  ended_.clear();
}

RoleCounters Worker::counters() const { return post_.complete(counters_); }

void Worker::lead_members(const Assigned& assigned) const {
  ByteWriter message = message_of(MessageType::tasks);
  message.put(encode(assigned.task)).put(static_cast<std::uint32_t>(assigned.inputs.size()));
  for (const Bytes& input : assigned.inputs) message.put(input);
  const Bytes body = message.take();
  for (std::size_t k = 1; k < place_.ranks.size(); ++k) {
    post_.send({place_.ranks[k], RoleName::member}, RoleName::worker, body);
  }
  post_.flush();
  host_.turn();
}

void Worker::stop_members() {
  for (std::size_t k = 1; k < place_.ranks.size(); ++k) {
    ByteWriter message = message_of(MessageType::stop);
    post_.send({place_.ranks[k], RoleName::member}, RoleName::worker, message);
  }
}

GroupMember::GroupMember(const Settings& settings, const TaskTypes& types,
                         const Communicator& group, Host host, RunningMark* mark)
    : types_(types),
      group_(group),
      host_(std::move(host)),
      outcome_(group, host_, settings.grace),
      mark_(mark) {
  host_.asked_to_stop = [] { return false; };
}

void GroupMember::on_message(Address, ByteView body) {
  switch (static_cast<MessageType>(body[0])) {
    case MessageType::tasks:
      queue_.emplace_back(body.begin() + 1, body.end());
      break;
    case MessageType::stop:
      done_ = true;
      break;
    default:
      break;
  }
}

bool GroupMember::work() {
  if (running_ || queue_.empty()) return false;
  const Bytes body = std::move(queue_.front());
  queue_.pop_front();
  ByteReader in(body);
  const Task task = decode_task(in.get_view());
  const auto count = in.get<std::uint32_t>();
  std::vector<Bytes> inputs;
  for (std::uint32_t k = 0; k < count; ++k) inputs.push_back(in.get_vector<std::byte>());
  running_ = true;
  const auto call = [&] {
    RunContext context(task, inputs, group_, host_, {});
    types_.at(task.kind)(context);
  };
  std::string failure;  // which the leader reports
  const TaskEnd how = run_marked(mark_, task, outcome_, call, failure);
  done_ = done_ || how == TaskEnd::abandoned;
  running_ = false;
  return true;
}

}  // namespace splicemd::taskmgr
