// Letters: all messages of a turn from one endpoint to another, behind a header if the transport is lossy.
#include "taskmgr/post.hpp"

#include <algorithm>
#include <ctime>

namespace splicemd::taskmgr {

namespace {

constexpr std::uint64_t kNoNumber = UINT64_MAX;  // a letter that only acknowledges
constexpr std::size_t kWindow = 1024;            // letters that may arrive before their turn
constexpr std::size_t kLetterBytes = 64 << 10;
constexpr int kLettersPerTurn = 256;

void put_message(Bytes& letter, RoleName to, RoleName from, const Bytes& body) {
  const auto length = static_cast<std::uint32_t>(body.size());
  std::byte head[2 + sizeof length] = {static_cast<std::byte>(to), static_cast<std::byte>(from)};
  std::memcpy(head + 2, &length, sizeof length);
  letter.insert(letter.end(), std::begin(head), std::end(head));
  letter.insert(letter.end(), body.begin(), body.end());
}

}  // namespace

void Post::mark(Endpoint endpoint, Peer& peer) {
  if (peer.dirty) return;
  peer.dirty = true;
  dirty_.push_back(endpoint);
}

void Post::send(Address to, RoleName from, Bytes message) {
  if (to.endpoint == self()) {
    local_.push_back({to.role, from, std::move(message)});
    return;
  }
  ensure(message.size() < UINT32_MAX, "a message of {} bytes is too long", message.size());
  ++traffic_.messages_out;
  traffic_.bytes_out += message.size();
  Peer& peer = peers_[to.endpoint];
  if (peer.open.size() + message.size() > kLetterBytes && !peer.open.empty()) {
    flush_peer(to.endpoint, peer);
  }
  put_message(peer.open, to.role, from, message);
  mark(to.endpoint, peer);
}

void Post::open_letter(Endpoint from, ByteView letter, const Handler& handle) {
  while (!letter.empty()) {
    std::uint32_t length = 0;
    constexpr std::size_t head = 2 + sizeof length;
    ensure(letter.size() >= head, "a letter from endpoint {} is cut", from);
    std::memcpy(&length, letter.data() + 2, sizeof length);
    ensure(letter.size() - head >= length, "a letter from endpoint {} is cut", from);
    ++traffic_.messages_in;
    traffic_.bytes_in += length;
    handle(static_cast<RoleName>(letter[0]), {from, static_cast<RoleName>(letter[1])},
           letter.subspan(head, length));
    letter = letter.subspan(head + length);
  }
}

bool Post::deliver(const Handler& handle, const RestartHandler& restarted) {
  bool any = false;
  for (int k = 0; k < kLettersPerTurn; ++k) {
    const std::optional<Message> message = transport_.receive();
    if (!message) break;
    any = true;
    accept(message->from, *message, handle, restarted);
  }
  for (std::size_t n = local_.size(); n > 0 && !local_.empty(); --n) {
    const Local message = std::move(local_.front());
    local_.pop_front();
    any = true;
    handle(message.to, {self(), message.from}, message.body);
  }
  return any;
}

void Post::accept(Endpoint from, const Message& message, const Handler& handle,
                  const RestartHandler& restarted) {
  if (!settings_.lossy) {
    open_letter(from, message.body, handle);
    return;
  }
  ensure(message.body.size() >= sizeof(Header), "a letter from endpoint {} is cut", from);
  Header header;
  std::memcpy(&header, message.body.data(), sizeof header);
  Peer& peer = peers_[from];
  if (header.life < peer.life) return;  // from an earlier life
  if (header.life > peer.life) {
    const bool was_known = peer.life != 0;
    peer.life = header.life;
    peer.stream_in = 0;
    peer.early.clear();
    if (was_known) {
      start_stream(peer);
      restarted(from);
    }
  }
  if (header.peer_life != 0 && header.peer_life != settings_.life) {
    peer.acknowledge = true;  // meant for who was here before: let them know
    mark(from, peer);
    return;
  }
  if (header.acknowledged_stream == peer.stream_out) {
    bool progress = false;
    while (!peer.unacknowledged.empty() &&
           peer.unacknowledged.front().number < header.acknowledged) {
      peer.unacknowledged.pop_front();
      progress = true;
    }
    if (peer.unacknowledged.empty()) {
      peer.resend_at = kNever;
    } else if (progress) {
      peer.delay = settings_.resend;
    }
  }
  if (header.number != kNoNumber) {
    accept_number(from, peer, header, ByteView(message.body).subspan(sizeof header), handle);
  }
}

void Post::accept_number(Endpoint from, Peer& peer, const Header& header, ByteView letter,
                         const Handler& handle) {
  if (header.stream < peer.stream_in) return;
  if (header.stream > peer.stream_in) {
    peer.stream_in = header.stream;
    peer.next_in = 0;
    peer.early.clear();
  }
  peer.acknowledge = true;
  mark(from, peer);
  if (header.number > peer.next_in) {
    if (peer.early.size() < kWindow) {
      peer.early.emplace(header.number, Bytes(letter.begin(), letter.end()));
    }
    return;
  }
  if (header.number < peer.next_in) return;
  ++peer.next_in;
  open_letter(from, letter, handle);
  while (!peer.early.empty() && peer.early.begin()->first == peer.next_in) {
    const Bytes next = std::move(peer.early.begin()->second);
    peer.early.erase(peer.early.begin());
    ++peer.next_in;
    open_letter(from, next, handle);
  }
}

void Post::start_stream(Peer& peer) {
  peer.unacknowledged.clear();
  peer.open.clear();
  ++peer.stream_out;
  peer.next_out = 0;
  peer.resend_at = kNever;
}

void Post::forget(Endpoint endpoint) {
  const auto found = peers_.find(endpoint);
  if (settings_.lossy && found != peers_.end()) start_stream(found->second);
}

void Post::transmit(Endpoint to, Peer& peer, std::uint64_t number, const Bytes& letter) {
  const Header header{settings_.life, peer.life, peer.stream_out,
                      peer.stream_in, number,    peer.next_in};
  Bytes body(sizeof header + letter.size());
  std::memcpy(body.data(), &header, sizeof header);
  if (!letter.empty()) std::memcpy(body.data() + sizeof header, letter.data(), letter.size());
  peer.acknowledge = false;
  transport_.send(to, std::move(body));
}

void Post::flush_peer(Endpoint to, Peer& peer) {
  if (!settings_.lossy) {
    if (!peer.open.empty()) transport_.send(to, std::move(peer.open));
    peer.open = {};
    return;
  }
  if (peer.open.empty()) {
    if (peer.acknowledge) transmit(to, peer, kNoNumber, {});
    return;
  }
  const std::uint64_t number = peer.next_out++;
  transmit(to, peer, number, peer.open);
  if (peer.unacknowledged.empty()) {
    peer.delay = settings_.resend;
    peer.resend_at = now() + peer.delay;
    next_resend_ = std::min(next_resend_, peer.resend_at);
  }
  peer.unacknowledged.push_back({number, std::move(peer.open)});
  peer.open = {};
  largest_backlog_ = std::max(largest_backlog_, peer.unacknowledged.size());
}

void Post::resend_due() {
  const double time = now();
  if (time < next_resend_) return;
  next_resend_ = kNever;
  for (auto& [endpoint, peer] : peers_) {
    if (peer.resend_at <= time) {
      constexpr std::size_t at_once = 8;
      const std::size_t n = std::min(at_once, peer.unacknowledged.size());
      for (std::size_t k = 0; k < n; ++k) {
        transmit(endpoint, peer, peer.unacknowledged[k].number, peer.unacknowledged[k].body);
      }
      peer.delay = std::min(2.0 * peer.delay, settings_.longest_resend);
      peer.resend_at = time + peer.delay;
    }
    next_resend_ = std::min(next_resend_, peer.resend_at);
  }
}

void Post::flush() {
  for (std::size_t k = 0; k < dirty_.size(); ++k) {
    Peer& peer = peers_[dirty_[k]];
    peer.dirty = false;
    flush_peer(dirty_[k], peer);
  }
  dirty_.clear();
  if (settings_.lossy) resend_due();
}

RoleCounters Post::complete(RoleCounters counters) const {
  counters.endpoint = self();
  counters.time = now();
  counters.messages_in = traffic_.messages_in;
  counters.messages_out = traffic_.messages_out;
  counters.bytes_in = traffic_.bytes_in;
  counters.bytes_out = traffic_.bytes_out;
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  counters.processor_seconds =
      static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
  return counters;
}

double Post::next_deadline() const { return next_resend_; }

}  // namespace splicemd::taskmgr
