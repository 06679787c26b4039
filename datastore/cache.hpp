// Values kept in memory, the least recently used ones dropped when they exceed a budget of bytes.
#pragma once

#include <cstdint>
#include <list>
#include <unordered_map>
#include <utility>

#include "base/key.hpp"
#include "datastore/future.hpp"

namespace splicemd::datastore {

class Cache {
 public:
  explicit Cache(std::uint64_t budget) : budget_(budget) {}

  // The value, which becomes the most recently used one; null if it is not here.
  Value find(const Key& key);
  // A value beyond the budget is not kept.
  void insert(const Key& key, Value value);
  void erase(const Key& key);

  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t budget() const { return budget_; }
  std::size_t size() const { return index_.size(); }

 private:
  using Entries = std::list<std::pair<Key, Value>>;  // the most recently used first
  static std::uint64_t cost(const Value& value);
  void drop(Entries::iterator entry);

  std::uint64_t budget_;
  std::uint64_t bytes_ = 0;
  Entries entries_;
  std::unordered_map<Key, Entries::iterator> index_;
};

}  // namespace splicemd::datastore
