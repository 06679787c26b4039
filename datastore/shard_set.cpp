// Opening shards on demand, and checking what is read from them.
#include "datastore/shard_set.hpp"

#include "base/checksum.hpp"
#include "base/error.hpp"
#include "datastore/key_value.hpp"

namespace splicemd::datastore {

namespace {

constexpr std::size_t kMaxOpen = 32;

Value checked(Bytes bytes, const Location& location) {
  ensure(checksum(bytes.data(), bytes.size()) == location.checksum,
         "the value at {} of shard {} does not match its checksum", location.offset,
         location.shard);
  return std::make_shared<const Bytes>(std::move(bytes));
}

Bytes room_for(const Location& location) {
  ensure(location.length <= kMaxValueBytes, "the ledger names a value of {} bytes",
         location.length);
  return Bytes(location.length);
}

}  // namespace

Value ShardSet::read(const ShardWriter& shard, const Location& location) {
  Bytes bytes = room_for(location);
  shard.read(location.offset, bytes);
  return checked(std::move(bytes), location);
}

Value ShardSet::read(const Location& location) {
  Bytes bytes = room_for(location);
  open(location.shard).read(location.offset, bytes);
  return checked(std::move(bytes), location);
}

void ShardSet::forget(std::int64_t shard) {
  readers_.erase(shard);
  order_.remove(shard);
}

ShardReader& ShardSet::open(std::int64_t shard) {
  const auto found = readers_.find(shard);
  if (found != readers_.end()) return *found->second;
  const auto row = ledger_.shard(shard);
  ensure(row.has_value(), "the ledger knows no shard {}", shard);
  if (order_.size() >= kMaxOpen) forget(order_.back());
  auto reader = std::make_unique<ShardReader>(folder_ + "/" + row->file, row->sealed);
  order_.push_front(shard);
  return *(readers_[shard] = std::move(reader));
}

}  // namespace splicemd::datastore
