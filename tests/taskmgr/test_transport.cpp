// MPI transport and channels on several ranks: nothing is lost, doubled or overtaken.
#include <gtest/gtest.h>

#include <ctime>

#include "base/random.hpp"
#include "base/transport/channels.hpp"
#include "base/transport/mpi_transport.hpp"

namespace splicemd {
namespace {

// Sizes from nothing to well beyond what MPI sends at once, in a mixed order.
std::size_t size_of(int k) {
  constexpr std::size_t sizes[] = {0, 1, 7, 100, 5000, 40'000, 3, 300'000};
  return sizes[static_cast<std::size_t>(k) % std::size(sizes)];
}

Bytes message(Endpoint from, int k) {
  Bytes body(sizeof(int) + size_of(k), static_cast<std::byte>(from + k));
  std::memcpy(body.data(), &k, sizeof k);
  return body;
}

void exchange(const Communicator& world, const MpiTransport::Settings& settings, int count) {
  MpiTransport transport(world, settings);
  for (int k = 0; k < count; ++k) {
    for (int to = 0; to < world.size(); ++to) transport.send(to, message(world.rank(), k));
  }
  std::vector<int> next(static_cast<std::size_t>(world.size()), 0);
  const double patience = transport.now() + 60.0;
  for (int left = count * world.size(); left > 0 && transport.now() < patience;) {
    const std::optional<Message> got = transport.receive();
    if (!got) {
      transport.wait(0.01);
      continue;
    }
    int& k = next[static_cast<std::size_t>(got->from)];
    EXPECT_EQ(got->body, message(got->from, k));
    ++k;
    --left;
  }
  for (const int n : next) EXPECT_EQ(n, count);
  EXPECT_FALSE(transport.receive());
  transport.close();
  EXPECT_FALSE(transport.sending());
}

TEST(MpiTransport, DeliversEveryMessageOnceAndInOrder) { exchange(Communicator(), {}, 400); }

// As beyond 2³¹ bytes, in small.
TEST(MpiTransport, LongMessagesGoInParts) {
  MpiTransport::Settings settings;
  settings.part_bytes = 1000;
  exchange(Communicator(), settings, 100);
}

TEST(MpiTransport, WaitingCostsNextToNothing) {
  const Communicator world;
  MpiTransport transport(world);
  const auto processor_seconds = [] {
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
  };
  const double begin = processor_seconds();
  transport.wait(1.0);
  EXPECT_LT(processor_seconds() - begin, 0.05);  // measured: 0.002
  transport.close();
}

TEST(MpiTransport, ForgetsWhatNobodyReceived) {
  const Communicator world;
  MpiTransport transport(world);
  transport.send((world.rank() + 1) % world.size(), Bytes(1'000'000));
  transport.close();
  MpiTransport next(world);
  EXPECT_FALSE(next.receive());
  next.close();
}

TEST(Channels, KeepConversationsApart) {
  const Communicator world;
  MpiTransport transport(world);
  Channels channels(transport, 2);
  const int to = (world.rank() + 1) % world.size();
  const int from = (world.rank() + world.size() - 1) % world.size();
  constexpr int count = 100;
  for (int k = 0; k < count; ++k) channels.channel(k % 2).send(to, message(world.rank(), k));
  for (int c = 1; c >= 0; --c) {
    for (int k = c; k < count; k += 2) {
      std::optional<Message> got;
      while (!(got = channels.channel(c).receive())) channels.channel(c).wait(0.01);
      EXPECT_EQ(got->from, from);
      EXPECT_EQ(got->body, message(from, k));
    }
  }
  transport.close();
}

}  // namespace
}  // namespace splicemd
