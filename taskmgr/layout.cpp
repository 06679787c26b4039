// Default layouts, layouts from decks, and their description.
#include "taskmgr/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace splicemd::taskmgr {

namespace {

bool contains(const std::vector<Endpoint>& ranks, Endpoint rank) {
  return std::find(ranks.begin(), ranks.end(), rank) != ranks.end();
}

// "1, 2, 5-9"
std::string ranges(std::vector<Endpoint> ranks) {
  std::sort(ranks.begin(), ranks.end());
  std::string text;
  for (std::size_t first = 0; first < ranks.size();) {
    std::size_t last = first;
    while (last + 1 < ranks.size() && ranks[last + 1] == ranks[last] + 1) ++last;
    text += text.empty() ? "" : ", ";
    text += last == first ? fmt::format("{}", ranks[first])
                          : fmt::format("{}-{}", ranks[first], ranks[last]);
    first = last + 1;
  }
  return text;
}

// Adds workers of `size` ranks from the front of `free`, as many as fit and at most `count`.
int add_workers(Layout& layout, std::vector<Endpoint>& free, int manager, int size, int count) {
  int made = 0;
  auto at = free.begin();
  while (made < count && free.end() - at >= size) {
    layout.workers.push_back({{at, at + size}, manager});
    at += size;
    ++made;
  }
  free.erase(free.begin(), at);
  return made;
}

// The least number of managers that leaves none with more workers than it should have.
int managers_for(int ranks, const LayoutWish& wish) {
  int managers = 1;
  while (true) {
    const int apart = managers > 1 ? managers + wish.stores : std::max(1, wish.stores);
    const int workers = (ranks - apart) / wish.ranks_per_worker;
    if (workers <= managers * wish.workers_per_manager) return managers;
    ++managers;
  }
}

}  // namespace

int Layout::worker_of(Endpoint rank) const {
  for (std::size_t w = 0; w < workers.size(); ++w) {
    if (contains(workers[w].ranks, rank)) return static_cast<int>(w);
  }
  return -1;
}

void Layout::check() const {
  std::vector<int> workers_of(static_cast<std::size_t>(ranks), 0);
  std::set<Endpoint> busy{work_manager};
  const auto inside = [&](Endpoint rank) {
    require(rank >= 0 && rank < ranks, "layout: there is no rank {}; there are {}", rank, ranks);
    busy.insert(rank);
  };
  require(!managers.empty(), "layout: there is no task manager");
  require(!workers.empty(), "layout: there is no worker");
  inside(work_manager);
  std::set<Endpoint> places;
  for (const ManagerPlace& manager : managers) {
    inside(manager.endpoint);
    require(places.insert(manager.endpoint).second, "layout: two task managers on rank {}",
            manager.endpoint);
  }
  for (const Endpoint store : stores) inside(store);
  for (const WorkerPlace& worker : workers) {
    require(!worker.ranks.empty(), "layout: a worker without ranks");
    require(worker.manager >= 0 && worker.manager < static_cast<int>(managers.size()),
            "layout: there is no task manager {}", worker.manager);
    for (const Endpoint rank : worker.ranks) {
      inside(rank);
      require(++workers_of[static_cast<std::size_t>(rank)] == 1,
              "layout: rank {} is part of two workers", rank);
    }
  }
  require(static_cast<int>(busy.size()) == ranks, "layout: {} of {} ranks would have nothing to do",
          ranks - static_cast<int>(busy.size()), ranks);
}

std::string Layout::describe() const {
  std::string text = fmt::format("{} rank{}\n", ranks, ranks == 1 ? "" : "s");
  text += fmt::format("  work manager: rank {}\n", work_manager);
  text += fmt::format("  datastore: {}\n",
                      stores.empty() ? "none" : fmt::format("ranks {}", ranges(stores)));
  for (std::size_t m = 0; m < managers.size(); ++m) {
    std::vector<Endpoint> theirs;
    std::set<std::size_t> sizes;
    int count = 0;
    for (const WorkerPlace& worker : workers) {
      if (worker.manager != static_cast<int>(m)) continue;
      theirs.insert(theirs.end(), worker.ranks.begin(), worker.ranks.end());
      sizes.insert(worker.ranks.size());
      ++count;
    }
    text += fmt::format("  task manager {}: rank {}{}; {} worker{} of {} rank{}: {}\n", m,
                        managers[m].endpoint,
                        managers[m].hardware.empty() ? "" : " (" + managers[m].hardware + ")",
                        count, count == 1 ? "" : "s", fmt::join(sizes, " or "),
                        sizes == std::set<std::size_t>{1} ? "" : "s", ranges(theirs));
  }
  return text;
}

Layout default_layout(int ranks, const LayoutWish& wish) {
  require(ranks >= 1, "layout: there must be a rank");
  Layout layout;
  layout.ranks = ranks;
  if (ranks == 1) {
    require(wish.ranks_per_worker == 1, "layout: a worker of {} ranks does not fit one rank",
            wish.ranks_per_worker);
    layout.managers = {{0, wish.hardware}};
    layout.stores = {0};
    layout.workers = {{{0}, 0}};
    return layout;
  }
  const int managers = managers_for(ranks, wish);
  Endpoint next = 1;
  layout.stores = {0};
  for (int k = 1; k < wish.stores; ++k) layout.stores.push_back(next++);
  if (managers == 1) {
    layout.managers = {{0, wish.hardware}};
  } else {
    for (int k = 0; k < managers; ++k) layout.managers.push_back({next++, wish.hardware});
  }
  std::vector<Endpoint> free;
  while (next < ranks) free.push_back(next++);
  const int workers = static_cast<int>(free.size()) / wish.ranks_per_worker;
  require(workers >= managers, "layout: {} ranks are too few for a worker of {} ranks", ranks,
          wish.ranks_per_worker);
  for (int m = 0; m < managers; ++m) {
    const int share = workers / managers + (m < workers % managers ? 1 : 0);
    add_workers(layout, free, m, wish.ranks_per_worker, share);
  }
  for (const Endpoint rank : free) layout.stores.push_back(rank);  // too few for another worker
  layout.check();
  return layout;
}

Layout read_layout(const ConfigNode& node, int ranks) {
  LayoutWish wish;
  wish.ranks_per_worker = static_cast<int>(node.integer("ranks_per_worker", 1, 1, ranks));
  wish.workers_per_manager =
      static_cast<int>(node.integer("workers_per_manager", wish.workers_per_manager, 1, 1'000'000));
  wish.stores = static_cast<int>(node.integer("stores", 1, 1, ranks));
  wish.hardware = node.text("hardware", "");
  const std::optional<ConfigNode> managers = node.find("managers");
  if (!managers) return default_layout(ranks, wish);
  const std::vector<ConfigNode> rows = managers->items();
  Layout layout;
  layout.ranks = ranks;
  Endpoint next = 1;
  layout.stores = {0};
  for (int k = 1; k < wish.stores; ++k) layout.stores.push_back(next++);
  for (std::size_t m = 0; m < rows.size(); ++m) {
    const bool with_work_manager = rows.size() == 1;
    layout.managers.push_back(
        {with_work_manager ? 0 : next++, rows[m].text("hardware", wish.hardware)});
  }
  std::vector<Endpoint> free;
  while (next < ranks) free.push_back(next++);
  for (std::size_t m = 0; m < rows.size(); ++m) {
    const auto size =
        static_cast<int>(rows[m].integer("ranks_per_worker", wish.ranks_per_worker, 1, ranks));
    const bool last = m + 1 == rows.size();
    const auto rest = static_cast<int>(free.size()) / size;
    const auto count = static_cast<int>(last ? rows[m].integer("workers", rest, 1, ranks)
                                             : rows[m].at("workers").integer(1, ranks));
    const int made = add_workers(layout, free, static_cast<int>(m), size, count);
    if (made < count) {
      rows[m].fail("{} workers of {} ranks do not fit: ranks are left for {}", count, size, made);
    }
  }
  layout.check();
  return layout;
}

}  // namespace splicemd::taskmgr
