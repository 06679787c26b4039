// A transport between processes that die and come back one by one, which MPI does not allow: datagrams of the
// machine's own sockets.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/transport/transport.hpp"

namespace splicemd::test {

// Endpoints of one `name` find one another on this machine. What is sent to an endpoint without a process is lost.
class DatagramTransport : public Transport {
 public:
  DatagramTransport(std::string name, Endpoint self, int size)
      : name_(std::move(name)), self_(self), outboxes_(static_cast<std::size_t>(size)) {
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const auto [address, length] = address_of(self);
    ensure(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), length) == 0,
           "endpoint {} of {} cannot be made: {}", self, name_, std::strerror(errno));
  }
  ~DatagramTransport() override { ::close(socket_); }
  DatagramTransport(const DatagramTransport&) = delete;
  DatagramTransport& operator=(const DatagramTransport&) = delete;

  Endpoint self() const override { return self_; }
  int size() const override { return static_cast<int>(outboxes_.size()); }

  void send(Endpoint to, Bytes body) override {
    if (to == self_) {
      inbox_.push_back({to, std::move(body)});
      return;
    }
    ensure(body.size() <= kMost, "a message of {} bytes does not fit a datagram", body.size());
    const auto from = static_cast<std::int32_t>(self_);
    const auto* bytes = reinterpret_cast<const std::byte*>(&from);
    body.insert(body.end(), bytes, bytes + sizeof from);
    outboxes_[static_cast<std::size_t>(to)].push_back(std::move(body));
    push();
  }

  std::optional<Message> receive() override {
    push();
    if (inbox_.empty()) pull();
    if (inbox_.empty()) return std::nullopt;
    Message message = std::move(inbox_.front());
    inbox_.pop_front();
    return message;
  }

  void wait(double seconds) override {
    if (!inbox_.empty()) return;
    pollfd what{socket_, POLLIN, 0};
    const double most = sending() ? 1e-3 : seconds;
    ::poll(&what, 1, static_cast<int>(std::max(0.0, std::min(most, seconds)) * 1e3 + 0.5));
    push();
  }

  double now() const override {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }

  bool sending() const override {
    for (const auto& outbox : outboxes_) {
      if (!outbox.empty()) return true;
    }
    return false;
  }

 private:
  static constexpr std::size_t kMost = 180000;  // what the usual buffer of a socket holds

  // An abstract name: it goes with its process.
  std::pair<sockaddr_un, socklen_t> address_of(Endpoint endpoint) const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string text = fmt::format("{}.{}", name_, endpoint);
    ensure(text.size() + 1 < sizeof address.sun_path, "the name {} is too long", text);
    std::memcpy(address.sun_path + 1, text.data(), text.size());
    return {address, static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size())};
  }

  // Sends what the receivers have room for.
  void push() {
    for (std::size_t to = 0; to < outboxes_.size(); ++to) {
      std::deque<Bytes>& outbox = outboxes_[to];
      if (outbox.empty()) continue;
      const auto [address, length] = address_of(static_cast<Endpoint>(to));
      while (!outbox.empty()) {
        const Bytes& body = outbox.front();
        const ssize_t sent = ::sendto(socket_, body.data(), body.size(), MSG_NOSIGNAL,
                                      reinterpret_cast<const sockaddr*>(&address), length);
        if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS || errno == EINTR)) break;
        if (sent < 0) {  // nobody is there
          outbox.clear();
          break;
        }
        outbox.pop_front();
      }
    }
  }

  void pull() {
    while (true) {
      const ssize_t n = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
      if (n < static_cast<ssize_t>(sizeof(std::int32_t))) return;
      std::int32_t from = 0;
      const auto length = static_cast<std::size_t>(n) - sizeof from;
      std::memcpy(&from, buffer_.data() + length, sizeof from);
      inbox_.push_back({from, Bytes(buffer_.begin(), buffer_.begin() + static_cast<long>(length))});
    }
  }

  std::string name_;
  Endpoint self_;
  int socket_ = -1;
  std::vector<std::deque<Bytes>> outboxes_;  // [endpoint]
  std::deque<Message> inbox_;
  Bytes buffer_ = Bytes(kMost + 64);
};

}  // namespace splicemd::test
