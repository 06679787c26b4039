// The shards of a store, opened when a value in them is first asked for.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "datastore/future.hpp"
#include "datastore/ledger.hpp"
#include "datastore/shard.hpp"

namespace splicemd::datastore {

// At most a few dozen files are open at a time. Used by one thread.
class ShardSet {
 public:
  ShardSet(std::string folder, Ledger& ledger) : folder_(std::move(folder)), ledger_(ledger) {}

  // The value at `location`. RunError if it cannot be read or does not match its checksum.
  Value read(const Location& location);
  // As above, from the shard that this process is writing.
  static Value read(const ShardWriter& shard, const Location& location);
  void forget(std::int64_t shard);

 private:
  ShardReader& open(std::int64_t shard);

  std::string folder_;
  Ledger& ledger_;
  std::unordered_map<std::int64_t, std::unique_ptr<ShardReader>> readers_;
  std::list<std::int64_t> order_;  // the first opened last
};

}  // namespace splicemd::datastore
