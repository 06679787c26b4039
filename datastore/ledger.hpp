// The ledger of a store: the SQLite database that says which bytes of which shard a key names, and the
// tables an application keeps beside them. docs/datastore_format.md specifies its schema.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/key.hpp"
#include "datastore/sqlite.hpp"

namespace splicemd::datastore {

// What an acknowledged write survives.
enum class Durability {
  process,  // the death of the process (kill -9); with that of the machine the last seconds may go
  full,     // power loss
};

inline const char* name_of(Durability durability) {
  return durability == Durability::full ? "full" : "process";
}

// The tables of one part of a program, and how they came about: steps[v] holds the SQL that brings version v
// to version v + 1, so the present version is steps.size(). Steps once released are never edited.
struct Schema {
  std::string name;
  std::vector<std::string> steps;
  std::int64_t version() const { return static_cast<std::int64_t>(steps.size()); }
};

// Where a value lies.
struct Location {
  std::int64_t shard = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t checksum = 0;  // XXH3 of the value
};

// Bytes of an unsealed shard written at once, and their checksum: what recovery verifies them by.
struct Block {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t checksum = 0;
};

// A row of `shards`.
struct ShardRow {
  std::int64_t id = 0;
  std::string file;  // relative to the store's folder
  bool sealed = false;
  std::uint64_t bytes = 0;  // committed
};

// An open ledger. Used by one thread.
class Ledger {
 public:
  enum class Access { write, read };
  // Access::write creates the database if it is missing. RunError if it is no ledger or of a newer version.
  Ledger(const std::string& path, Access access, Durability durability = Durability::process,
         const std::string& vfs = "");

  Database& database() { return database_; }
  Statement prepare(std::string_view sql) { return database_.prepare(sql); }
  bool writable() const { return access_ == Access::write; }

  // Makes an application's tables what `schema` says, in one transaction; RunError if the ledger's are of a
  // newer version (or, where the ledger is open for reading, of an older one or missing).
  void adopt(const Schema& schema);
  // The version of a schema in this ledger, 0 if it is not there.
  std::int64_t version(const std::string& schema);

  // Settings of the store: single values by name.
  std::optional<std::string> meta(const std::string& name);
  void set_meta(const std::string& name, const std::string& value);

  // True once the write-ahead log has grown so long that checkpoint() is worth its time. Nothing but
  // checkpoint() and the closing of the ledger moves the log into the database: what its rows name has to be on
  // the disk before.
  bool checkpoint_due() const;
  void checkpoint();

  // Where the value of `key` lies; `erased` tells whether an absent key once was there.
  std::optional<Location> find(const Key& key, bool* erased = nullptr);
  std::optional<ShardRow> shard(std::int64_t id);
  std::vector<ShardRow> shards();

  // The writing side, within a transaction. put() is false if the key was erased; nothing is stored then.
  bool put(const Key& key, const Location& location);
  void erase(const Key& key);  // leaves the mark that the key was there
  void add_block(std::int64_t shard, const Block& block);
  std::vector<Block> blocks(std::int64_t shard);  // by offset
  std::int64_t next_shard();                      // an identifier no shard has had
  void add_shard(std::int64_t id, const std::string& file, std::int64_t writer);
  std::int64_t add_writer(const std::string& host, std::int64_t pid);
  void end_writer(std::int64_t writer);
  void set_shard_bytes(std::int64_t shard, std::uint64_t bytes);
  // The shard is complete, in `file`; its blocks are forgotten.
  void seal_shard(std::int64_t shard, const std::string& file, std::uint64_t bytes);

 private:
  void configure(Durability durability);
  void prepare_statements();

  Access access_;
  std::unique_ptr<int> log_pages_ = std::make_unique<int>(0);  // SQLite holds its address
  Database database_;
  Statement find_, shard_, put_, erase_, add_block_, set_bytes_;
};

}  // namespace splicemd::datastore
