// Messages between the roles of endpoints: collected per endpoint and turn, and over a lossy transport
// numbered, acknowledged and repeated, so that each arrives once and in order while both ends live.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <unordered_map>
#include <vector>

#include "base/transport/transport.hpp"
#include "taskmgr/role.hpp"

namespace splicemd::taskmgr {

class Post {
 public:
  struct Settings {
    bool lossy = false;
    std::uint32_t life = 1;     // how often a process has begun at this endpoint
    double resend = 0.05;       // s after which a message that was not acknowledged is repeated
    double longest_resend = 2;  // s, to which that grows
  };
  using Handler = std::function<void(RoleName to, Address from, ByteView body)>;
  using RestartHandler = std::function<void(Endpoint)>;

  Post(Transport& transport, const Settings& settings)
      : transport_(transport), settings_(settings) {}

  Endpoint self() const { return transport_.self(); }
  double now() const { return transport_.now(); }

  void send(Address to, RoleName from, ByteWriter& message) { send(to, from, message.take()); }
  void send(Address to, RoleName from, Bytes message);

  // Hands what has arrived to `handle`; returns whether there was anything. Handlers may send.
  bool deliver(const Handler& handle, const RestartHandler& restarted);
  // Gives collected messages to the transport and repeats those due.
  void flush();
  double next_deadline() const;
  bool waiting() const { return !local_.empty(); }
  // `endpoint` is taken for dead: nothing sent to it before counts, and repeating ends.
  void forget(Endpoint endpoint);

  // A role's counters as of now, with what the endpoint's roles have in common filled in.
  RoleCounters complete(RoleCounters counters) const;
  std::size_t largest_backlog() const { return largest_backlog_; }  // unacknowledged letters

 private:
  struct Letter {
    std::uint64_t number;
    Bytes body;
  };
  struct Peer {
    Bytes open;  // messages of this turn
    bool dirty = false;
    // Lossy transports only.
    std::uint32_t life = 0;  // the newest seen; 0: none yet
    std::uint32_t stream_out = 1, stream_in = 0;
    std::uint64_t next_out = 0, next_in = 0;
    std::deque<Letter> unacknowledged;
    std::map<std::uint64_t, Bytes> early;
    double resend_at = kNever, delay = 0.0;
    bool acknowledge = false;
  };
  struct Local {
    RoleName to;
    RoleName from;
    Bytes body;
  };
  struct Header {
    std::uint32_t life, peer_life, stream, acknowledged_stream;
    std::uint64_t number, acknowledged;
  };

  void mark(Endpoint endpoint, Peer& peer);
  void open_letter(Endpoint from, ByteView letter, const Handler& handle);
  void accept(Endpoint from, const Message& message, const Handler& handle,
              const RestartHandler& restarted);
  void accept_number(Endpoint from, Peer& peer, const Header& header, ByteView letter,
                     const Handler& handle);
  void transmit(Endpoint to, Peer& peer, std::uint64_t number, const Bytes& letter);
  void flush_peer(Endpoint to, Peer& peer);
  void resend_due();
  void start_stream(Peer& peer);

  Transport& transport_;
  Settings settings_;
  std::unordered_map<Endpoint, Peer> peers_;
  std::vector<Endpoint> dirty_;
  std::deque<Local> local_;
  double next_resend_ = kNever;
  RoleCounters traffic_;
  std::size_t largest_backlog_ = 0;
};

}  // namespace splicemd::taskmgr
