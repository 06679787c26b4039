// Clients and servers over a simulated network: what the network does to messages is not seen in the store.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>

#include "base/parse.hpp"
#include "base/random.hpp"
#include "base/transport/simulated_network.hpp"
#include "datastore/client.hpp"
#include "datastore/parts.hpp"
#include "datastore/reader.hpp"
#include "datastore/server.hpp"
#include "tests/datastore/scratch.hpp"

namespace splicemd::datastore {
namespace {

// Endpoints 0 … servers − 1 serve one part each; the others are clients.
class Cluster {
 public:
  Cluster(const std::string& folder, int n_servers, int n_clients,
          const SimulatedNetwork::Settings& settings, std::uint64_t cache_bytes = 0)
      : network_(n_servers + n_clients, settings) {
    const auto parts = static_cast<std::uint64_t>(n_servers);
    StoreOptions options;
    options.clock = [this] { return network_.now(); };
    options.commit_bytes = 20000;
    std::vector<Endpoint> endpoints;
    for (std::uint64_t p = 0; p < parts; ++p) {
      options.parts = p == 0 ? parts : 1;
      stores.push_back(std::make_unique<Store>(part_folder(folder, p), options));
      std::vector<KeyValue*> own(parts, nullptr);
      own[p] = stores.back().get();
      servers.push_back(
          std::make_unique<StoreServer>(network_.endpoint(static_cast<Endpoint>(p)), own));
      endpoints.push_back(static_cast<Endpoint>(p));
    }
    ClientOptions how;
    how.session = 1;
    how.repeat_seconds = 0.5;
    how.cache_bytes = cache_bytes;
    how.window_requests = 20;
    how.window_bytes = 100000;
    for (int c = 0; c < n_clients; ++c) {
      clients.push_back(
          std::make_unique<StoreClient>(network_.endpoint(n_servers + c), endpoints, parts, how));
    }
  }

  // Lets things happen until nothing is under way; false if that takes too long.
  bool settle(double seconds = 1000.0) {
    const double end = network_.now() + seconds;
    while (network_.now() < end) {
      for (const auto& server : servers) server->progress();
      for (const auto& client : clients) client->progress();
      double due = std::numeric_limits<double>::infinity();
      for (const auto& server : servers)
        due = std::min(due, network_.now() + server->seconds_until_due());
      for (const auto& client : clients)
        due = std::min(due, network_.now() + client->seconds_until_due());
      const double arrival = network_.next_arrival();
      if (std::isinf(due) && std::isinf(arrival)) return true;
      if (arrival <= due)
        network_.deliver();
      else
        network_.advance(due + 1e-9);
    }
    return false;
  }
  SimulatedNetwork& network() { return network_; }

 private:
  SimulatedNetwork network_;

 public:
  std::vector<std::unique_ptr<Store>> stores;
  std::vector<std::unique_ptr<StoreServer>> servers;
  std::vector<std::unique_ptr<StoreClient>> clients;
};

TEST(Remote, PutsGetsAndTakesOverSeveralServers) {
  const std::string folder = scratch("remote");
  Cluster cluster(folder, 3, 2, {});
  std::vector<Future> puts;
  for (std::uint64_t n = 0; n < 100; ++n)
    puts.push_back(cluster.clients[n % 2]->put(key_of(n), value_of(n, 10 * n)));
  EXPECT_EQ(cluster.clients[1]->get(key_of(99)).reply().outcome, Outcome::ok);  // its own put
  ASSERT_TRUE(cluster.settle());
  for (const Future& put : puts) EXPECT_TRUE(put.ready() && put.reply().ok());
  std::vector<Future> gets;
  for (std::uint64_t n = 0; n < 101; ++n) gets.push_back(cluster.clients[0]->get(key_of(n)));
  const Future mine = cluster.clients[0]->take(key_of(7));
  const Future yours = cluster.clients[1]->take(key_of(7));
  EXPECT_EQ(cluster.clients[0]->get(key_of(7)).reply().outcome, Outcome::absent);
  ASSERT_TRUE(cluster.settle());
  for (std::uint64_t n = 0; n < 100; ++n) EXPECT_EQ(*gets[n].reply().value, value_of(n, 10 * n));
  EXPECT_EQ(gets[100].reply().outcome, Outcome::absent);
  EXPECT_NE(mine.reply().ok(), yours.reply().ok());
  EXPECT_EQ(cluster.clients[0]->pending_bytes(), 0u);
  for (const auto& store : cluster.stores) EXPECT_GT(store->counters().puts, 10u);
  const StoreReader reader(folder);
  cluster.stores.clear();
}

TEST(Remote, AClientsCacheAnswersAtOnce) {
  Cluster cluster(scratch("cache"), 1, 1, {}, 1 << 20);
  StoreClient& client = *cluster.clients[0];
  cluster.stores[0]->put(key_of(1), value_of(1));
  cluster.stores[0]->commit();
  client.prefetch(key_of(1));
  const Future joined = client.get(key_of(1));
  EXPECT_EQ(client.pending_requests(), 1u);
  ASSERT_TRUE(cluster.settle());
  EXPECT_EQ(*joined.reply().value, value_of(1));
  EXPECT_EQ(*client.get(key_of(1)).reply().value, value_of(1));
  client.take(key_of(1));
  ASSERT_TRUE(cluster.settle());
  const Future gone = client.get(key_of(1));
  ASSERT_TRUE(cluster.settle());
  EXPECT_EQ(gone.reply().outcome, Outcome::absent);
}

TEST(Remote, TellsOfAServerThatDoesNotAnswer) {
  Cluster cluster(scratch("dead"), 1, 1, {});
  cluster.network().kill(0);
  const Future get = cluster.clients[0]->get(key_of(1));
  ASSERT_TRUE(cluster.settle(5000.0));
  EXPECT_EQ(get.reply().outcome, Outcome::failed);
  EXPECT_NE(get.reply().message.find("endpoint 0 does not answer"), std::string::npos);
}

// Every client works on keys of its own, so it knows what each must hold; all take the same shared keys.
void run_schedule(std::uint64_t seed, const std::string& folder) {
  SCOPED_TRACE(fmt::format("seed {}", seed));
  SimulatedNetwork::Settings settings;
  settings.seed = seed;
  settings.latency = 0.001;
  settings.jitter = 0.05;
  settings.drop = 0.1;
  settings.duplicate = 0.1;
  settings.late = 0.05;
  settings.lateness = 3.0;
  Cluster cluster(folder, 2, 3, settings);
  RandomSequence random(seed, RandomStream::user);
  constexpr std::uint64_t kShared = 1000000;
  for (std::uint64_t n = 0; n < 20; ++n)
    cluster.clients[0]->put(key_of(kShared + n), value_of(kShared + n));
  ASSERT_TRUE(cluster.settle());
  std::map<std::uint64_t, std::uint64_t> expected;  // key → version; absent if not here
  std::set<std::uint64_t> erased;
  std::vector<std::pair<std::uint64_t, Future>> takes;
  for (int step = 0; step < 200; ++step) {
    const std::uint64_t c = random.below(3);
    const std::uint64_t n = 3 * random.below(15) + c;
    StoreClient& client = *cluster.clients[c];
    const std::uint64_t what = random.below(10);
    if (what < 5) {
      const auto version = static_cast<std::uint64_t>(step);
      client.put(key_of(n), value_of(version));
      if (erased.count(n) == 0) expected[n] = version;
    } else if (what < 6) {
      client.erase(key_of(n));
      if (expected.erase(n) != 0) erased.insert(n);
    } else if (what < 8) {
      const std::uint64_t shared = kShared + random.below(20);
      takes.emplace_back(shared, client.take(key_of(shared)));
    } else {
      cluster.settle(0.02 * random.uniform());
    }
  }
  ASSERT_TRUE(cluster.settle());
  std::map<std::uint64_t, int> times;
  for (const auto& [shared, take] : takes) {
    ASSERT_TRUE(take.ready());
    if (take.reply().ok()) {
      EXPECT_EQ(*take.reply().value, value_of(shared));
    }
    times[shared] += take.reply().ok() ? 1 : 0;
  }
  for (const auto& [shared, count] : times) EXPECT_EQ(count, 1) << shared;
  cluster.clients.clear();
  cluster.servers.clear();
  cluster.stores.clear();
  StoreReader reader(folder);
  for (std::uint64_t n = 0; n < 45; ++n) {
    const Value value = reader.get(key_of(n));
    ASSERT_EQ(value != nullptr, expected.count(n) != 0) << n;
    if (value) {
      EXPECT_EQ(*value, value_of(expected[n])) << n;
    }
  }
}

TEST(Remote, MessagesDroppedDoubledDelayedAndReorderedChangeNothing) {
  // SPLICEMD_SCHEDULES asks for more of them.
  const char* asked = std::getenv("SPLICEMD_SCHEDULES");
  const std::int64_t schedules = asked == nullptr ? 30 : parse_int(asked).value_or(30);
  for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(schedules); ++seed) {
    run_schedule(seed, scratch("schedule"));
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace splicemd::datastore
