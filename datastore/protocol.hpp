// The messages between store clients and store servers.
//
// A client numbers its requests; it repeats one until it is answered. A server answers a repetition as it
// answered the first, without doing the work again, until the client says (by `floor`) that it has the reply.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "base/key.hpp"
#include "datastore/future.hpp"

namespace splicemd::datastore {

enum class Request : std::uint8_t { get = 1, put = 2, take = 3, erase = 4 };

struct RequestMessage {
  Request kind = Request::get;
  std::uint64_t session = 0;  // of the client: another one after a restart
  std::uint64_t number = 0;   // rises by one with each request of a session
  std::uint64_t floor = 0;    // all requests below have been answered
  Key key;
  ByteView value;  // of a put; valid as long as the message
};

struct ReplyMessage {
  std::uint64_t session = 0;
  std::uint64_t number = 0;
  Outcome outcome = Outcome::ok;
  ByteView value;  // where there is one
  bool has_value = false;
  std::string message;
};

Bytes encode(const RequestMessage& request);
Bytes encode(const ReplyMessage& reply);
// What kind of message it is: servers get requests, clients replies. RunError if it is neither.
bool is_request(ByteView message);
RequestMessage decode_request(ByteView message);
ReplyMessage decode_reply(ByteView message);

}  // namespace splicemd::datastore
