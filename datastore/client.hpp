// A datastore on other endpoints of a transport, seen through the same interface as one in this process.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <unordered_map>
#include <vector>

#include "base/transport/transport.hpp"
#include "datastore/cache.hpp"
#include "datastore/key_value.hpp"
#include "datastore/protocol.hpp"

namespace splicemd::datastore {

struct ClientOptions {
  std::uint64_t cache_bytes = std::uint64_t{64} << 20;
  // At most this much is under way; what is asked for beyond it waits here (see pending_bytes()).
  std::uint64_t window_bytes = std::uint64_t{64} << 20;
  std::size_t window_requests = 4096;
  double repeat_seconds =
      5.0;  // after which an unanswered request is sent again; doubles each time
  double patience_seconds = 600.0;  // after which it fails
  std::uint64_t session = 0;        // must rise with each start of this endpoint; 0: from the clock
};

// Used by one thread, which calls progress() whenever a message may have come. Replies come in any order;
// changes of one key are made in the order in which they were asked for, and this client's get() sees its own
// put() at once. Values in the cache are not told of changes by other clients.
class StoreClient final : public KeyValue {
 public:
  // `servers[k]` has the parts p of `parts` with p mod servers = k.
  StoreClient(Transport& transport, std::vector<Endpoint> servers, std::uint64_t parts = 1,
              ClientOptions options = {});

  using KeyValue::put;
  Future put(const Key& key, Value value) override;
  Future get(const Key& key) override;
  Future take(const Key& key) override;
  Future erase(const Key& key) override;
  void prefetch(const Key& key) override;

  // Receives what has arrived, sends what the window has room for, repeats what is late.
  void progress() override;
  // One reply, where the caller receives the messages.
  void handle(const Message& message);
  // Pumps the transport until the reply is there.
  const Reply& wait(const Future& future) override;
  double seconds_until_due() const override;

  // Values that wait here or are under way: callers that produce faster than the store takes should wait for
  // this to fall.
  std::uint64_t pending_bytes() const { return pending_bytes_; }
  std::size_t pending_requests() const { return under_way_.size() + waiting_.size(); }
  const Cache& cache() const { return cache_; }

 private:
  struct Job {
    Request kind = Request::get;
    Key key;
    Value value;
    std::vector<Promise> promises;
    double first_sent = 0.0;
    double repeat_at = 0.0;
    double interval = 0.0;
    std::uint64_t size() const { return value ? value->size() : 0; }
  };

  Future change(Request kind, const Key& key, Value value);
  std::uint64_t add(Job job);
  Endpoint server_of(const Key& key) const;
  std::uint64_t floor() const;
  void send(std::uint64_t number, const Job& job);
  void start(std::uint64_t number);
  void fill_window();
  void repeat_late();
  void finish(std::uint64_t number, const Reply& reply);
  // Outstanding changes of a key: the last decides what this client's get() sees.
  const Job* last_change(const Key& key) const;

  Transport& transport_;
  std::vector<Endpoint> servers_;
  std::uint64_t parts_;
  ClientOptions options_;
  Cache cache_;
  std::uint64_t next_number_ = 1;
  std::map<std::uint64_t, Job> waiting_;                        // not sent yet
  std::map<std::uint64_t, Job> under_way_;                      // sent
  std::unordered_map<Key, std::deque<std::uint64_t>> changes_;  // of a key; only the first is sent
  std::unordered_map<Key, std::uint64_t> gets_;
  std::uint64_t pending_bytes_ = 0, window_used_ = 0;
  double next_repeat_ = std::numeric_limits<double>::infinity();
};

}  // namespace splicemd::datastore
