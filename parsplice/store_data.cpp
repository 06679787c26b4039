// Requests of task managers, passed on to the store.
#include "parsplice/store_data.hpp"

#include "base/error.hpp"

namespace splicemd::parsplice {

void StoreData::get(const Key& key, std::function<void(taskmgr::Value)> arrived) {
  store_.get(key).then([key, arrived = std::move(arrived)](const datastore::Reply& reply) {
    ensure(reply.outcome != datastore::Outcome::failed, "value {} cannot be read: {}", key.text(),
           reply.message);
    arrived(reply.value);
  });
}

void StoreData::put(const Key& key, Bytes value, std::function<void()> stored) {
  store_.put(key, std::make_shared<const Bytes>(std::move(value)))
      .then([key, stored = std::move(stored)](const datastore::Reply& reply) {
        ensure(reply.ok(), "value {} could not be stored: {}", key.text(), reply.message);
        stored();
      });
}

}  // namespace splicemd::parsplice
