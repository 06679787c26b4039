// Several independent conversations over one endpoint of a transport: workflow and datastore share a rank
// without knowing of each other.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "base/transport/transport.hpp"

namespace splicemd {

// Splits a transport, which must outlive it, into numbered channels. A message sent on channel c arrives on
// channel c of the other endpoint, where there must be as many. One thread uses all channels of an endpoint.
class Channels {
 public:
  Channels(Transport& transport, int count);
  Transport& channel(int number) { return *channels_[static_cast<std::size_t>(number)]; }

 private:
  class Channel;
  std::vector<std::unique_ptr<Transport>> channels_;
  std::vector<std::deque<Message>> inboxes_;
};

}  // namespace splicemd
