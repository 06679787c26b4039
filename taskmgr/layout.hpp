// Who does what: which ranks are managers, which serve data, and which form workers.
#pragma once

#include <string>
#include <vector>

#include "base/config.hpp"
#include "base/transport/transport.hpp"

namespace splicemd::taskmgr {

struct ManagerPlace {
  Endpoint endpoint = 0;
  std::string hardware;  // of its workers; "": nothing special
};

// The ranks that run one task together; the first leads.
struct WorkerPlace {
  std::vector<Endpoint> ranks;
  int manager = 0;  // index into Layout::managers
};

struct Layout {
  int ranks = 1;
  Endpoint work_manager = 0;
  std::vector<ManagerPlace> managers;
  std::vector<WorkerPlace> workers;
  std::vector<Endpoint> stores;  // for the application: endpoints with a data server

  // The worker `rank` belongs to, −1 if to none.
  int worker_of(Endpoint rank) const;
  // Throws InputError unless every rank has something to do and none is in two workers.
  void check() const;
  // A table for people: one line per kind of rank.
  std::string describe() const;
};

struct LayoutWish {
  int ranks_per_worker = 1;
  int workers_per_manager = 500;
  int stores = 1;
  std::string hardware;
};

// Rank 0 is work manager, task manager and store, the others are workers; a lone rank is everything. With
// more workers than one task manager looks after, task managers and further stores get ranks of their own.
Layout default_layout(int ranks, const LayoutWish& wish = {});

// From a deck's `layout:` map; see docs/workflow.md. Without `managers:` it is the default layout.
Layout read_layout(const ConfigNode& node, int ranks);

}  // namespace splicemd::taskmgr
