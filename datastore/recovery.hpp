// Bringing a store into order when it is opened: shards that a crash left unsealed are copied into sealed
// ones, files that the ledger does not name are set aside. None is deleted but those whose copy the ledger names.
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
  std::vector<std::string> set_aside;  // files the ledger does not name, under their new names
  std::vector<std::string> damage;     // what did not match its checksum: one line for each shard
};

// Whether the folder's ledger is missing or of 0 bytes while there are shards: not a new store but the rest of one.
bool lacks_its_ledger(const std::string& folder);

// Renames a shard out of the way of new ones, to a free name beside it that no shard has; returns that.
std::string set_aside(const std::string& path);

// Requires the lock. Damaged values keep their rows: get() fails for them, `repair` drops them.
Recovery recover(const std::string& folder, Ledger& ledger, Environment& environment);

}  // namespace splicemd::datastore
