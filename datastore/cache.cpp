// The LRU cache: a list in order of use and an index into it.
#include "datastore/cache.hpp"

namespace splicemd::datastore {

// What an entry takes beside its value: list node, index node, control block.
constexpr std::uint64_t kEntryBytes = 160;

std::uint64_t Cache::cost(const Value& value) { return value->size() + kEntryBytes; }

Value Cache::find(const Key& key) {
  const auto found = index_.find(key);
  if (found == index_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->second;
}

void Cache::insert(const Key& key, Value value) {
  erase(key);
  const std::uint64_t needed = cost(value);
  if (needed > budget_) return;
  while (bytes_ + needed > budget_) drop(std::prev(entries_.end()));
  entries_.emplace_front(key, std::move(value));
  index_.emplace(key, entries_.begin());
  bytes_ += needed;
}

void Cache::erase(const Key& key) {
  const auto found = index_.find(key);
  if (found != index_.end()) drop(found->second);
}

void Cache::drop(Entries::iterator entry) {
  bytes_ -= cost(entry->second);
  index_.erase(entry->first);
  entries_.erase(entry);
}

}  // namespace splicemd::datastore
