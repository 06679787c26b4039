// Mending a store: the ledger first, then shards, then rows of values that are gone.
#include <filesystem>

#include "base/error.hpp"
#include "base/files.hpp"
#include "datastore/check.hpp"
#include "datastore/lock.hpp"
#include "datastore/parts.hpp"
#include "datastore/recovery.hpp"

namespace splicemd::datastore {

namespace {

namespace fs = std::filesystem;

bool is_sound(const std::string& path) {
  try {
    Database database(path, Database::Mode::write);
    return database.text("PRAGMA integrity_check(1)") == "ok";
  } catch (const RunError&) {
    return false;
  }
}

// An index that contradicts its table is built anew; otherwise all rows that can be read are copied into a
// fresh database. The damaged files stay beside it.
void mend_ledger(const std::string& path, RepairReport& report) {
  if (is_sound(path)) return;
  try {
    Database(path, Database::Mode::write).execute("REINDEX");
  } catch (const RunError&) {  // the copy below says what is wrong
  }
  if (is_sound(path)) {
    report.actions.emplace_back("ledger.sqlite: indices rebuilt");
    return;
  }
  const std::string fresh = path + ".rebuilt";
  const std::string damaged = path + ".damaged";
  fs::remove(fresh);
  Database(path, Database::Mode::write).execute(fmt::format("VACUUM INTO '{}'", fresh));
  fs::rename(path, damaged);
  for (const char* suffix : {"-wal", "-shm"}) {
    if (fs::exists(path + suffix)) fs::rename(path + suffix, damaged + suffix);
  }
  commit_file(fresh, path);
  report.actions.push_back(
      fmt::format("ledger.sqlite: rebuilt; the damaged one is kept as {}", damaged));
}

void drop_bad_records(Ledger& ledger, const std::vector<BadRecord>& bad) {
  Transaction transaction(ledger.database());
  Statement note = ledger.prepare(
      "INSERT INTO lost(key, shard, offset, length, reason, found) VALUES(?, ?, ?, ?, ?, "
      "unixepoch())");
  Statement drop = ledger.prepare("DELETE FROM records WHERE key = ?");
  for (const BadRecord& each : bad) {
    note.run(each.key, each.location.shard, each.location.offset, each.location.length,
             each.reason);
    drop.run(each.key);
  }
  transaction.commit();
}

// A shard nobody can read holds nothing any more.
void drop_empty_shards(const std::string& folder, Ledger& ledger, RepairReport& report) {
  for (const ShardRow& row : ledger.shards()) {
    Statement count = ledger.prepare("SELECT 1 FROM records WHERE shard = ? LIMIT 1");
    count.bind(row.id);
    if (count.step()) continue;
    Transaction transaction(ledger.database());
    ledger.prepare("DELETE FROM blocks WHERE shard = ?").run(row.id);
    ledger.prepare("DELETE FROM shards WHERE id = ?").run(row.id);
    transaction.commit();
    const std::string path = folder + "/" + row.file;
    const std::string kept = fs::exists(path) ? "; kept as " + set_aside(path) : "";
    report.actions.push_back(fmt::format("{}: no value is in it{}", row.file, kept));
  }
}

void require_ledger(const std::string& folder) {
  require(!lacks_its_ledger(folder),
          "{}: its ledger.sqlite is missing or empty, and without it the shards do not tell which "
          "bytes are which "
          "value; put a copy of ledger.sqlite back. Nothing was changed",
          folder);
  require(fs::exists(folder + "/ledger.sqlite"), "{}: is not a datastore: it has no ledger.sqlite",
          folder);
}

// One part; returns how many there are.
std::uint64_t repair_part(const std::string& folder, RepairReport& report) {
  require_ledger(folder);
  const Lock lock(folder + "/lock");
  if (lock.was_stale()) report.actions.push_back("lock of " + lock.stale_holder() + " removed");
  mend_ledger(folder + "/ledger.sqlite", report);
  Ledger ledger(folder + "/ledger.sqlite", Ledger::Access::write, Durability::full);
  const Recovery recovery = recover(folder, ledger, system_environment());
  if (recovery.resealed > 0) {
    report.actions.push_back(
        fmt::format("{} shards resealed ({} bytes)", recovery.resealed, recovery.resealed_bytes));
  }
  for (const std::string& file : recovery.set_aside)
    report.actions.push_back(fmt::format("a shard the ledger does not name is kept as {}", file));
  const std::vector<BadRecord> lost = check_one_part(folder).bad_records;
  if (!lost.empty()) drop_bad_records(ledger, lost);
  report.lost.insert(report.lost.end(), lost.begin(), lost.end());
  drop_empty_shards(folder, ledger, report);
  return count_parts(ledger);
}

}  // namespace

RepairReport repair(const std::string& folder) {
  RepairReport report;
  const std::uint64_t parts = repair_part(folder, report);
  for (std::uint64_t part = 1; part < parts; ++part) repair_part(part_folder(folder, part), report);
  report.after = check(folder);
  return report;
}

}  // namespace splicemd::datastore
