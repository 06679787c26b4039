// Opening and closing a store, and what its callers ask: put, get, take, erase, write.
#include "datastore/store.hpp"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <limits>

#include "base/checksum.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "datastore/parts.hpp"

namespace splicemd::datastore {

namespace {

namespace fs = std::filesystem;

constexpr int kLastRounds = 10;  // of commits when a store is closed

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// A folder that holds nothing but what a start cut short leaves behind may become a store.
void make_folder(const std::string& folder) {
  require(!lacks_its_ledger(folder),
          "{}: holds shards of a datastore but its ledger.sqlite is missing or empty; put a copy "
          "of ledger.sqlite "
          "back, or give another folder. Nothing was changed",
          folder);
  std::error_code failure;
  fs::create_directories(folder, failure);
  require(!failure, "{}: cannot create the store's folder: {}", folder, failure.message());
  if (!fs::exists(folder + "/ledger.sqlite")) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename();
      require(name == "lock" || name == "shards" || name == "parts" ||
                  name.starts_with("ledger.sqlite"),
              "{}: is not a datastore (it has no ledger.sqlite) and not empty", folder);
    }
  }
  fs::create_directories(folder + "/shards", failure);
  require(!failure, "{}: cannot create the folder 'shards': {}", folder, failure.message());
}

// Tells stores apart: a shard moved into another store is noticed.
std::string new_store_id() {
  const std::string origin =
      fmt::format("{} {} {}", host_name(), ::getpid(),
                  std::chrono::system_clock::now().time_since_epoch().count());
  return Key{checksum(origin.data(), origin.size(), 1), checksum(origin.data(), origin.size(), 2)}
      .text();
}

}  // namespace

Store::Store(const std::string& folder, StoreOptions options)
    : folder_(folder), options_(std::move(options)), cache_(options_.cache_bytes) {
  if (!options_.clock) options_.clock = steady_seconds;
  if (options_.environment == nullptr) options_.environment = &system_environment();
  make_folder(folder_);
  lock_ = std::make_unique<Lock>(folder_ + "/lock");
  ledger_ = std::make_unique<Ledger>(folder_ + "/ledger.sqlite", Ledger::Access::write,
                                     options_.durability, options_.environment->sqlite_vfs());
  if (!ledger_->meta("store")) {
    Transaction transaction(ledger_->database());
    ledger_->set_meta("store", new_store_id());
    if (options_.parts > 1) ledger_->set_meta("parts", std::to_string(options_.parts));
    transaction.commit();
  }
  ledger_->set_meta("durability", name_of(options_.durability));
  parts_ = count_parts(*ledger_);
  id_ = *ledger_->meta("store");
  recovery_ = recover(folder_, *ledger_, *options_.environment);
  recovery_.stale_holder = lock_->stale_holder();
  for (const std::string& line : recovery_.damage) log::warning("{}: {}", folder_, line);
  writer_ = ledger_->add_writer(host_name(), ::getpid());
  next_shard_ = ledger_->next_shard();
  shards_ = std::make_unique<ShardSet>(folder_, *ledger_);
  sync_directory(folder_);
}

Store::~Store() {
  try {
    close();
  } catch (const std::exception& error) {
    log::warning("closing the store {}: {}", folder_, error.what());
  }
}

void Store::close() {
  if (!lock_) return;
  const std::unique_ptr<Lock> lock = std::move(lock_);
  AllCalls calls;
  // What callbacks ask for in their turn is committed too, unless there is no end to it.
  for (int round = 0; waiting() && round < kLastRounds; ++round) calls.make([&] { commit(); });
  calls.make([&] { seal_shard(); });
  calls.make([&] { ledger_->end_writer(writer_); });
  shards_.reset();
  ledger_.reset();
  calls.rethrow();
}

double Store::now() const { return options_.clock(); }

void Store::note_pending() {
  ensure(ledger_ != nullptr, "the store {} was written to after it was closed", folder_);
  if (!waiting()) group_began_ = now();
}

void Store::change(const Key& key, Value value) {
  if (value) pending_bytes_ += value->size();
  const auto [place, is_new] = pending_.try_emplace(key, changes_.size());
  if (is_new)
    changes_.push_back({key, std::move(value)});
  else
    changes_[place->second].value = std::move(value);
}

Future Store::put(const Key& key, Value value) {
  check_size(value);
  note_pending();
  ++counters_.puts;
  counters_.put_bytes += value->size();
  const Promise promise;
  const auto found = pending_.find(key);
  const bool erased = found != pending_.end() && changes_[found->second].value == nullptr;
  if (!erased) change(key, std::move(value));
  acknowledgements_.push_back({promise, {}});
  if (pending_bytes_ >= options_.commit_bytes) commit();
  return promise.future();
}

Value Store::find(const Key& key) {
  const auto pending = pending_.find(key);
  if (pending != pending_.end()) return changes_[pending->second].value;
  Value value = cache_.find(key);
  if (value) {
    ++counters_.cache_hits;
    return value;
  }
  const auto location = ledger_->find(key);
  if (!location) return nullptr;
  const bool own = shard_ && location->shard == shard_id_;
  value = own ? ShardSet::read(*shard_, *location) : shards_->read(*location);
  counters_.read_bytes += value->size();
  cache_.insert(key, value);
  return value;
}

Reply Store::look_up(const Key& key) {
  try {
    Value value = find(key);
    return {value ? Outcome::ok : Outcome::absent, std::move(value), ""};
  } catch (const RunError& error) {
    return {Outcome::failed, nullptr, error.what()};
  }
}

Future Store::get(const Key& key) {
  ++counters_.gets;
  return ready_future(look_up(key));
}

Future Store::take(const Key& key) {
  ++counters_.gets;
  Reply reply = look_up(key);
  if (!reply.ok()) return ready_future(std::move(reply));
  return erase_with(key, std::move(reply));
}

Future Store::erase(const Key& key) {
  const auto pending = pending_.find(key);
  const bool there = pending != pending_.end() ? changes_[pending->second].value != nullptr
                                               : ledger_->find(key).has_value();
  if (!there) return ready_future({Outcome::absent, nullptr, ""});
  return erase_with(key, {});
}

Future Store::erase_with(const Key& key, Reply reply) {
  note_pending();
  const Promise promise;
  change(key, nullptr);
  acknowledgements_.push_back({promise, std::move(reply)});
  return promise.future();
}

void Store::prefetch(const Key& key) { look_up(key); }

Future Store::write(LedgerWork work) {
  note_pending();
  const Promise promise;
  works_.push_back({std::move(work), promise});
  return promise.future();
}

double Store::seconds_until_due() const {
  if (!waiting()) return std::numeric_limits<double>::infinity();
  return std::max(0.0, group_began_ + options_.commit_seconds - now());
}

void Store::progress() {
  if (seconds_until_due() <= 0.0) commit();
}

const Reply& Store::wait(const Future& future) {
  if (!future.ready()) commit();
  return future.reply();
}

}  // namespace splicemd::datastore
