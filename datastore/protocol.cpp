// Encoding of the datastore's messages.
#include "datastore/protocol.hpp"

namespace splicemd::datastore {

namespace {

constexpr std::uint8_t kReplyMark = 0x80;
constexpr std::uint8_t kLastRequest = static_cast<std::uint8_t>(Request::erase);

}  // namespace

Bytes encode(const RequestMessage& request) {
  ByteWriter writer;
  writer.put(request.kind).put(request.session).put(request.number).put(request.floor);
  writer.put(request.key).put(std::span<const std::byte>(request.value));
  return writer.take();
}

Bytes encode(const ReplyMessage& reply) {
  ByteWriter writer;
  writer.put(kReplyMark).put(reply.session).put(reply.number).put(reply.outcome);
  writer.put(static_cast<std::uint8_t>(reply.has_value));
  writer.put(std::span<const std::byte>(reply.value)).put(reply.message);
  return writer.take();
}

bool is_request(ByteView message) {
  ensure(!message.empty(), "an empty message came to the datastore");
  const auto mark = static_cast<std::uint8_t>(message[0]);
  ensure(mark == kReplyMark || (mark >= 1 && mark <= kLastRequest),
         "a message of unknown kind {} came to the datastore", mark);
  return mark != kReplyMark;
}

RequestMessage decode_request(ByteView message) {
  ByteReader reader(message);
  RequestMessage request;
  request.kind = reader.get<Request>();
  request.session = reader.get<std::uint64_t>();
  request.number = reader.get<std::uint64_t>();
  request.floor = reader.get<std::uint64_t>();
  request.key = reader.get<Key>();
  request.value = reader.get_view();
  reader.finish();
  return request;
}

ReplyMessage decode_reply(ByteView message) {
  ByteReader reader(message);
  reader.get<std::uint8_t>();
  ReplyMessage reply;
  reply.session = reader.get<std::uint64_t>();
  reply.number = reader.get<std::uint64_t>();
  reply.outcome = reader.get<Outcome>();
  reply.has_value = reader.get<std::uint8_t>() != 0;
  reply.value = reader.get_view();
  reply.message = reader.get_text();
  reader.finish();
  return reply;
}

}  // namespace splicemd::datastore
