// A channel's messages carry its number in a last byte.
#include "base/transport/channels.hpp"

namespace splicemd {

class Channels::Channel : public Transport {
 public:
  Channel(Transport& transport, std::vector<std::deque<Message>>& inboxes, int number)
      : transport_(transport), inboxes_(inboxes), number_(number) {}

  Endpoint self() const override { return transport_.self(); }
  int size() const override { return transport_.size(); }
  void send(Endpoint to, Bytes body) override {
    body.push_back(static_cast<std::byte>(number_));
    transport_.send(to, std::move(body));
  }
  std::optional<Message> receive() override {
    std::deque<Message>& inbox = inboxes_[static_cast<std::size_t>(number_)];
    while (inbox.empty()) {
      std::optional<Message> message = transport_.receive();
      if (!message) return std::nullopt;
      ensure(!message->body.empty(), "an empty message from endpoint {}", message->from);
      const auto to = static_cast<std::size_t>(message->body.back());
      ensure(to < inboxes_.size(), "a message for channel {}; there are {}", to, inboxes_.size());
      message->body.pop_back();
      inboxes_[to].push_back(std::move(*message));
    }
    Message message = std::move(inbox.front());
    inbox.pop_front();
    return message;
  }
  void wait(double seconds) override {
    for (const auto& inbox : inboxes_) {
      if (!inbox.empty()) return;
    }
    transport_.wait(seconds);
  }
  double now() const override { return transport_.now(); }
  bool sending() const override { return transport_.sending(); }

 private:
  Transport& transport_;
  std::vector<std::deque<Message>>& inboxes_;
  int number_;
};

Channels::Channels(Transport& transport, int count) : inboxes_(static_cast<std::size_t>(count)) {
  for (int number = 0; number < count; ++number) {
    channels_.push_back(std::make_unique<Channel>(transport, inboxes_, number));
  }
}

}  // namespace splicemd
