// The ledger's schema, its versions, and the statements of the datastore's own tables.
#include "datastore/ledger.hpp"

#include <sqlite3.h>

#include <chrono>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace splicemd::datastore {

namespace {

// docs/datastore_format.md explains every column.
const Schema& own_schema() {
  static const Schema schema{"datastore", {R"(
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE writers(id INTEGER PRIMARY KEY, host TEXT NOT NULL, pid INTEGER NOT NULL, started REAL NOT NULL,
  ended REAL);
CREATE TABLE shards(id INTEGER PRIMARY KEY, file TEXT NOT NULL UNIQUE, writer INTEGER NOT NULL REFERENCES writers,
  sealed INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0);
CREATE TABLE records(key BLOB PRIMARY KEY, shard INTEGER REFERENCES shards, offset INTEGER NOT NULL DEFAULT 0,
  length INTEGER NOT NULL DEFAULT 0, checksum INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE blocks(shard INTEGER NOT NULL REFERENCES shards, offset INTEGER NOT NULL, length INTEGER NOT NULL,
  checksum INTEGER NOT NULL, PRIMARY KEY(shard, offset)) WITHOUT ROWID;
CREATE TABLE lost(key BLOB NOT NULL, shard INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL,
  reason TEXT NOT NULL, found REAL NOT NULL);
)"}};
  return schema;
}

// "SpMD": tells a ledger from any other SQLite database.
constexpr std::int64_t kApplicationId = 0x53704d44;

constexpr int kCheckpointPages = 16384;  // 64 MiB of write-ahead log

double unix_time() { return seconds_since_1970(); }

}  // namespace

Ledger::Ledger(const std::string& path, Access access, Durability durability,
               const std::string& vfs)
    : access_(access),
      database_(path, access == Access::write ? Database::Mode::create : Database::Mode::read,
                vfs) {
  const auto application = database_.integer("PRAGMA application_id");
  const auto tables = database_.integer("SELECT count(*) FROM sqlite_master");
  ensure(application == kApplicationId || (access == Access::write && tables == 0),
         "{}: is not the ledger of a datastore", path);
  if (access == Access::write) {
    configure(durability);
    if (application != kApplicationId) {
      Transaction transaction(database_);
      database_.execute(fmt::format("PRAGMA application_id = {}", kApplicationId));
      database_.execute(
          "CREATE TABLE schemas(name TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID");
      transaction.commit();
    }
  }
  adopt(own_schema());
  prepare_statements();
}

void Ledger::configure(Durability durability) {
  const auto mode = database_.text("PRAGMA journal_mode = WAL");
  ensure(mode == "wal", "{}: SQLite cannot keep a write-ahead log here (a network file system?)",
         database_.path());
  // NORMAL syncs around checkpoints only: the last commits need the operating system to live, the database does
  // not.
  database_.execute(durability == Durability::full ? "PRAGMA synchronous = FULL"
                                                   : "PRAGMA synchronous = NORMAL");
  database_.execute("PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 0");
  const auto note = [](void* pages, sqlite3*, const char*, int n) {
    *static_cast<int*>(pages) = n;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(database_.handle(), note, log_pages_.get());
}

bool Ledger::checkpoint_due() const { return *log_pages_ >= kCheckpointPages; }

void Ledger::checkpoint() {
  *log_pages_ = 0;
  database_.execute("PRAGMA wal_checkpoint(PASSIVE)");
}

void Ledger::adopt(const Schema& schema) {
  const std::int64_t found = version(schema.name);
  ensure(found <= schema.version(),
         "{}: the tables '{}' are of version {}, written by a newer SpliceMD; this one knows "
         "version {}",
         database_.path(), schema.name, found, schema.version());
  if (found == schema.version()) return;
  ensure(access_ == Access::write,
         "{}: the tables '{}' are of version {}; open the store for writing once with this "
         "SpliceMD to bring them to version {}",
         database_.path(), schema.name, found, schema.version());
  Transaction transaction(database_);
  for (auto v = static_cast<std::size_t>(found); v < schema.steps.size(); ++v)
    database_.execute(schema.steps[v]);
  prepare("INSERT OR REPLACE INTO schemas(name, version) VALUES(?, ?)")
      .run(schema.name, schema.version());
  transaction.commit();
}

std::int64_t Ledger::version(const std::string& schema) {
  Statement query = prepare("SELECT version FROM schemas WHERE name = ?");
  query.bind(schema);
  return query.step() ? query.integer(0) : 0;
}

std::optional<std::string> Ledger::meta(const std::string& name) {
  Statement query = prepare("SELECT value FROM meta WHERE name = ?");
  query.bind(name);
  if (!query.step()) return std::nullopt;
  return std::string(query.text(0));
}

void Ledger::set_meta(const std::string& name, const std::string& value) {
  prepare("INSERT OR REPLACE INTO meta(name, value) VALUES(?, ?)").run(name, value);
}

void Ledger::prepare_statements() {
  find_ = prepare("SELECT shard, offset, length, checksum FROM records WHERE key = ?");
  shard_ = prepare("SELECT id, file, sealed, bytes FROM shards WHERE id = ?");
  if (access_ == Access::read) return;
  put_ = prepare(
      "INSERT INTO records(key, shard, offset, length, checksum) VALUES(?, ?, ?, ?, ?) "
      "ON CONFLICT(key) DO UPDATE SET shard = excluded.shard, offset = excluded.offset, "
      "length = excluded.length, checksum = excluded.checksum WHERE shard IS NOT NULL");
  erase_ = prepare("INSERT OR REPLACE INTO records(key, shard) VALUES(?, NULL)");
  add_block_ = prepare("INSERT INTO blocks(shard, offset, length, checksum) VALUES(?, ?, ?, ?)");
  set_bytes_ = prepare("UPDATE shards SET bytes = ? WHERE id = ?");
}

std::optional<Location> Ledger::find(const Key& key, bool* erased) {
  if (erased != nullptr) *erased = false;
  find_.bind(key);
  if (!find_.step()) return std::nullopt;
  std::optional<Location> location;
  if (find_.is_null(0)) {
    if (erased != nullptr) *erased = true;
  } else {
    location = Location{find_.integer(0), static_cast<std::uint64_t>(find_.integer(1)),
                        static_cast<std::uint64_t>(find_.integer(2)),
                        static_cast<std::uint64_t>(find_.integer(3))};
  }
  find_.reset();
  return location;
}

namespace {

ShardRow shard_row(const Statement& query) {
  return {query.integer(0), std::string(query.text(1)), query.integer(2) != 0,
          static_cast<std::uint64_t>(query.integer(3))};
}

}  // namespace

std::optional<ShardRow> Ledger::shard(std::int64_t id) {
  shard_.bind(id);
  if (!shard_.step()) return std::nullopt;
  ShardRow row = shard_row(shard_);
  shard_.reset();
  return row;
}

std::vector<ShardRow> Ledger::shards() {
  std::vector<ShardRow> rows;
  Statement query = prepare("SELECT id, file, sealed, bytes FROM shards ORDER BY id");
  while (query.step()) rows.push_back(shard_row(query));
  return rows;
}

bool Ledger::put(const Key& key, const Location& location) {
  put_.run(key, location.shard, location.offset, location.length, location.checksum);
  return sqlite3_changes64(database_.handle()) != 0;
}

void Ledger::erase(const Key& key) { erase_.run(key); }

void Ledger::add_block(std::int64_t shard, const Block& block) {
  add_block_.run(shard, block.offset, block.length, block.checksum);
}

std::vector<Block> Ledger::blocks(std::int64_t shard) {
  std::vector<Block> blocks;
  Statement query =
      prepare("SELECT offset, length, checksum FROM blocks WHERE shard = ? ORDER BY offset");
  query.bind(shard);
  while (query.step()) {
    blocks.push_back({static_cast<std::uint64_t>(query.integer(0)),
                      static_cast<std::uint64_t>(query.integer(1)),
                      static_cast<std::uint64_t>(query.integer(2))});
  }
  return blocks;
}

std::int64_t Ledger::next_shard() {
  return database_.integer("SELECT max(id) FROM shards").value_or(0) + 1;
}

void Ledger::add_shard(std::int64_t id, const std::string& file, std::int64_t writer) {
  prepare("INSERT INTO shards(id, file, writer) VALUES(?, ?, ?)").run(id, file, writer);
}

std::int64_t Ledger::add_writer(const std::string& host, std::int64_t pid) {
  prepare("INSERT INTO writers(host, pid, started) VALUES(?, ?, ?)").run(host, pid, unix_time());
  return database_.last_row();
}

void Ledger::end_writer(std::int64_t writer) {
  prepare("UPDATE writers SET ended = ? WHERE id = ?").run(unix_time(), writer);
}

void Ledger::set_shard_bytes(std::int64_t shard, std::uint64_t bytes) {
  set_bytes_.run(bytes, shard);
}

void Ledger::seal_shard(std::int64_t shard, const std::string& file, std::uint64_t bytes) {
  prepare("UPDATE shards SET file = ?, sealed = 1, bytes = ? WHERE id = ?").run(file, bytes, shard);
  prepare("DELETE FROM blocks WHERE shard = ?").run(shard);
}

}  // namespace splicemd::datastore
