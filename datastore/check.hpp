// Verifying a whole store, and mending it: what `splicemd query STORE check` and `repair` do.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/key.hpp"
#include "datastore/ledger.hpp"

namespace splicemd::datastore {

// A value that cannot be read as it was stored.
struct BadRecord {
  Key key;
  Location location;
  std::string reason;
};

struct CheckReport {
  std::int64_t records = 0;  // live ones, all of which were read
  std::int64_t erased = 0;
  std::int64_t shards = 0;
  std::int64_t unsealed = 0;          // being written, or left by a crash
  std::uint64_t bytes = 0;            // of live values
  std::vector<std::string> problems;  // of the ledger and of whole shards
  std::vector<BadRecord> bad_records;
  bool clean() const { return problems.empty() && bad_records.empty(); }
};

// Reads every value of the store in `folder` and compares its checksum; changes nothing, works beside a writer.
// `progress`, if given, is called now and then with the bytes read.
CheckReport check(const std::string& folder,
                  const std::function<void(std::uint64_t)>& progress = {});

// As above for one part of a store in several.
CheckReport check_one_part(const std::string& folder);

struct RepairReport {
  std::vector<std::string> actions;  // what was mended
  std::vector<BadRecord> lost;       // whose rows were moved to the table `lost`
  CheckReport after;
};

// Recovers what a crash left, rebuilds a damaged ledger from what SQLite can still read of it, and moves the rows
// of values that are gone to the table `lost`, so that their keys are free again. InputError if a writer has it.
RepairReport repair(const std::string& folder);

}  // namespace splicemd::datastore
