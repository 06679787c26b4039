// Walking through all records of a store in the order in which they lie in the shards.
#include "datastore/check.hpp"

#include <filesystem>
#include <optional>

#include "base/checksum.hpp"
#include "base/error.hpp"
#include "datastore/key_value.hpp"
#include "datastore/reader.hpp"
#include "datastore/shard.hpp"

namespace splicemd::datastore {

namespace {

// Opens each shard once and reads its records.
class Checker {
 public:
  Checker(StoreReader& reader, CheckReport& report,
          const std::function<void(std::uint64_t)>& progress)
      : reader_(reader), report_(report), progress_(progress) {}

  void check_ledger() {
    Statement query = reader_.ledger().prepare("PRAGMA integrity_check(10)");
    while (query.step()) {
      if (query.text(0) != "ok")
        report_.problems.push_back(fmt::format("ledger.sqlite: {}", query.text(0)));
    }
  }

  void check_shards() {
    const auto store = reader_.ledger().meta("store");
    for (const ShardRow& row : reader_.ledger().shards()) {
      ++report_.shards;
      if (!row.sealed) ++report_.unsealed;
      try {
        ShardReader shard(reader_.folder() + "/" + row.file, row.sealed);
        const std::uint64_t size = shard.size();
        ensure(size >= row.bytes, "{} bytes are committed, {} are there", row.bytes, size);
        ensure(shard.store_id() == store, "belongs to another store");
      } catch (const RunError& error) {
        report_.problems.push_back(fmt::format("{}: {}", row.file, error.what()));
      }
    }
  }

  void check_records() {
    Statement query = reader_.ledger().prepare(
        "SELECT key, shard, offset, length, checksum FROM records ORDER BY shard, offset");
    while (query.step()) {
      if (query.is_null(1)) {
        ++report_.erased;
        continue;
      }
      const Location location{query.integer(1), static_cast<std::uint64_t>(query.integer(2)),
                              static_cast<std::uint64_t>(query.integer(3)),
                              static_cast<std::uint64_t>(query.integer(4))};
      ++report_.records;
      report_.bytes += location.length;
      check_record(query.key(0), location);
    }
  }

 private:
  void check_record(const Key& key, const Location& location) {
    try {
      ensure(location.length <= kMaxValueBytes, "a length of {} bytes", location.length);
      open(location.shard);
      buffer_.resize(location.length);
      shard_->read(location.offset, buffer_);
      ensure(checksum(buffer_.data(), buffer_.size()) == location.checksum,
             "does not match its checksum");
    } catch (const RunError& error) {
      report_.bad_records.push_back({key, location, error.what()});
    }
    read_ += location.length;
    if (progress_ && read_ - told_ > (std::uint64_t{64} << 20)) progress_(told_ = read_);
  }

  void open(std::int64_t id) {
    if (shard_ && shard_id_ == id) return;
    shard_.reset();
    ensure(unreadable_ != id, "its shard cannot be read");
    unreadable_ = id;
    const auto row = reader_.ledger().shard(id);
    ensure(row.has_value(), "the ledger knows no shard {}", id);
    shard_.emplace(reader_.folder() + "/" + row->file, row->sealed);
    shard_id_ = id;
    unreadable_ = 0;
  }

  StoreReader& reader_;
  CheckReport& report_;
  const std::function<void(std::uint64_t)>& progress_;
  std::optional<ShardReader> shard_;
  std::int64_t shard_id_ = 0, unreadable_ = 0;
  Bytes buffer_;
  std::uint64_t read_ = 0, told_ = 0;
};

void check_part(StoreReader& reader, CheckReport& report,
                const std::function<void(std::uint64_t)>& progress) {
  // A damaged ledger may fail anywhere.
  try {
    const StoreReader::Snapshot snapshot(reader);
    Checker checker(reader, report, progress);
    checker.check_ledger();
    checker.check_shards();
    checker.check_records();
  } catch (const RunError& error) {
    report.problems.push_back(fmt::format("ledger.sqlite: {}", error.what()));
  }
}

}  // namespace

CheckReport check(const std::string& folder, const std::function<void(std::uint64_t)>& progress) {
  CheckReport report;
  StoreReader reader(folder);
  check_part(reader, report, progress);
  for (const auto& part : reader.parts()) check_part(*part, report, progress);
  return report;
}

CheckReport check_one_part(const std::string& folder) {
  CheckReport report;
  StoreReader reader(folder, StoreReader::Parts::this_one);
  check_part(reader, report, {});
  return report;
}

}  // namespace splicemd::datastore
