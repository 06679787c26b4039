// Replies of the datastore and the futures they arrive in.
//
// A future belongs to one thread, as the store that made it: it becomes ready inside that store's
// progress(), commit() or the call that returned it. Waiting is the store's business: KeyValue::wait().
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.hpp"

namespace splicemd::datastore {

// What is stored under a key: immutable, shared with the cache.
using Value = std::shared_ptr<const Bytes>;

enum class Outcome {
  ok,
  absent,  // no such key, or it was erased
  failed,  // the disk is full, a checksum does not match, the server has gone: see `message`
};

struct Reply {
  Outcome outcome = Outcome::ok;
  Value value;          // of get() and take(), where the outcome is ok
  std::string message;  // where it is failed

  bool ok() const { return outcome == Outcome::ok; }
};

// Calls that must all be made although some throw: the first exception is thrown at the end, by rethrow().
class AllCalls {
 public:
  template <class Call>
  void make(const Call& call) {
    try {
      call();
    } catch (...) {
      if (!first_) first_ = std::current_exception();
    }
  }
  void rethrow() {
    if (first_) std::rethrow_exception(std::exchange(first_, nullptr));
  }

 private:
  std::exception_ptr first_;
};

// A reply that is there or will be. Copies refer to the same reply.
class Future {
 public:
  using Callback = std::function<void(const Reply&)>;

  Future() = default;  // of no request: not to be asked
  bool valid() const { return state_ != nullptr; }
  bool ready() const { return state_->ready; }
  // Requires ready().
  const Reply& reply() const {
    ensure(state_ != nullptr && state_->ready, "a reply of the datastore was read before it came");
    return state_->reply;
  }
  // Calls back when the reply is there: now if it is already.
  void then(Callback callback) const {
    if (state_->ready)
      callback(state_->reply);
    else
      state_->callbacks.push_back(std::move(callback));
  }

 private:
  friend class Promise;
  struct State {
    bool ready = false;
    Reply reply;
    std::vector<Callback> callbacks;
  };
  explicit Future(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

// The side that gives the reply, once. Whatever callbacks throw, all are called; set() then throws the first exception.
class Promise {
 public:
  Promise() : state_(std::make_shared<Future::State>()) {}
  Future future() const { return Future(state_); }
  void set(Reply reply) const {
    ensure(!state_->ready, "a reply of the datastore was given twice");
    state_->reply = std::move(reply);
    state_->ready = true;
    const std::vector<Future::Callback> callbacks = std::move(state_->callbacks);
    AllCalls calls;
    for (const Future::Callback& callback : callbacks) {
      calls.make([&] { callback(state_->reply); });
    }
    calls.rethrow();
  }

 private:
  std::shared_ptr<Future::State> state_;
};

inline Future ready_future(Reply reply) {
  const Promise promise;
  promise.set(std::move(reply));
  return promise.future();
}

}  // namespace splicemd::datastore
