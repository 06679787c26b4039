// A store served to other endpoints of a transport.
#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "base/lifeline.hpp"
#include "base/transport/transport.hpp"
#include "datastore/protocol.hpp"
#include "datastore/store.hpp"

namespace splicemd::datastore {

// Answers requests as they come; those that change the store when their group is committed. Used by one
// thread, which calls progress() whenever a message may have come or seconds_until_due() have passed.
class StoreServer {
 public:
  // `stores[p]` is part p of `parts`, or null where another server has it. All must outlive the server.
  StoreServer(Transport& transport, std::vector<KeyValue*> stores);
  // The only part of a store in one piece.
  StoreServer(Transport& transport, KeyValue& store) : StoreServer(transport, {&store}) {}

  // Receives and answers what has arrived, and moves the stores on; whether there was anything to do.
  bool progress();
  double seconds_until_due() const;
  // One request, where the caller receives the messages.
  void handle(const Message& message);
  std::uint64_t requests() const { return requests_; }
  std::uint64_t repetitions() const { return repetitions_; }

 private:
  // Requests of one client that changed something and whose reply it may not have.
  struct Client {
    std::uint64_t session = 0;
    std::uint64_t floor = 0;
    std::map<std::uint64_t, Future> changes;
  };

  KeyValue* store_of(const Key& key) const;
  Future perform(KeyValue& store, const RequestMessage& request);
  void answer(Endpoint client, std::uint64_t session, std::uint64_t number, const Future& future);
  void send(Endpoint client, std::uint64_t session, std::uint64_t number, const Reply& reply);

  Transport& transport_;
  std::vector<KeyValue*> stores_;
  std::unordered_map<Endpoint, Client> clients_;
  std::uint64_t requests_ = 0, repetitions_ = 0;
  Lifeline lifeline_;  // futures may outlive the server
};

}  // namespace splicemd::datastore
