// What a task manager does with messages, and its timers.
#include "taskmgr/task_manager.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace splicemd::taskmgr {

namespace {

constexpr double kRateWindow = 0.25;  // s over which the rate of finished tasks is taken

}  // namespace

TaskManager::TaskManager(Post& post, const Layout& layout, int index, const Settings& settings,
                         DataSource* data)
    : post_(post),
      layout_(layout),
      index_(index),
      settings_(settings),
      data_(data),
      cache_(settings.cache_bytes) {
  counters_.role = RoleName::task_manager;
  counters_.begun = looked_ = rate_since_ = reported_ = post_.now();
  attach_anew();
}

// Tells the work manager that this task manager holds nothing: what it held is issued again.
void TaskManager::attach_anew() {
  with_workers_ = post_.now();
  asked_ = 0;
  std::vector<std::uint64_t> serials;
  for (const auto& [serial, entry] : entries_) {
    if (entry.state == State::fetching || entry.state == State::ready) serials.push_back(serial);
  }
  for (const std::uint64_t serial : serials) give_up(serial);
  ByteWriter message;
  message.put(MessageType::attach).put(++attachment_);
  to_manager(message);
}

void TaskManager::to_manager(ByteWriter& message) {
  post_.send({layout_.work_manager, RoleName::work_manager}, RoleName::task_manager, message);
  sent_ = post_.now();
}

void TaskManager::to_worker(Endpoint worker, ByteWriter& message) {
  post_.send({worker, RoleName::worker}, RoleName::task_manager, message);
}

void TaskManager::on_message(Address from, ByteView body) {
  ByteReader in(body);
  const auto type = in.get<MessageType>();
  if (from.role == RoleName::work_manager) {
    switch (type) {
      case MessageType::tasks:
        return take_tasks(in);
      case MessageType::drain:
        return begin_drain();
      case MessageType::stop:
        return begin_stop();
      case MessageType::unknown:
        return attach_anew();
      default:
        return;
    }
  }
  if (type == MessageType::attach) return attach(from.endpoint, in.get<std::uint32_t>());
  const auto known = workers_.find(from.endpoint);
  if (type == MessageType::results) {
    take_results(from.endpoint, in);
  } else if (type == MessageType::output) {
    take_output(from.endpoint, in);
  } else if (type == MessageType::counters || type == MessageType::farewell) {
    ByteWriter message;
    message.put(MessageType::counters).put(in.get<RoleCounters>());
    to_manager(message);
    if (type == MessageType::farewell && known != workers_.end()) workers_.erase(known);
    if (type == MessageType::farewell) return;
  }
  if (known == workers_.end()) {
    if (stopping_) return;
    ByteWriter message;
    message.put(MessageType::unknown);
    to_worker(from.endpoint, message);
    return;
  }
  known->second.heard = post_.now();
  if (type == MessageType::request) {
    want(from.endpoint, known->second, in.get<std::uint32_t>());
  } else if (type == MessageType::returned) {
    take_returned(from.endpoint, in);
  }
}

void TaskManager::attach(Endpoint worker, std::uint32_t attachment) {
  if (workers_.contains(worker)) lose(worker, "it began anew");
  Lending& lending = workers_[worker];
  lending.heard = post_.now();
  lending.attachment = attachment;
  if (draining_) {
    ByteWriter message;
    message.put(stopping_ ? MessageType::stop : MessageType::drain);
    to_worker(worker, message);
  }
}

void TaskManager::on_restart(Endpoint endpoint) {
  if (workers_.contains(endpoint)) lose(endpoint, "its process died");
}

void TaskManager::take_tasks(ByteReader& in) {
  if (in.get<std::uint32_t>() != attachment_) return;  // issued again meanwhile
  const auto count = in.get<std::uint32_t>();
  for (std::uint32_t k = 0; k < count; ++k) {
    const auto serial = in.get<std::uint64_t>();
    Entry fresh;
    fresh.priority = in.get<std::int32_t>();
    fresh.keys = in.get_vector<Key>();
    fresh.task = in.get_vector<std::byte>();
    fresh.came = post_.now();
    fresh.generation = ++generation_;
    const auto [at, added] = entries_.emplace(serial, std::move(fresh));
    if (!added) continue;  // issued again while this one still holds it
    ++counters_.tasks_in;
    if (draining_) {
      give_back(serial);
    } else {
      fetch(serial, at->second);
    }
  }
  in.finish();
  asked_ -= std::min<std::size_t>(asked_, count);
  counters_.largest_queue = std::max<std::uint64_t>(counters_.largest_queue, entries_.size());
}

void TaskManager::begin_drain() {
  draining_ = true;
  std::vector<std::uint64_t> serials;
  for (const auto& [serial, entry] : entries_) {
    if (entry.state == State::fetching || entry.state == State::ready) serials.push_back(serial);
  }
  std::sort(serials.begin(), serials.end());
  for (const std::uint64_t serial : serials) give_back(serial);
  suspects_.clear();
  for (auto& [worker, lending] : workers_) {
    ByteWriter message;
    message.put(MessageType::drain);
    to_worker(worker, message);
    lending.demand = 0;
  }
  demand_ = 0;
}

// Stops the workers it knows, and those of the layout that it had taken for lost.
void TaskManager::begin_stop() {
  if (stopping_) return;
  stopping_ = draining_ = true;
  stop_at_ = post_.now() + settings_.patience;
  for (const WorkerPlace& place : layout_.workers) {
    if (place.manager != index_ || workers_.contains(place.ranks.front())) continue;
    ByteWriter message;
    message.put(MessageType::stop);
    to_worker(place.ranks.front(), message);
  }
  for (const auto& [worker, lending] : workers_) {
    ByteWriter message;
    message.put(MessageType::stop);
    to_worker(worker, message);
  }
}

void TaskManager::take_results(Endpoint worker, ByteReader& in) {
  const auto count = in.get<std::uint32_t>();
  for (std::uint32_t k = 0; k < count; ++k) {
    const auto serial = in.get<std::uint64_t>();
    const auto failed = in.get<bool>();
    const auto start = in.get<double>();
    const auto stop = in.get<double>();
    take_result(worker, serial, failed, start, stop, in.get_view());
  }
  in.finish();
}

void TaskManager::take_result(Endpoint worker, std::uint64_t serial, bool failed, double start,
                              double stop, ByteView record) {
  const auto known = workers_.find(worker);
  if (known != workers_.end()) let_go(known->second, serial);
  const auto found = entries_.find(serial);
  if (found == entries_.end() || found->second.ended) {
    ++counters_.duplicates;
    return;
  }
  Entry& entry = found->second;
  if (failed) {
    if (entry.state != State::lent) return;  // it is to be tried again already
    ++counters_.failures;
    fail(serial,
         fmt::format("on endpoint {} after {:.3f} s: {}", worker, stop - start, as_text(record)),
         false);
    return;
  }
  ByteWriter result;
  result.put(serial).put(static_cast<std::int32_t>(worker)).put(start).put(stop);
  result.put(std::span<const std::byte>(record));
  if (entry.state == State::lent) --lent_;
  entry.ended = true;
  if (entry.puts == 0) {
    pass_on(serial, result.view());
    return;
  }
  ++storing_;
  entry.state = State::storing;
  entry.result = result.take();
}

void TaskManager::let_go(Lending& lending, std::uint64_t serial) {
  const auto at = std::find(lending.held.begin(), lending.held.end(), serial);
  if (at != lending.held.end()) lending.held.erase(at);
  if (lending.held.empty()) lending.alone = false;
}

void TaskManager::take_returned(Endpoint worker, ByteReader& in) {
  Lending& lending = workers_.at(worker);
  for (const std::uint64_t serial : in.get_vector<std::uint64_t>()) {
    let_go(lending, serial);
    const auto found = entries_.find(serial);
    if (found == entries_.end() || found->second.ended || found->second.state != State::lent) {
      continue;
    }
    --lent_;
    found->second.state = State::ready;
    give_back(serial);
  }
}

void TaskManager::take_output(Endpoint worker, ByteReader& in) {
  const auto serial = in.get<std::uint64_t>();
  const auto key = in.get<Key>();
  const ByteView value = in.get_view();
  const std::uint64_t bytes = value.size();
  const auto found = entries_.find(serial);
  if (found == entries_.end() || found->second.ended) {  // late, and in the store already
    output_bytes_ += bytes;
    stored(worker, serial, 0, bytes);
    return;
  }
  ensure(data_ != nullptr, "a task has outputs, but there is no data source");
  ++found->second.puts;
  output_bytes_ += bytes;
  counters_.largest_bytes = std::max(counters_.largest_bytes, value_bytes_ + output_bytes_);
  data_->put(key, Bytes(value.begin(), value.end()),
             lifeline_.guard([this, worker, serial, generation = found->second.generation, bytes] {
               stored(worker, serial, generation, bytes);
             }));
}

void TaskManager::stored(Endpoint worker, std::uint64_t serial, std::uint64_t generation,
                         std::uint64_t bytes) {
  output_bytes_ -= bytes;
  const auto known = workers_.find(worker);
  if (known != workers_.end()) {
    if (known->second.stored == 0) credit_.push_back(worker);
    known->second.stored += bytes;
  }
  const auto found = entries_.find(serial);
  if (found == entries_.end() || found->second.generation != generation) return;
  Entry& entry = found->second;
  if (--entry.puts > 0 || !entry.ended) return;
  --storing_;
  const Bytes result = std::move(entry.result);
  pass_on(serial, result);
}

void TaskManager::check_leases(double now) {
  if (now < looked_ + 0.5 * settings_.heartbeat) return;
  // Who has not looked for long cannot tell who was silent.
  const bool blind = now - looked_ > 0.5 * settings_.lease;
  looked_ = now;
  std::vector<Endpoint> silent;
  for (auto& [worker, lending] : workers_) {
    if (blind) lending.heard = now;
    if (now - lending.heard > settings_.lease) silent.push_back(worker);
    ByteWriter message;
    message.put(MessageType::heartbeat);
    to_worker(worker, message);
  }
  for (const Endpoint worker : silent) {
    lose(worker, fmt::format("it was silent for {:.1f} s", settings_.lease));
  }
  if (!workers_.empty()) with_workers_ = now;
  if (now - with_workers_ > settings_.lease && !draining_ && !entries_.empty()) attach_anew();
}

void TaskManager::on_timer(double now) {
  if (done_) return;
  if (!stopping_) check_leases(now);
  hand_out();
  send_up();
  ask();
  if (now >= reported_ + settings_.report) {
    reported_ = now;
    ByteWriter message;
    message.put(MessageType::counters).put(counters());
    to_manager(message);
  }
  if (now >= sent_ + settings_.heartbeat) {
    ByteWriter message;
    message.put(MessageType::heartbeat);
    to_manager(message);
  }
  if (stopping_ && (workers_.empty() || now >= stop_at_)) {
    ByteWriter message;
    message.put(MessageType::farewell).put(counters());
    message.put(static_cast<std::uint64_t>(workers_.size()));
    to_manager(message);
    done_ = true;
  }
}

double TaskManager::next_deadline() const {
  if (done_) return kNever;
  double next = std::min(sent_ + settings_.heartbeat, reported_ + settings_.report);
  if (!stopping_) next = std::min(next, looked_ + 0.5 * settings_.heartbeat);
  return std::min(next, stop_at_);
}

RoleCounters TaskManager::counters() const { return post_.complete(counters_); }

void TaskManager::send_up() {
  if (result_count_ > 0) {
    ByteWriter message;
    message.put(MessageType::results).put(result_count_);
    const Bytes results = results_.take();
    message.put_raw(results);
    to_manager(message);
    result_count_ = 0;
  }
  if (!unrun_.empty()) {
    ByteWriter message;
    message.put(MessageType::returned).put(unrun_);
    to_manager(message);
    unrun_.clear();
  }
  for (const Endpoint worker : credit_) {
    const auto known = workers_.find(worker);
    if (known == workers_.end() || known->second.stored == 0) continue;
    ByteWriter message;
    message.put(MessageType::stored).put(known->second.stored);
    known->second.stored = 0;
    to_worker(worker, message);
  }
  credit_.clear();
}

// Asks for what workers want now, and for what they will want until an answer can be here.
void TaskManager::ask() {
  const double now = post_.now();
  if (now - rate_since_ >= kRateWindow) {
    const double recent =
        static_cast<double>(counters_.tasks_done - rate_tasks_) / (now - rate_since_);
    rate_ = recent > rate_ ? recent : 0.5 * (rate_ + recent);
    rate_since_ = now;
    rate_tasks_ = counters_.tasks_done;
  }
  if (draining_ || workers_.empty()) return;
  const double lead = settings_.manager_ahead + 2.0 * fetch_seconds_;
  const auto reserve = 1 + static_cast<std::size_t>(std::ceil(rate_ * lead));
  const std::size_t have = stock() + asked_;
  if (have >= demand_ + reserve) return;
  const std::uint64_t held_bytes = value_bytes_ + output_bytes_;
  if (stock() > 0 && held_bytes > settings_.cache_bytes) return;
  const std::size_t limit = settings_.manager_tasks;
  if (entries_.size() + asked_ >= limit) return;
  const std::size_t wanted =
      std::min(demand_ + 2 * reserve - have, limit - entries_.size() - asked_);
  ByteWriter message;
  message.put(MessageType::request).put(static_cast<std::uint32_t>(wanted));
  to_manager(message);
  asked_ += wanted;
}

}  // namespace splicemd::taskmgr
