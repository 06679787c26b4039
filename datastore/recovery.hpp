// Bringing a store into order when it is opened: shards that a crash left unsealed are copied into sealed
// ones, files that no committed row needs are deleted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datastore/environment.hpp"
#include "datastore/ledger.hpp"

namespace splicemd::datastore {

struct Recovery {
  std::string stale_holder;   // who held the lock and ended without releasing it; "" if nobody
  std::int64_t resealed = 0;  // shards
  std::uint64_t resealed_bytes = 0;
  std::int64_t removed_files = 0;   // never committed
  std::vector<std::string> damage;  // what did not match its checksum: one line for each shard
};

// Requires the lock. Damaged values keep their rows: get() fails for them, `repair` drops them.
Recovery recover(const std::string& folder, Ledger& ledger, Environment& environment);

}  // namespace splicemd::datastore
