// Drawing plans, playing them and checking what came of them.
#include "tests/taskmgr/chaos.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/checksum.hpp"

namespace splicemd::taskmgr::test {

namespace {

constexpr double kLongest = 3000.0;  // simulated s after which a schedule counts as stuck

Key output_key(std::uint64_t id) { return {0x6f7574, id}; }

// What task `id` with this seed must return, given the output it needed.
std::uint64_t expected_record(std::uint64_t seed, std::uint64_t input) {
  return seed * 0x9e3779b97f4a7c15ULL + input;
}

// Every third task needs the output of an earlier one.
bool needs_input(std::uint64_t id) { return id % 3 == 2; }
std::uint64_t needed(std::uint64_t id) { return id / 2; }

Layout draw_layout(RandomSequence& random) {
  Layout layout;
  const auto managers = static_cast<int>(1 + random.below(3));
  const auto workers = static_cast<int>(managers + random.below(10));
  const bool apart = random.below(2) == 0;  // the first manager on a rank of its own
  Endpoint next = 1;
  for (int m = 0; m < managers; ++m) layout.managers.push_back({m == 0 && !apart ? 0 : next++, ""});
  for (int w = 0; w < workers; ++w) layout.workers.push_back({{next++}, w % managers});
  if (random.below(3) == 0) layout.stores = {0, next++};
  layout.ranks = next;
  return layout;
}

}  // namespace

std::string Plan::text() const {
  return fmt::format(
      "seed {}: {} managers, {} workers, {} tasks of up to {:.3f} s; latency {:.4f} + {:.4f} s, "
      "drop "
      "{:.2f}, duplicate {:.2f}, late {:.3f} by {:.2f} s; store {:.3f} s; throws {:.2f}; killers "
      "1/{}; "
      "{} worker deaths, {} manager deaths; stop at {:.2f} s",
      seed, layout.managers.size(), layout.workers.size(), tasks, longest_task, network.latency,
      network.jitter, network.drop, network.duplicate, network.late, network.lateness, store_delay,
      transient, killer_every, worker_deaths, manager_deaths, stop_at);
}

Plan draw_plan(std::uint64_t seed) {
  RandomSequence random(seed, RandomStream::user);
  Plan plan;
  plan.seed = seed;
  plan.layout = draw_layout(random);
  plan.tasks = 10 + random.below(150);
  plan.longest_task = random.below(4) == 0 ? 0.0 : 2.0 * random.uniform();
  plan.store_delay = random.below(2) == 0 ? 0.0 : 0.2 * random.uniform();
  plan.network.seed = seed;
  plan.network.latency = 0.005 * random.uniform();
  if (random.below(4) != 0) plan.network.jitter = 0.05 * random.uniform();
  if (random.below(3) != 0) plan.network.drop = 0.3 * random.uniform();
  if (random.below(3) != 0) plan.network.duplicate = 0.3 * random.uniform();
  plan.settings.lossy = true;  // deaths need it even where no message is lost
  plan.settings.lease = 5.0;
  plan.settings.heartbeat = 0.5;
  plan.settings.report = 5.0;
  plan.settings.patience = 20.0;
  if (random.below(2) == 0) plan.settings.outstanding = 8 + random.below(60);
  if (random.below(2) == 0) plan.settings.manager_tasks = 4 + random.below(40);
  if (random.below(3) == 0) plan.settings.cache_bytes = 64;
  if (random.below(3) == 0) plan.settings.output_bytes = 16;
  if (random.below(4) == 0) {
    plan.killer_every = 10 + random.below(20);
  } else {
    plan.settings.deaths = 1000;
    plan.worker_deaths = static_cast<int>(random.below(12));
    if (random.below(3) == 0) plan.manager_deaths = static_cast<int>(random.below(3));
    if (random.below(3) == 0) {  // so late that the living are taken for dead
      plan.network.late = 0.02;
      plan.network.lateness = 10.0 * random.uniform();
    }
    if (random.below(3) == 0) plan.transient = 0.2;
  }
  if (random.below(5) == 0) plan.stop_at = 0.1 + 5.0 * random.uniform();
  return plan;
}

void SlowData::later(std::function<void()> action) {
  if (delay_ == 0.0 && random_.below(2) == 0) return action();
  due_.emplace(now_() + delay_ * random_.uniform(), std::move(action));
}

void SlowData::get(const Key& key, std::function<void(Value)> arrived) {
  later([this, key, arrived = std::move(arrived)] {
    const auto found = store_.values.find(key);
    arrived(found == store_.values.end() ? nullptr : std::make_shared<const Bytes>(found->second));
  });
}

void SlowData::put(const Key& key, Bytes value, std::function<void()> stored) {
  later([this, key, value = std::move(value), stored = std::move(stored)] {
    store_.values[key] = value;
    stored();
  });
}

void SlowData::progress() {
  while (!due_.empty() && due_.begin()->first <= now_()) {
    const auto action = std::move(due_.begin()->second);
    due_.erase(due_.begin());
    action();
  }
}

double SlowData::next_deadline() const { return due_.empty() ? kNever : due_.begin()->first; }

ChaosRun::ChaosRun(const Plan& plan)
    : plan_(plan), fates_(plan.tasks), random_(plan.seed + 1, RandomStream::user) {
  for (std::uint64_t id = 0; id < plan.tasks; ++id) {
    if (needs_input(id)) {
      waiting_.insert(id);
    } else {
      ready_.push_back(id);
    }
  }
  std::reverse(ready_.begin(), ready_.end());
}

ChaosRun::~ChaosRun() = default;

void ChaosRun::complain(const std::string& what) { complaints_ += what + "\n"; }

bool ChaosRun::is_killer(std::uint64_t id) const {
  return plan_.killer_every > 0 && id % plan_.killer_every == plan_.killer_every - 1;
}

Task ChaosRun::make_task(std::uint64_t id) const {
  Task task;
  task.id = id;
  task.kind = "chaos";
  task.seed = task_seed(plan_.seed, id);
  task.priority = static_cast<int>(id % 5);
  if (needs_input(id)) task.keys = {output_key(needed(id)), output_key(needed(id))};
  return task;
}

const Application& ChaosRun::application(Endpoint endpoint, std::uint32_t life) {
  types_.push_back(std::make_unique<TaskTypes>());
  types_.back()->add("chaos",
                     [this, endpoint](TaskContext& context) { return execute(context, endpoint); });
  data_.push_back(std::make_unique<SlowData>(
      store_, [this] { return simulation_->now(); }, plan_.store_delay,
      plan_.seed + 100 * static_cast<std::uint64_t>(endpoint) + life));
  applications_.push_back(std::make_unique<Application>());
  Application& application = *applications_.back();
  application.source = this;
  application.types = types_.back().get();
  application.data = data_.back().get();
  if (plan_.stop_at > 0.0 && endpoint == plan_.layout.ranks - 1) {
    application.stop = [this] {
      return simulation_ != nullptr && simulation_->now() >= plan_.stop_at ? 1 : 0;
    };
  }
  return application;
}

Bytes ChaosRun::execute(TaskContext& context, Endpoint endpoint) {
  const std::uint64_t id = context.task().id;
  context.sleep(plan_.longest_task * uniform_from_bits(context.seed()));
  if (is_killer(id)) {
    simulation_->kill(endpoint);
    simulation_->at(simulation_->now() + 0.3, [this, endpoint] { simulation_->revive(endpoint); });
    return {};
  }
  if (plan_.transient > 0.0 && random_.uniform() < plan_.transient) {
    throw RunError("out of luck");
  }
  std::uint64_t input = 0;
  if (needs_input(id)) {
    input = ByteReader(context.input(0)).get<std::uint64_t>();
    if (as_text(context.input(0)) != as_text(context.input(1))) complain("unequal inputs");
  }
  const std::uint64_t record = expected_record(context.seed(), input);
  context.put(output_key(id), ByteWriter().put(record).take());
  return ByteWriter().put(record).take();
}

std::vector<Task> ChaosRun::next_tasks(std::size_t n, const std::string&) {
  std::vector<Task> tasks;
  for (; tasks.size() < n && !ready_.empty(); ++issued_) {
    tasks.push_back(make_task(ready_.back()));
    ready_.pop_back();
  }
  return tasks;
}

void ChaosRun::on_result(TaskResult result) {
  const std::uint64_t id = result.task.id;
  ++fates_[id].results;
  ++ended_;
  const auto record = ByteReader(result.record).get<std::uint64_t>();
  std::uint64_t input = 0;
  if (needs_input(id))
    input = ByteReader(store_.values.at(output_key(needed(id)))).get<std::uint64_t>();
  if (record != expected_record(task_seed(plan_.seed, id), input)) {
    complain(fmt::format("task {} has a wrong record", id));
  }
  const auto stored = store_.values.find(output_key(id));
  if (stored == store_.values.end() || ByteReader(stored->second).get<std::uint64_t>() != record) {
    complain(fmt::format("the output of task {} was not in the store when its result came", id));
  }
  digest_ = digest_ * 31 + checksum(&id, sizeof id, static_cast<std::uint64_t>(result.worker));
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    const bool free = needed(*at) == id;
    if (free) ready_.push_back(*at);
    at = free ? waiting_.erase(at) : std::next(at);
  }
}

// What waits for an output that will never come is not needed either.
bool ChaosRun::finished() {
  return ready_.empty() && ended_ == issued_ &&
         std::none_of(waiting_.begin(), waiting_.end(),
                      [&](std::uint64_t id) { return fates_[needed(id)].results > 0; });
}

void ChaosRun::on_quarantined(const Quarantine& report) {
  const std::uint64_t id = report.task.id;
  ++fates_[id].quarantines;
  ++ended_;
  if (!is_killer(id))
    complain(fmt::format("task {} was quarantined without guilt: {}", id,
                         fmt::join(report.attempts, "; ")));
  if (encode(decode_task(encode(report.task))) != encode(make_task(id))) {
    complain("a quarantined task is not what was issued");
  }
  if (static_cast<int>(report.attempts.size()) != plan_.settings.deaths) {
    complain("a quarantine after a wrong number of attempts");
  }
}

void ChaosRun::on_unrun(const Task& task) {
  ++fates_[task.id].unrun;
  ++ended_;
}

// Memory is bounded by what the settings say.
void ChaosRun::on_counters(const RoleCounters& counters) {
  const std::uint64_t most = counters.role == RoleName::work_manager ? plan_.settings.outstanding
                             : counters.role == RoleName::task_manager
                                 ? plan_.settings.manager_tasks
                                 : plan_.settings.worker_tasks;
  if (counters.largest_queue > most) {
    complain(fmt::format("{} {} held {} tasks", name_of(counters.role), counters.endpoint,
                         counters.largest_queue));
  }
}

bool ChaosRun::settled() { return random_.below(3) == 0; }

void ChaosRun::plan_deaths() {
  const double span = 0.5 + plan_.longest_task * static_cast<double>(plan_.tasks) /
                                static_cast<double>(plan_.layout.workers.size());
  const auto die = [&](Endpoint endpoint) {
    const double when = span * random_.uniform();
    const double back = when + 3.0 * plan_.settings.lease * random_.uniform();
    simulation_->at(when, [this, endpoint] {
      if (simulation_->node(endpoint) != nullptr) simulation_->kill(endpoint);
    });
    simulation_->at(back, [this, endpoint] { simulation_->revive(endpoint); });
  };
  for (int k = 0; k < plan_.worker_deaths; ++k) {
    die(plan_.layout.workers[random_.below(plan_.layout.workers.size())].ranks.front());
  }
  for (int k = 0; k < plan_.manager_deaths; ++k) {
    const Endpoint victim =
        plan_.layout.managers[random_.below(plan_.layout.managers.size())].endpoint;
    if (victim != plan_.layout.work_manager) die(victim);
  }
}

std::string ChaosRun::run() {
  simulation_ =
      std::make_unique<Simulation>(plan_.layout, plan_.settings, plan_.network,
                                   [this](Endpoint e, std::uint32_t life) -> const Application& {
                                     return application(e, life);
                                   });
  plan_deaths();
  const bool ended = simulation_->run(kLongest);
  check_end(ended);
  return complaints_;
}

void ChaosRun::check_end(bool ended) {
  outcome_ = simulation_->outcome();
  if (!ended) {
    complain(
        fmt::format("stuck at {:.1f} s: {} issued, {} ended", simulation_->now(), issued_, ended_));
    return;
  }
  for (std::uint64_t id = 0; id < plan_.tasks; ++id) {
    const Fate& fate = fates_[id];
    const int fates = fate.results + fate.quarantines + fate.unrun;
    if (fates > 1) complain(fmt::format("task {} had {} effects", id, fates));
    const bool excused =
        plan_.stop_at > 0.0 || (needs_input(id) && fates_[needed(id)].results == 0);
    if (fates == 0 && !excused) complain(fmt::format("task {} had no effect", id));
    if (is_killer(id) && fate.results > 0) complain(fmt::format("killer {} gave a result", id));
  }
  if (ended_ != issued_) complain(fmt::format("{} tasks issued, {} ended", issued_, ended_));
}

}  // namespace splicemd::taskmgr::test
