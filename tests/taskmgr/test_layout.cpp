// Layouts: the default ones, those of decks, and what is wrong with some.
#include <gtest/gtest.h>

#include "taskmgr/layout.hpp"
#include "taskmgr/settings.hpp"

namespace splicemd::taskmgr {
namespace {

Layout from_deck(const std::string& text, int ranks) {
  const ConfigNode deck = ConfigNode::parse("deck.yaml", text);
  const Layout layout = read_layout(deck, ranks);
  deck.reject_unread();
  return layout;
}

std::string message_of(const std::string& text, int ranks) {
  try {
    from_deck(text, ranks);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Layout, OneRankIsEverything) {
  const Layout layout = default_layout(1);
  layout.check();
  EXPECT_EQ(layout.worker_of(0), 0);
  EXPECT_EQ(layout.managers.front().endpoint, 0);
}

TEST(Layout, OnALaptopRankZeroManages) {
  const Layout layout = default_layout(3);
  EXPECT_EQ(layout.worker_of(0), -1);
  EXPECT_EQ(layout.workers.size(), 2u);
  EXPECT_EQ(layout.describe(),
            "3 ranks\n"
            "  work manager: rank 0\n"
            "  datastore: ranks 0\n"
            "  task manager 0: rank 0; 2 workers of 1 rank: 1-2\n");
}

TEST(Layout, EveryRankHasSomethingToDo) {
  for (int ranks = 1; ranks < 300; ++ranks) {
    for (const int size : {1, 2, 3}) {
      if (size > 1 && ranks < size + 1) continue;
      for (const int per_manager : {4, 50, 500}) {
        LayoutWish wish;
        wish.ranks_per_worker = size;
        wish.workers_per_manager = per_manager;
        const Layout layout = default_layout(ranks, wish);
        EXPECT_NO_THROW(layout.check());
        std::vector<int> load(layout.managers.size(), 0);
        for (const WorkerPlace& worker : layout.workers) {
          ++load[static_cast<std::size_t>(worker.manager)];
        }
        for (const int n : load) {
          EXPECT_GE(n, 1);
          EXPECT_LE(n, per_manager);
        }
      }
    }
  }
}

TEST(Layout, ManagersWithDifferentHardwareAndWorkers) {
  const Layout layout = from_deck(
      "managers:\n"
      "  - {workers: 2, ranks_per_worker: 2, hardware: gpu}\n"
      "  - {ranks_per_worker: 1}\n",
      10);
  ASSERT_EQ(layout.managers.size(), 2u);
  EXPECT_EQ(layout.managers[0].hardware, "gpu");
  EXPECT_EQ(layout.managers[1].hardware, "");
  EXPECT_EQ(layout.workers.size(), 2u + 3u);
  EXPECT_EQ(layout.workers[0].ranks, (std::vector<Endpoint>{3, 4}));
  EXPECT_EQ(layout.workers[4].ranks, (std::vector<Endpoint>{9}));
}

TEST(Layout, SaysWhatDoesNotFit) {
  EXPECT_NE(message_of("managers: [{workers: 5}, {}]", 5).find("do not fit"), std::string::npos);
  EXPECT_NE(message_of("managers: [{workers: 1}]", 5).find("nothing to do"), std::string::npos);
  EXPECT_NE(message_of("ranks_per_worker: 4", 3).find("ranks_per_worker"), std::string::npos);
  EXPECT_NE(message_of("worker_per_manager: 4", 3).find("workers_per_manager"), std::string::npos);
}

TEST(Settings, HeartbeatFollowsTheLease) {
  const auto read = [](const char* text) {
    return read_settings(ConfigNode::parse("deck.yaml", text));
  };
  EXPECT_DOUBLE_EQ(read("lease: 24").heartbeat, 2.0);
  EXPECT_THROW(read("{lease: 10, heartbeat: 5}"), InputError);
  EXPECT_EQ(read("cache: 3 MiB").cache_bytes, std::size_t{3} << 20);
  EXPECT_EQ(read("{}").deaths, 3);
}

}  // namespace
}  // namespace splicemd::taskmgr
