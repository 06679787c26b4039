// Requests to futures of the store, and their replies back.
#include "datastore/server.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/error.hpp"
#include "datastore/parts.hpp"

namespace splicemd::datastore {

StoreServer::StoreServer(Transport& transport, std::vector<KeyValue*> stores)
    : transport_(transport), stores_(std::move(stores)) {
  ensure(!stores_.empty(), "a store server without a store");
}

bool StoreServer::progress() {
  bool any = seconds_until_due() <= 0.0;
  while (const auto message = transport_.receive()) {
    handle(*message);
    any = true;
  }
  for (KeyValue* store : stores_) {
    if (store != nullptr) store->progress();
  }
  return any;
}

double StoreServer::seconds_until_due() const {
  double seconds = std::numeric_limits<double>::infinity();
  for (const KeyValue* store : stores_) {
    if (store != nullptr) seconds = std::min(seconds, store->seconds_until_due());
  }
  return seconds;
}

KeyValue* StoreServer::store_of(const Key& key) const {
  return stores_[part_of(key, stores_.size())];
}

void StoreServer::handle(const Message& message) {
  const RequestMessage request = decode_request(message.body);
  ++requests_;
  KeyValue* store = store_of(request.key);
  if (store == nullptr) {
    send(message.from, request.session, request.number,
         {Outcome::failed, nullptr, "the key belongs to another store server"});
    return;
  }
  if (request.kind == Request::get) {
    answer(message.from, request.session, request.number, store->get(request.key));
    return;
  }
  Client& client = clients_[message.from];
  if (request.session < client.session) return;  // of a process that is no more
  if (request.session > client.session) client = {request.session, 0, {}};
  client.floor = std::max(client.floor, request.floor);
  client.changes.erase(client.changes.begin(), client.changes.lower_bound(client.floor));
  if (request.number < client.floor) {
    ++repetitions_;
    return;
  }
  const auto known = client.changes.find(request.number);
  if (known != client.changes.end()) {
    ++repetitions_;
    // One that is still under way will be answered when it is done.
    if (known->second.ready())
      send(message.from, request.session, request.number, known->second.reply());
    return;
  }
  const Future future = perform(*store, request);
  client.changes.emplace(request.number, future);
  answer(message.from, request.session, request.number, future);
}

Future StoreServer::perform(KeyValue& store, const RequestMessage& request) {
  switch (request.kind) {
    case Request::put:
      return store.put(request.key, Bytes(request.value.begin(), request.value.end()));
    case Request::take:
      return store.take(request.key);
    default:
      return store.erase(request.key);
  }
}

void StoreServer::answer(Endpoint client, std::uint64_t session, std::uint64_t number,
                         const Future& future) {
  future.then(lifeline_.guard([this, client, session, number](const Reply& reply) {
    send(client, session, number, reply);
  }));
}

void StoreServer::send(Endpoint client, std::uint64_t session, std::uint64_t number,
                       const Reply& reply) {
  ReplyMessage message;
  message.session = session;
  message.number = number;
  message.outcome = reply.outcome;
  message.has_value = reply.value != nullptr;
  if (reply.value) message.value = *reply.value;
  message.message = reply.message;
  transport_.send(client, encode(message));
}

}  // namespace splicemd::datastore
