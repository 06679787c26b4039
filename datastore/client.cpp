// The client's requests: a window of those under way, one change per key at a time, repetition.
#include "datastore/client.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/error.hpp"
#include "datastore/parts.hpp"

namespace splicemd::datastore {

StoreClient::StoreClient(Transport& transport, std::vector<Endpoint> servers, std::uint64_t parts,
                         ClientOptions options)
    : transport_(transport),
      servers_(std::move(servers)),
      parts_(parts),
      options_(options),
      cache_(options.cache_bytes) {
  ensure(!servers_.empty() && parts_ >= servers_.size(), "{} store servers for {} parts",
         servers_.size(), parts_);
  if (options_.session == 0) {
    options_.session =
        static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  }
}

Endpoint StoreClient::server_of(const Key& key) const {
  return servers_[part_of(key, parts_) % servers_.size()];
}

const StoreClient::Job* StoreClient::last_change(const Key& key) const {
  const auto found = changes_.find(key);
  if (found == changes_.end()) return nullptr;
  const std::uint64_t number = found->second.back();
  const auto waiting = waiting_.find(number);
  return waiting != waiting_.end() ? &waiting->second : &under_way_.at(number);
}

std::uint64_t StoreClient::add(Job job) {
  const std::uint64_t number = next_number_++;
  pending_bytes_ += job.size();
  waiting_.emplace(number, std::move(job));
  return number;
}

Future StoreClient::change(Request kind, const Key& key, Value value) {
  const Promise promise;
  changes_[key].push_back(add({kind, key, std::move(value), {promise}}));
  cache_.erase(key);
  fill_window();
  return promise.future();
}

Future StoreClient::put(const Key& key, Value value) {
  check_size(value);
  return change(Request::put, key, std::move(value));
}

Future StoreClient::take(const Key& key) { return change(Request::take, key, nullptr); }
Future StoreClient::erase(const Key& key) { return change(Request::erase, key, nullptr); }

Future StoreClient::get(const Key& key) {
  if (const Job* own = last_change(key)) {
    return own->kind == Request::put ? ready_future({Outcome::ok, own->value, ""})
                                     : ready_future({Outcome::absent, nullptr, ""});
  }
  if (Value value = cache_.find(key)) return ready_future({Outcome::ok, std::move(value), ""});
  const Promise promise;
  const auto asked = gets_.find(key);
  if (asked != gets_.end()) {  // prefetched, or asked for twice
    const auto waiting = waiting_.find(asked->second);
    Job& job = waiting != waiting_.end() ? waiting->second : under_way_.at(asked->second);
    job.promises.push_back(promise);
  } else {
    gets_[key] = add({Request::get, key, nullptr, {promise}});
    fill_window();
  }
  return promise.future();
}

void StoreClient::prefetch(const Key& key) {
  if (last_change(key) == nullptr && gets_.count(key) == 0 && !cache_.find(key)) get(key);
}

// Numbers start in order, except that a change waits for the one before it of the same key.
void StoreClient::fill_window() {
  for (auto next = waiting_.begin(); next != waiting_.end();) {
    const std::uint64_t number = next->first;
    const Job& job = next->second;
    ++next;
    const bool room = under_way_.empty() || (under_way_.size() < options_.window_requests &&
                                             window_used_ + job.size() <= options_.window_bytes);
    if (!room) return;
    if (job.kind == Request::get || changes_.at(job.key).front() == number) start(number);
  }
}

void StoreClient::start(std::uint64_t number) {
  auto node = waiting_.extract(number);
  Job& job = node.mapped();
  window_used_ += job.size();
  job.interval = options_.repeat_seconds;
  job.first_sent = transport_.now();
  job.repeat_at = job.first_sent + job.interval;
  next_repeat_ = std::min(next_repeat_, job.repeat_at);
  send(number, job);
  under_way_.insert(std::move(node));
}

// Waiting requests have numbers too: none below the lowest of both is unanswered.
std::uint64_t StoreClient::floor() const {
  std::uint64_t lowest = next_number_;
  if (!waiting_.empty()) lowest = std::min(lowest, waiting_.begin()->first);
  if (!under_way_.empty()) lowest = std::min(lowest, under_way_.begin()->first);
  return lowest;
}

void StoreClient::send(std::uint64_t number, const Job& job) {
  RequestMessage request;
  request.kind = job.kind;
  request.session = options_.session;
  request.number = number;
  request.floor = std::min(floor(), number);
  request.key = job.key;
  if (job.value) request.value = *job.value;
  transport_.send(server_of(job.key), encode(request));
}

void StoreClient::progress() {
  while (const auto message = transport_.receive()) handle(*message);
  if (transport_.now() >= next_repeat_) repeat_late();
  fill_window();
}

void StoreClient::repeat_late() {
  const double now = transport_.now();
  next_repeat_ = std::numeric_limits<double>::infinity();
  std::vector<std::uint64_t> hopeless;
  for (auto& [number, job] : under_way_) {
    if (now - job.first_sent > options_.patience_seconds) {
      hopeless.push_back(number);
      continue;
    }
    if (job.repeat_at <= now) {
      send(number, job);
      job.interval *= 2.0;
      job.repeat_at = now + job.interval;
    }
    next_repeat_ = std::min(next_repeat_, job.repeat_at);
  }
  for (const std::uint64_t number : hopeless) {
    const auto found = under_way_.find(number);
    if (found == under_way_.end()) continue;
    const Endpoint server = server_of(found->second.key);
    finish(number, {Outcome::failed, nullptr,
                    fmt::format("the store server at endpoint {} does not answer", server)});
  }
}

void StoreClient::handle(const Message& message) {
  const ReplyMessage answer = decode_reply(message.body);
  if (answer.session != options_.session || under_way_.count(answer.number) == 0) return;
  Reply reply{answer.outcome, nullptr, answer.message};
  if (answer.has_value)
    reply.value = std::make_shared<const Bytes>(answer.value.begin(), answer.value.end());
  finish(answer.number, reply);
}

void StoreClient::finish(std::uint64_t number, const Reply& reply) {
  auto node = under_way_.extract(number);
  const Job& job = node.mapped();
  window_used_ -= job.size();
  pending_bytes_ -= job.size();
  if (job.kind == Request::get) {
    gets_.erase(job.key);
    if (reply.ok() && last_change(job.key) == nullptr) cache_.insert(job.key, reply.value);
  } else {
    auto& queue = changes_.at(job.key);
    queue.pop_front();
    if (queue.empty()) {
      changes_.erase(job.key);
      if (job.kind == Request::put && reply.ok()) cache_.insert(job.key, job.value);
    }
  }
  fill_window();
  AllCalls calls;
  for (const Promise& promise : job.promises) calls.make([&] { promise.set(reply); });
  calls.rethrow();
}

double StoreClient::seconds_until_due() const {
  return std::max(0.0, next_repeat_ - transport_.now());
}

const Reply& StoreClient::wait(const Future& future) {
  while (true) {
    progress();
    if (future.ready()) return future.reply();
    transport_.wait(std::min(seconds_until_due(), 1.0));
  }
}

}  // namespace splicemd::datastore
