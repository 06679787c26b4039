// Values of exactly the largest size, and one byte more, in one process and over MPI.
//
// They take gigabytes, so SPLICEMD_LARGE_VALUES=1 must ask for them.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>

#include "base/checksum.hpp"
#include "base/transport/mpi_transport.hpp"
#include "datastore/check.hpp"
#include "datastore/client.hpp"
#include "datastore/server.hpp"
#include "tests/datastore/scratch.hpp"
#include "tests/datastore/serve.hpp"

namespace splicemd::datastore {
namespace {

constexpr std::uint64_t kMost = std::uint64_t{1} << 30;

bool asked_for() { return std::getenv("SPLICEMD_LARGE_VALUES") != nullptr; }

// Different in every block of eight bytes.
Value large_value(std::uint64_t n, std::size_t bytes = kMost) {
  auto value = std::make_shared<Bytes>(bytes);
  std::uint64_t x = n;
  for (std::size_t at = 0; at + sizeof x <= bytes; at += sizeof x) {
    x = x * 6364136223846793005ULL + 1442695040888963407ULL;
    std::memcpy(value->data() + at, &x, sizeof x);
  }
  return value;
}

bool same(const Value& value, std::uint64_t n) {
  const Value wanted = large_value(n);
  return value && value->size() == wanted->size() &&
         std::memcmp(value->data(), wanted->data(), wanted->size()) == 0;
}

std::string refusal(KeyValue& store) {
  try {
    store.put(key_of(9), large_value(9, kMost + 1));
  } catch (const RunError& error) {
    return error.what();
  }
  return "none";
}

double resident_gigabytes() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_maxrss) / (1 << 20);
}

TEST(Large, AValueOfAGibibyteInOneProcess) {
  const Communicator world;
  if (!asked_for()) GTEST_SKIP() << "set SPLICEMD_LARGE_VALUES=1: takes 4 GB of memory";
  if (world.size() > 1) return;
  const std::string folder = scratch("large");
  {
    Store store(folder);
    const auto put = store.put(key_of(1), large_value(1));
    EXPECT_TRUE(store.wait(put).ok()) << put.reply().message;
    EXPECT_TRUE(same(store.get(key_of(1)).reply().value, 1));
    EXPECT_NE(refusal(store).find("1073741825 bytes is too long"), std::string::npos);
    EXPECT_EQ(store.get(key_of(9)).reply().outcome, Outcome::absent);
  }
  {
    Store again(folder);
    const auto put = again.put(key_of(2), large_value(2));
    EXPECT_TRUE(again.wait(put).ok());
    const auto taken = again.take(key_of(1));
    EXPECT_TRUE(same(again.wait(taken).value, 1));
  }
  EXPECT_TRUE(check(folder).clean());
  std::filesystem::remove_all(folder);
  fmt::print("largest memory {:.1f} GiB\n", resident_gigabytes());
  EXPECT_LT(resident_gigabytes(), 5.0);
}

// What a client does while rank 0 serves.
void use(MpiTransport& transport) {
  StoreClient client(transport, {0});
  {
    const auto put = client.put(key_of(1), large_value(1));
    EXPECT_TRUE(client.wait(put).ok()) << put.reply().message;
  }
  EXPECT_NE(refusal(client).find("1073741825 bytes is too long"), std::string::npos);
  StoreClient fresh(transport, {0});
  const auto got = fresh.get(key_of(1));
  EXPECT_TRUE(same(fresh.wait(got).value, 1));
  const auto absent = fresh.get(key_of(9));
  EXPECT_EQ(fresh.wait(absent).outcome, Outcome::absent);
}

TEST(Large, AValueOfAGibibyteOverMpi) {
  const Communicator world;
  if (!asked_for()) GTEST_SKIP() << "set SPLICEMD_LARGE_VALUES=1: takes 8 GB of memory";
  if (world.size() == 1) return;
  MpiTransport transport(world);
  if (world.is_root()) {
    const std::string folder = scratch("large_ranks");
    {
      Store store(folder);
      StoreServer server(transport, store);
      serve_until_done(server, transport, world);
    }
    EXPECT_TRUE(check(folder).clean());
    std::filesystem::remove_all(folder);
  } else {
    use(transport);
    wait_until_served(world);
  }
  transport.close();
  fmt::print("rank {}: largest memory {:.1f} GiB\n", world.rank(), resident_gigabytes());
  EXPECT_LT(resident_gigabytes(), 7.0);
}

// Several such values in one message are more than MPI counts.
TEST(Large, AMessageBeyondTwoGibibytes) {
  const Communicator world;
  if (!asked_for()) GTEST_SKIP() << "set SPLICEMD_LARGE_VALUES=1: takes 10 GB of memory";
  if (world.size() == 1) return;
  MpiTransport transport(world);
  constexpr std::size_t kBytes = (std::size_t{1} << 31) + 12345;
  if (world.rank() == 1) {
    Bytes body(kBytes, std::byte{1});
    body[kBytes - 1] = std::byte{7};
    transport.send(0, std::move(body));
    while (transport.sending()) transport.wait(0.01);
  } else {
    std::optional<Message> got;
    while (!(got = transport.receive())) transport.wait(0.01);
    ASSERT_EQ(got->body.size(), kBytes);
    EXPECT_EQ(got->body[kBytes - 2], std::byte{1});
    EXPECT_EQ(got->body[kBytes - 1], std::byte{7});
  }
  transport.close();
}

}  // namespace
}  // namespace splicemd::datastore
