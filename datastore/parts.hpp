// Which part of a store in several parts a key belongs to, and where the parts are.
#pragma once

#include <cstdint>
#include <string>

#include "base/key.hpp"
#include "datastore/ledger.hpp"

namespace splicemd::datastore {

inline std::uint64_t part_of(const Key& key, std::uint64_t parts) {
  return parts == 1 ? 0 : (key.high ^ key.low) % parts;
}

// How many parts a store has, by its ledger.
std::uint64_t count_parts(Ledger& ledger);

// Part 0 is the store itself; its ledger holds the application's tables.
inline std::string part_folder(const std::string& store, std::uint64_t part) {
  return part == 0 ? store : fmt::format("{}/parts/{}", store, part);
}

}  // namespace splicemd::datastore
