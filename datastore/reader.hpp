// A store opened for reading only, also while a campaign writes to it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "datastore/future.hpp"
#include "datastore/ledger.hpp"
#include "datastore/shard_set.hpp"

namespace splicemd::datastore {

// Sees what has been committed at the time of each call; a Snapshot holds the ledger at one moment for several
// queries. Takes no lock and changes nothing. Used by one thread.
class StoreReader {
 public:
  // InputError if `folder` is not a store.
  enum class Parts { all, this_one };
  explicit StoreReader(const std::string& folder, Parts which = Parts::all);

  // The value, or null. RunError if it cannot be read or does not match its checksum.
  Value get(const Key& key);
  Ledger& ledger() { return *ledger_; }
  const std::string& folder() const { return folder_; }
  // Parts 1, 2, … of a store in several.
  const std::vector<std::unique_ptr<StoreReader>>& parts() const { return parts_; }

  // While it lives, all queries see the ledger as it is at the first of them.
  class Snapshot {
   public:
    explicit Snapshot(StoreReader& reader);
    ~Snapshot();
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

   private:
    Database& database_;
  };

 private:
  std::string folder_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<ShardSet> shards_;
  std::vector<std::unique_ptr<StoreReader>> parts_;  // [p − 1] of a store in parts
};

}  // namespace splicemd::datastore
