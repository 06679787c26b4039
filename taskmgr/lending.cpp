// How a task manager gets tasks ready, lends them to workers, and what becomes of lost ones.
#include <fmt/format.h>

#include <algorithm>

#include "taskmgr/task_manager.hpp"

namespace splicemd::taskmgr {

void TaskManager::fetch(std::uint64_t serial, Entry& entry) {
  entry.state = State::fetching;
  entry.inputs.assign(entry.keys.size(), nullptr);
  entry.missing = 0;
  std::vector<Key> wanted;
  for (std::size_t k = 0; k < entry.keys.size(); ++k) {
    const Key& key = entry.keys[k];
    entry.inputs[k] = cache_.find(key);
    if (entry.inputs[k]) {
      ++counters_.cache_hits;
      value_bytes_ += entry.inputs[k]->size();
      continue;
    }
    ++counters_.cache_misses;
    ++entry.missing;
    const auto [waiting, first] = fetches_.try_emplace(key);
    std::vector<std::uint64_t>& serials = waiting->second;
    if (serials.empty() || serials.back() != serial) serials.push_back(serial);
    if (first) wanted.push_back(key);
  }
  if (entry.missing == 0) return make_ready(serial, entry);
  ensure(data_ != nullptr, "a task has keys, but there is no data source");
  for (const Key& key : wanted) {  // may answer at once, and end this entry
    data_->get(key, lifeline_.guard([this, key](const Value& value) { arrived(key, value); }));
  }
}

void TaskManager::arrived(const Key& key, const Value& value) {
  const auto waiting = fetches_.extract(key);
  if (waiting.empty()) return;
  if (value) cache_.insert(key, value);
  for (const std::uint64_t serial : waiting.mapped()) {
    const auto found = entries_.find(serial);
    if (found == entries_.end() || found->second.state != State::fetching) continue;
    Entry& entry = found->second;
    if (!value) {
      fail(serial, fmt::format("key {} is not in the store", key.text()), false);
      continue;
    }
    for (std::size_t k = 0; k < entry.keys.size(); ++k) {
      if (entry.inputs[k] || entry.keys[k] != key) continue;
      entry.inputs[k] = value;
      value_bytes_ += value->size();
      --entry.missing;
    }
    counters_.largest_bytes = std::max(counters_.largest_bytes, value_bytes_ + output_bytes_);
    if (entry.missing > 0) continue;
    constexpr double weight = 0.1;  // of the newest fetch in the mean time of one
    fetch_seconds_ += weight * (post_.now() - entry.came - fetch_seconds_);
    make_ready(serial, entry);
  }
}

void TaskManager::make_ready(std::uint64_t serial, Entry& entry) {
  entry.state = State::ready;
  ready_.push({entry.priority, serial});
}

void TaskManager::pass_on(std::uint64_t serial, ByteView result) {
  results_.put_raw(result);
  ++result_count_;
  ++counters_.tasks_done;
  give_up(serial);
}

// Forgets a task that has come to an end.
void TaskManager::give_up(std::uint64_t serial) {
  const auto found = entries_.find(serial);
  for (const Value& value : found->second.inputs) {
    if (value) value_bytes_ -= value->size();
  }
  entries_.erase(found);
}

void TaskManager::give_back(std::uint64_t serial) {
  unrun_.push_back(serial);
  give_up(serial);
}

// An attempt has failed: the task is tried again, alone if it may have killed its worker, or given up.
void TaskManager::fail(std::uint64_t serial, std::string what, bool alone) {
  Entry& entry = entries_.at(serial);
  if (entry.state == State::lent) --lent_;
  entry.attempts.push_back(std::move(what));
  if (static_cast<int>(entry.attempts.size()) >= settings_.deaths) {
    ByteWriter message;
    message.put(MessageType::lost).put(serial);
    message.put(static_cast<std::uint32_t>(entry.attempts.size()));
    for (const std::string& attempt : entry.attempts) message.put(attempt);
    to_manager(message);
    ++counters_.quarantined;
    entry.state = State::ready;
    return give_up(serial);
  }
  if (draining_) {
    entry.state = State::ready;
    return give_back(serial);
  }
  ++counters_.reissued;
  if (alone) {
    entry.state = State::ready;
    suspects_.push_back(serial);
    return;
  }
  for (Value& value : entry.inputs) {
    if (value) value_bytes_ -= value->size();
  }
  fetch(serial, entry);
}

// The worker is taken for dead. The task it ran is under suspicion, the others it held are not.
void TaskManager::lose(Endpoint worker, const std::string& why) {
  const auto known = workers_.find(worker);
  Lending lending = std::move(known->second);
  workers_.erase(known);
  post_.forget(worker);
  ++counters_.lost_workers;
  demand_ -= lending.demand;
  if (lending.reserved) --reserved_;
  if (lending.queued) std::erase(demanders_, worker);
  bool first = true;
  for (const std::uint64_t serial : lending.held) {
    const auto found = entries_.find(serial);
    if (found == entries_.end() || found->second.state != State::lent) continue;
    if (first) {
      fail(serial, fmt::format("endpoint {} was lost at {:.1f} s: {}", worker, post_.now(), why),
           true);
    } else {
      --lent_;
      ++counters_.reissued;
      if (draining_) {
        found->second.state = State::ready;
        give_back(serial);
      } else {
        make_ready(serial, found->second);
      }
    }
    first = false;
  }
}

void TaskManager::want(Endpoint worker, Lending& lending, std::size_t tasks) {
  if (draining_) return;
  lending.demand += tasks;
  demand_ += tasks;
  if (lending.queued) return;
  lending.queued = true;
  demanders_.push_back(worker);
}

bool TaskManager::pop_ready(std::uint64_t& serial) {
  while (!ready_.empty()) {
    serial = ready_.top().serial;
    ready_.pop();
    const auto found = entries_.find(serial);
    if (found != entries_.end() && found->second.state == State::ready) return true;
  }
  return false;
}

// Workers that want tasks take turns, each getting at most its share of what is there.
void TaskManager::hand_out() {
  std::size_t turns = demanders_.size();
  const std::size_t share =
      turns == 0 ? 0 : std::max<std::size_t>(1, (ready_.size() + turns - 1) / turns);
  while (turns-- > 0 && (!ready_.empty() || !suspects_.empty())) {
    const Endpoint worker = demanders_.front();
    demanders_.pop_front();
    const auto known = workers_.find(worker);
    if (known == workers_.end()) continue;
    Lending& lending = known->second;
    lending.queued = false;
    if (!hand_suspect(worker, lending)) hand_to(worker, lending, std::min(share, lending.demand));
    if (lending.demand > 0 && !lending.queued) {
      lending.queued = true;
      demanders_.push_back(worker);
    }
  }
}

// True if the worker is kept for, or was given, a task that must run alone.
bool TaskManager::hand_suspect(Endpoint worker, Lending& lending) {
  if (lending.alone) return true;
  if (!lending.reserved && reserved_ < suspects_.size()) {
    lending.reserved = true;
    ++reserved_;
  }
  if (!lending.reserved) return false;
  if (!lending.held.empty()) return true;
  lending.reserved = false;
  --reserved_;
  while (!suspects_.empty()) {
    const std::uint64_t serial = suspects_.front();
    suspects_.pop_front();
    const auto found = entries_.find(serial);
    if (found == entries_.end() || found->second.state != State::ready) continue;
    ByteWriter message;
    message.put(MessageType::tasks).put(lending.attachment).put(std::uint32_t{1});
    lend(message, serial, found->second, lending);
    to_worker(worker, message);
    lending.alone = true;
    return true;
  }
  return false;
}

void TaskManager::hand_to(Endpoint worker, Lending& lending, std::size_t most) {
  constexpr std::size_t batch_bytes = 1 << 20;
  while (most > 0) {
    ByteWriter body;
    std::uint32_t count = 0;
    std::uint64_t serial = 0;
    while (count < most && body.size() < batch_bytes && pop_ready(serial)) {
      lend(body, serial, entries_.at(serial), lending);
      ++count;
    }
    if (count == 0) return;
    ByteWriter message;
    message.put(MessageType::tasks).put(lending.attachment).put(count);
    message.put_raw(body.view());
    to_worker(worker, message);
    most -= count;
  }
}

void TaskManager::lend(ByteWriter& message, std::uint64_t serial, Entry& entry, Lending& lending) {
  message.put(serial).put(entry.task).put(static_cast<std::uint32_t>(entry.inputs.size()));
  for (const Value& value : entry.inputs) message.put(*value);
  entry.state = State::lent;
  ++lent_;
  lending.held.push_back(serial);
  --lending.demand;
  --demand_;
}

}  // namespace splicemd::taskmgr
