// What a running task asks for, and running one outside a workflow.
#include "taskmgr/run_context.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/clock.hpp"
#include "base/parse.hpp"

namespace splicemd::taskmgr {

namespace {

constexpr double kNap = 0.05;           // s between two agreements of ranks that sleep
constexpr double kLookInterval = 1e-3;  // s between looks at the network while a task runs

}  // namespace

RunContext::RunContext(const Task& task, const std::vector<Bytes>& inputs,
                       const Communicator& group, const Host& host, Output output)
    : task_(task),
      inputs_(inputs),
      group_(group),
      host_(host),
      output_(std::move(output)),
      looked_(host.now()) {}

ByteView RunContext::input(std::size_t k) const {
  ensure(k < inputs_.size(), "task {} ({}) has {} inputs, not {}", task_.id, task_.kind,
         inputs_.size(), k + 1);
  return inputs_[k];
}

void RunContext::put(const Key& key, Bytes value) {
  if (output_) output_(key, std::move(value));
}

void RunContext::progress() {
  const double time = host_.now();
  if (time - looked_ < kLookInterval) return;
  look();
  looked_ = host_.now();
}

// On a worker of several ranks a task is abandoned where all of them meet: in stop_requested() and sleep().
void RunContext::look() {
  host_.turn();
  if (group_.size() == 1 && host_.leaving()) throw Abandoned();
}

bool RunContext::stop_requested() {
  if (group_.size() == 1) return host_.asked_to_stop();
  int level = host_.leaving() ? 2 : host_.asked_to_stop() ? 1 : 0;
  group_.broadcast(level);
  if (level > 1) throw Abandoned();
  return level > 0;
}

void RunContext::sleep(double seconds) {
  if (host_.simulated) {
    slept_ += seconds;
    return;
  }
  const double end = host_.now() + seconds;
  for (double left = seconds; left > 0.0;) {
    look();
    host_.pause(std::min(left, kNap));
    left = end - host_.now();
    if (group_.size() == 1) continue;
    group_.broadcast(left);  // all sleep equally long
    stop_requested();
  }
}

TaskTypes& TaskTypes::add(std::string name, TaskFunction function) {
  rows_[std::move(name)] = std::move(function);
  return *this;
}

const TaskFunction& TaskTypes::at(const std::string& name) const {
  const auto found = rows_.find(name);
  if (found != rows_.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, function] : rows_) names.push_back(known);
  throw RunError(fmt::format("there is no task type '{}'{}", name, did_you_mean(name, names)));
}

Bytes replay(const Task& task, const TaskTypes& types, const std::vector<Bytes>& inputs,
             const Communicator& comm) {
  Host host;
  host.turn = [] {};
  host.pause = [](double seconds) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  };
  host.now = [] { return steady_seconds(); };
  host.asked_to_stop = [] { return false; };
  host.leaving = [] { return false; };
  RunContext context(task, inputs, comm, host, {});
  return types.at(task.kind)(context);
}

}  // namespace splicemd::taskmgr
