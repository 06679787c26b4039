// What task managers need of a datastore; the application binds it to one.
#pragma once

#include <functional>
#include <limits>
#include <memory>

#include "base/bytes.hpp"
#include "base/key.hpp"

namespace splicemd::taskmgr {

// A value, shared by the cache and the tasks that wait with it; null: there is no such key.
using Value = std::shared_ptr<const Bytes>;

// Asynchronous access to keys and values. The functions handed over are called from progress(), or from
// within get() and put() where the answer is at hand; by the thread that calls these.
class DataSource {
 public:
  virtual ~DataSource() = default;
  virtual void get(const Key& key, std::function<void(Value)> arrived) = 0;
  // `stored` is called once the value will be found by whoever asks for it.
  virtual void put(const Key& key, Bytes value, std::function<void()> stored) = 0;
  // Looks after what is under way; called on every turn of the endpoint's loop.
  virtual void progress() {}
  // When progress() must be called again even if no message arrives (Transport::now()).
  virtual double next_deadline() const { return std::numeric_limits<double>::infinity(); }
};

// Something an application runs beside the workflow's roles on an endpoint: a server of a datastore.
class Service {
 public:
  virtual ~Service() = default;
  // Called on every turn of the endpoint's loop; returns whether there was anything to do.
  virtual bool progress() = 0;
  virtual double next_deadline() const { return std::numeric_limits<double>::infinity(); }
};

}  // namespace splicemd::taskmgr
