// The group commit: values to the shard, rows to the ledger in one transaction, then the replies.
#include <exception>
#include <filesystem>
#include <utility>

#include "base/checksum.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "datastore/store.hpp"

namespace splicemd::datastore {

void Store::commit() {
  if (!waiting()) return;
  // Replies call back into the store: what they ask for belongs to the next group.
  Group group;
  group.changes = std::exchange(changes_, {});
  group.acknowledgements = std::exchange(acknowledgements_, {});
  group.works = std::exchange(works_, {});
  pending_bytes_ = 0;
  const double began = now();
  ++counters_.commits;
  try {
    write_values(group);
    write_ledger(group);
  } catch (const std::exception& error) {
    pending_.clear();
    ++counters_.failed_commits;
    fail(group, error.what());
    return;
  }
  pending_.clear();
  remember(group);
  counters_.commit_seconds += now() - began;
  AllCalls replies;
  for (std::size_t i = 0; i < group.works.size(); ++i)
    replies.make([&] { group.works[i].promise.set(std::move(group.work_replies[i])); });
  for (Acknowledgement& each : group.acknowledgements)
    replies.make([&] { each.promise.set(std::move(each.reply)); });
  tidy();
  replies.rethrow();
}

void Store::tidy() {
  try {
    if (shard_ && shard_->size() >= options_.shard_bytes) seal_shard();
    if (ledger_ && ledger_->checkpoint_due()) checkpoint();
  } catch (const std::exception& error) {
    // A full disk, say. All that was committed can be read as it is; the next start seals the shard.
    log::warning("{}: could not seal a shard, or empty the ledger's log: {}", folder_,
                 error.what());
  }
}

// The database must not name bytes that the disk may not have: rows in the log can be lost with them, rows in
// the database cannot.
void Store::checkpoint() {
  if (shard_ && options_.durability != Durability::full) {
    shard_->sync();
    sync_directory(folder_ + "/shards");
  }
  ledger_->checkpoint();
}

void Store::open_shard() {
  std::string path;
  do {  // one that was not committed keeps its number
    shard_id_ = next_shard_++;
    shard_file_ = fmt::format("shards/{:06}.h5", shard_id_);
    path = folder_ + "/" + shard_file_;
  } while (std::filesystem::exists(path));
  shard_in_ledger_ = false;
  shard_ = std::make_unique<ShardWriter>(path, ShardIdentity{id_, writer_}, *options_.environment);
  if (options_.durability == Durability::full) sync_directory(folder_ + "/shards");
}

void Store::write_values(Group& group) {
  group.locations.resize(group.changes.size());
  bool any = false;
  try {
    for (std::size_t i = 0; i < group.changes.size(); ++i) {
      const Value& value = group.changes[i].value;
      if (!value) continue;
      if (!shard_) open_shard();
      any = true;
      group.locations[i] = {shard_id_, shard_->append(*value), value->size(),
                            checksum(value->data(), value->size())};
    }
    if (any) shard_->flush(options_.durability == Durability::full);
  } catch (...) {
    // What HDF5 holds of this shard is in an unknown state; what was committed of it is on the disk.
    shard_.reset();
    throw;
  }
}

void Store::write_ledger(Group& group) {
  Transaction transaction(ledger_->database());
  if (shard_) {
    const std::vector<Block> blocks = shard_->take_blocks();
    if (!blocks.empty() && !shard_in_ledger_) ledger_->add_shard(shard_id_, shard_file_, writer_);
    for (const Block& block : blocks) ledger_->add_block(shard_id_, block);
    if (!blocks.empty()) ledger_->set_shard_bytes(shard_id_, shard_->size());
  }
  for (std::size_t i = 0; i < group.changes.size(); ++i) {
    Change& change = group.changes[i];
    if (!change.value)
      ledger_->erase(change.key);
    else if (!ledger_->put(change.key, group.locations[i]))
      change.value = nullptr;  // erased before: nothing is stored again
  }
  for (const Work& work : group.works) group.work_replies.push_back(run(work.action));
  transaction.commit();
  if (shard_) shard_in_ledger_ = true;
}

Reply Store::run(const LedgerWork& action) {
  Database& database = ledger_->database();
  database.execute("SAVEPOINT work");
  try {
    action(*ledger_);
    database.execute("RELEASE work");
    return {};
  } catch (const std::exception& error) {
    // A full disk has rolled everything back: the group fails then, not this work alone.
    if (!database.in_transaction()) throw;
    database.execute("ROLLBACK TO work; RELEASE work");
    return {Outcome::failed, nullptr, error.what()};
  }
}

void Store::remember(const Group& group) {
  for (const Change& change : group.changes) {
    if (change.value)
      cache_.insert(change.key, change.value);
    else
      cache_.erase(change.key);
  }
}

void Store::fail(const Group& group, const std::string& reason) {
  const Reply reply{Outcome::failed, nullptr, reason};
  AllCalls replies;
  for (const Work& work : group.works) replies.make([&] { work.promise.set(reply); });
  for (const Acknowledgement& each : group.acknowledgements)
    replies.make([&] { each.promise.set(reply); });
  replies.rethrow();
}

void Store::seal_shard() {
  if (!shard_) return;
  const std::unique_ptr<ShardWriter> shard = std::move(shard_);
  const std::uint64_t bytes = shard->size();
  shard->seal();
  if (!shard_in_ledger_) {
    std::filesystem::remove(folder_ + "/" + shard_file_);
    return;
  }
  sync_directory(folder_ + "/shards");
  Transaction transaction(ledger_->database());
  ledger_->seal_shard(shard_id_, shard_file_, bytes);
  transaction.commit();
}

}  // namespace splicemd::datastore
