// What a running task asks for, and running one outside a workflow.
#include "taskmgr/run_context.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/parse.hpp"

namespace splicemd::taskmgr {

namespace {

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

void RunContext::look() {
  host_.turn();
  if (host_.leaving()) throw Abandoned();
}

bool RunContext::stop_requested() {
  int wanted = host_.asked_to_stop() ? 1 : 0;
  if (group_.size() > 1) group_.broadcast(wanted);
  return wanted != 0;
}

void RunContext::sleep(double seconds) {
  if (host_.simulated) {
    slept_ += seconds;
    return;
  }
  const double end = host_.now() + seconds;
  for (double left = seconds; left > 0.0; left = end - host_.now()) {
    look();
    host_.pause(left);
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
  host.now = [] { return MPI_Wtime(); };
  host.asked_to_stop = [] { return false; };
  host.leaving = [] { return false; };
  RunContext context(task, inputs, comm, host, {});
  return types.at(task.kind)(context);
}

}  // namespace splicemd::taskmgr
