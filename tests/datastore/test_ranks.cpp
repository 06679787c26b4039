// A store server on rank 0 of an MPI job and clients on the others.
#include <gtest/gtest.h>

#include "base/transport/mpi_transport.hpp"
#include "datastore/client.hpp"
#include "datastore/reader.hpp"
#include "datastore/server.hpp"
#include "tests/datastore/scratch.hpp"
#include "tests/datastore/serve.hpp"

namespace splicemd::datastore {
namespace {

constexpr std::uint64_t kValues = 200;

std::uint64_t number_of(int rank, std::uint64_t n) {
  return static_cast<std::uint64_t>(rank) * 1000 + n;
}

// Puts, gets back, takes every third; one value is larger than MPI's eager messages by far.
void use(MpiTransport& transport) {
  StoreClient client(transport, {0});
  const int self = transport.self();
  std::vector<Future> puts, takes;
  for (std::uint64_t n = 0; n < kValues; ++n)
    puts.push_back(client.put(key_of(number_of(self, n)), value_of(n, n == 7 ? 5000000 : 100 * n)));
  for (const Future& put : puts) EXPECT_TRUE(client.wait(put).ok());
  for (std::uint64_t n = 0; n < kValues; n += 3)
    takes.push_back(client.take(key_of(number_of(self, n))));
  for (std::uint64_t n = 0; n < kValues; n += 3)
    EXPECT_EQ(*client.wait(takes[n / 3]).value, value_of(n, 100 * n));
  StoreClient fresh(transport, {0});
  for (std::uint64_t n = 0; n < kValues; ++n) {
    const auto future = fresh.get(key_of(number_of(self, n)));  // owns the reply
    const Reply& reply = fresh.wait(future);
    EXPECT_EQ(reply.outcome, n % 3 == 0 ? Outcome::absent : Outcome::ok) << n;
  }
}

TEST(Ranks, ClientsShareAServer) {
  const Communicator comm;
  MpiTransport transport(comm);
  const std::string folder =
      comm.is_root() ? scratch(fmt::format("ranks{}", comm.size())) : std::string();
  if (comm.is_root()) {
    Store store(folder);
    StoreServer server(transport, store);
    serve_until_done(server, transport, comm);
    EXPECT_EQ(server.repetitions(), 0u);
  } else {
    use(transport);
    wait_until_served(comm);
  }
  transport.close();
  if (!comm.is_root()) return;
  StoreReader reader(folder);
  for (int rank = 1; rank < comm.size(); ++rank)
    EXPECT_EQ(*reader.get(key_of(number_of(rank, 7))), value_of(7, 5000000));
}

}  // namespace
}  // namespace splicemd::datastore
