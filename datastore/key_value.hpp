// What an application sees of a datastore, whether it is in this process (Store) or on other ranks
// (StoreClient).
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/key.hpp"
#include "datastore/future.hpp"

namespace splicemd::datastore {

inline constexpr std::uint64_t kMaxValueBytes = std::uint64_t{1} << 30;

// RunError if a value is none or too long.
inline void check_size(const Value& value) {
  ensure(value != nullptr, "a value of the datastore is missing");
  ensure(value->size() <= kMaxValueBytes,
         "a value of {} bytes is too long for the datastore: at most {} (1 GiB)", value->size(),
         kMaxValueBytes);
}

// Keys name values of up to 1 GiB. Used by one thread. A `put` is acknowledged once the value is as durable
// as the store promises; until then get() in the same process already finds it.
class KeyValue {
 public:
  virtual ~KeyValue() = default;

  // Stores a value; one already stored under the key is replaced. Under a key that take() or erase() has
  // erased nothing is ever stored again: the late put of a task that ran twice is acknowledged and dropped.
  virtual Future put(const Key& key, Value value) = 0;
  Future put(const Key& key, Bytes value) {
    return put(key, std::make_shared<const Bytes>(std::move(value)));
  }
  virtual Future get(const Key& key) = 0;
  // Gets and erases. The reply comes when the erasure is durable: a value is handed out at most once.
  virtual Future take(const Key& key) = 0;
  // Erases; the reply is absent if there was nothing to erase.
  virtual Future erase(const Key& key) = 0;
  // Brings a value into the cache so that a later get() is ready at once.
  virtual void prefetch(const Key& key) = 0;

  // Moves everything on: commits what is due, handles messages that have arrived. Never sleeps.
  virtual void progress() = 0;
  // Seconds until progress() has something to do even if no message arrives; infinity if nothing is under way.
  virtual double seconds_until_due() const = 0;
  // Returns once `future` is ready, doing only what that takes (an early group commit, say).
  virtual const Reply& wait(const Future& future) = 0;
};

}  // namespace splicemd::datastore
