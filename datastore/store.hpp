// The datastore of one process: values in shards, their places and an application's tables in the ledger,
// a cache in front, group commits.
//
// What is put or written to the ledger waits in memory for the next group commit, which happens when the
// group is old or large enough: one write to the shard, one transaction of the ledger, then the replies.
// Everything in a group becomes durable together or not at all.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "datastore/cache.hpp"
#include "datastore/key_value.hpp"
#include "datastore/ledger.hpp"
#include "datastore/lock.hpp"
#include "datastore/recovery.hpp"
#include "datastore/shard.hpp"
#include "datastore/shard_set.hpp"

namespace splicemd::datastore {

struct StoreOptions {
  Durability durability = Durability::process;
  std::uint64_t cache_bytes = std::uint64_t{256} << 20;
  // A group is committed when its first member is this old (seconds) or its values exceed this size.
  double commit_seconds = 0.05;
  std::uint64_t commit_bytes = std::uint64_t{16} << 20;
  // A shard that has grown to this size is sealed and a new one begun. What a crash leaves unsealed is copied
  // at the next start, so this bounds the time that takes.
  std::uint64_t shard_bytes = std::uint64_t{256} << 20;
  // Into how many parts the keys are divided, where this is part 0 of a new store (see parts.hpp).
  std::uint64_t parts = 1;
  // Seconds since some fixed moment; the steady clock if empty.
  std::function<double()> clock;
  Environment* environment = nullptr;  // the system's if null
};

struct StoreCounters {
  std::uint64_t puts = 0, put_bytes = 0;
  std::uint64_t gets = 0, cache_hits = 0, read_bytes = 0;
  std::uint64_t commits = 0, failed_commits = 0;
  double commit_seconds = 0.0;  // spent in commits
};

// Work on the application's tables, run within the transaction of a group commit. It must not begin or end
// transactions; if it throws, its own changes are undone and its reply is `failed`. It runs later, and again after a
// failed commit, perhaps when its maker is no more: it owns all it reads and changes nothing but the ledger.
using LedgerWork = std::function<void(Ledger&)>;

// A folder opened for writing. Used by one thread; HDF5 calls of other threads must not overlap with its own.
class Store final : public KeyValue {
 public:
  // Creates the store if `folder` is missing or empty. InputError if it is something else or another process
  // writes to it. Recovers what a crash left: see recovery().
  explicit Store(const std::string& folder, StoreOptions options = {});
  // Commits and seals like close(), but only warns where that fails.
  ~Store() override;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  using KeyValue::put;
  Future put(const Key& key, Value value) override;
  Future get(const Key& key) override;
  Future take(const Key& key) override;
  Future erase(const Key& key) override;
  void prefetch(const Key& key) override;

  // Runs `work` in the next group commit, after the puts and erasures made before it.
  Future write(LedgerWork work);

  void progress() override;
  const Reply& wait(const Future& future) override;
  // Commits what waits, now. Failures are in the replies. All replies are given; the first exception that one of
  // their callbacks throws is thrown at the end.
  void commit();
  double seconds_until_due() const override;
  // Commits, seals the shard and lets go of the lock. RunError if that fails. Callbacks that throw do not keep it
  // from being closed; the first exception is thrown at the end. Afterwards nothing may be asked of the store.
  void close();

  // For reading tables, and for Ledger::adopt(); writing goes through write(). What waits for the next commit
  // is not in it yet.
  Ledger& ledger() { return *ledger_; }
  const std::string& folder() const { return folder_; }
  std::uint64_t parts() const { return parts_; }
  const Recovery& recovery() const { return recovery_; }
  const StoreCounters& counters() const { return counters_; }
  const Cache& cache() const { return cache_; }

 private:
  struct Change {  // of one key: its new value, or null where it is erased
    Key key;
    Value value;
  };
  struct Acknowledgement {
    Promise promise;
    Reply reply;
  };
  struct Work {
    LedgerWork action;
    Promise promise;
  };

  // What one commit makes durable.
  struct Group {
    std::vector<Change> changes;
    std::vector<Location> locations;  // of the changes that are values
    std::vector<Acknowledgement> acknowledgements;
    std::vector<Work> works;
    std::vector<Reply> work_replies;
  };

  double now() const;
  void note_pending();
  Value find(const Key& key);
  Reply look_up(const Key& key);
  void change(const Key& key, Value value);
  Future erase_with(const Key& key, Reply reply);
  // The parts of a commit.
  void open_shard();
  void write_values(Group& group);
  void write_ledger(Group& group);
  Reply run(const LedgerWork& action);
  void remember(const Group& group);
  static void fail(const Group& group, const std::string& reason);
  void checkpoint();
  void seal_shard();
  void tidy();
  bool waiting() const { return !acknowledgements_.empty() || !works_.empty(); }

  std::string folder_;
  StoreOptions options_;
  std::unique_ptr<Lock> lock_;
  std::unique_ptr<Ledger> ledger_;
  Recovery recovery_;
  std::string id_;
  std::uint64_t parts_ = 1;
  std::int64_t writer_ = 0;
  Cache cache_;
  std::unique_ptr<ShardSet> shards_;
  std::unique_ptr<ShardWriter> shard_;
  std::int64_t next_shard_ = 1;
  std::int64_t shard_id_ = 0;
  std::string shard_file_;
  bool shard_in_ledger_ = false;

  std::vector<Change> changes_;
  std::unordered_map<Key, std::size_t> pending_;  // key → its place in changes_
  std::vector<Acknowledgement> acknowledgements_;
  std::vector<Work> works_;
  std::uint64_t pending_bytes_ = 0;
  double group_began_ = 0.0;
  StoreCounters counters_;
};

}  // namespace splicemd::datastore
