// The role between work manager and workers: keeps a small stock of tasks with their data at hand, lends
// them to workers and takes care that each of them comes to an end.
#pragma once

#include <deque>
#include <map>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/lifeline.hpp"
#include "taskmgr/layout.hpp"
#include "taskmgr/post.hpp"
#include "taskmgr/settings.hpp"
#include "taskmgr/value_cache.hpp"

namespace splicemd::taskmgr {

class TaskManager : public Role {
 public:
  // `data` may be null where no task has keys or outputs.
  TaskManager(Post& post, const Layout& layout, int index, const Settings& settings,
              DataSource* data);

  void on_message(Address from, ByteView body) override;
  void on_timer(double now) override;
  double next_deadline() const override;
  void on_restart(Endpoint endpoint) override;
  bool done() const override { return done_; }
  RoleCounters counters() const;

 private:
  enum class State : std::uint8_t { fetching, ready, lent, storing };
  struct Entry {
    Bytes task;  // encoded, as it came
    std::vector<Key> keys;
    std::vector<Value> inputs;
    std::vector<std::string> attempts;
    int priority = 0;
    std::uint32_t missing = 0;  // inputs not yet here
    std::uint32_t puts = 0;     // outputs not yet stored
    State state = State::fetching;
    bool ended = false;
    double came = 0.0;
    std::uint64_t generation = 0;  // tells it from an earlier entry of the same serial
    Bytes result;                  // of an ended task whose outputs are being stored
  };
  using Entries = std::unordered_map<std::uint64_t, Entry>;
  struct Lending {
    std::size_t demand = 0;
    std::deque<std::uint64_t> held;  // in the order in which they were handed over
    double heard = 0.0;
    bool queued = false;    // in demanders_
    bool alone = false;     // runs a task that was lost before: nothing else may be lost with it
    bool reserved = false;  // gets nothing until it has ended what it holds, and then such a task
    std::uint32_t attachment = 0;  // the worker's, so that it knows tasks meant for an earlier one
    std::uint64_t stored = 0;      // bytes of its outputs not yet reported as stored
  };
  struct Ready {
    int priority;
    std::uint64_t serial;
    bool operator<(const Ready& other) const {
      return priority != other.priority ? priority < other.priority : serial > other.serial;
    }
  };

  // Messages from the work manager.
  void take_tasks(ByteReader& in);
  void fetch(std::uint64_t serial, Entry& entry);
  void arrived(const Key& key, const Value& value);
  void begin_drain();
  void begin_stop();
  // Messages from workers.
  void attach(Endpoint worker, std::uint32_t attachment);
  void take_results(Endpoint worker, ByteReader& in);
  void take_result(Endpoint worker, std::uint64_t serial, bool failed, double start, double stop,
                   ByteView record);
  void take_output(Endpoint worker, ByteReader& in);
  void take_returned(Endpoint worker, ByteReader& in);
  void let_go(Lending& lending, std::uint64_t serial);
  void stored(Endpoint worker, std::uint64_t serial, std::uint64_t generation, std::uint64_t bytes);
  // Fates of tasks.
  void make_ready(std::uint64_t serial, Entry& entry);
  void pass_on(std::uint64_t serial, ByteView result);
  void fail(std::uint64_t serial, std::string what, bool alone);
  void give_up(std::uint64_t serial);
  void give_back(std::uint64_t serial);
  void lose(Endpoint worker, const std::string& why);
  // Handing out.
  void hand_out();
  bool hand_suspect(Endpoint worker, Lending& lending);
  void hand_to(Endpoint worker, Lending& lending, std::size_t most);
  void lend(ByteWriter& message, std::uint64_t serial, Entry& entry, Lending& lending);
  bool pop_ready(std::uint64_t& serial);
  void want(Endpoint worker, Lending& lending, std::size_t tasks);
  // Upwards.
  void ask();
  void send_up();
  void check_leases(double now);
  void attach_anew();
  void to_manager(ByteWriter& message);
  void to_worker(Endpoint worker, ByteWriter& message);
  std::size_t stock() const { return entries_.size() - lent_ - storing_; }

  Post& post_;
  const Layout& layout_;
  const int index_;
  const Settings& settings_;
  DataSource* data_;
  ValueCache cache_;
  Entries entries_;
  std::priority_queue<Ready> ready_;
  std::deque<std::uint64_t> suspects_;
  std::size_t reserved_ = 0;
  std::map<Endpoint, Lending> workers_;
  std::deque<Endpoint> demanders_;
  std::unordered_map<Key, std::vector<std::uint64_t>> fetches_;
  std::size_t lent_ = 0, storing_ = 0, demand_ = 0, asked_ = 0;
  std::uint64_t value_bytes_ = 0, output_bytes_ = 0;  // of tasks held; on the way to the store
  double rate_ = 0.0, rate_since_ = 0.0, fetch_seconds_ = 0.0;
  std::uint64_t rate_tasks_ = 0, generation_ = 0;
  ByteWriter results_;
  std::uint32_t result_count_ = 0;
  std::vector<std::uint64_t> unrun_;
  std::vector<Endpoint> credit_;
  std::uint32_t attachment_ = 0;  // counts attach_anew()
  double with_workers_ = 0.0;     // when it last had one
  double sent_ = 0.0, looked_ = 0.0, reported_ = 0.0, stop_at_ = kNever;
  bool draining_ = false, stopping_ = false, done_ = false;
  RoleCounters counters_;
  Lifeline lifeline_;  // a data source may answer when the workflow is over
};

}  // namespace splicemd::taskmgr
