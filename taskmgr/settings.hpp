// How a workflow behaves; the defaults suit tasks from microseconds to hours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/config.hpp"

namespace splicemd::taskmgr {

struct Settings {
  double lease =
      120.0;  // s without a sign of life after which a worker or task manager counts as lost
  double heartbeat = 10.0;     // s between signs of life; well below the lease
  int deaths = 3;              // failed attempts after which a task is quarantined
  double worker_ahead = 0.02;  // s: a worker holds tasks for about this long beyond the running one
  double manager_ahead = 0.05;  // s: a task manager asks for tasks this long before they are needed
  std::size_t worker_tasks = 1024;       // most tasks a worker holds
  std::size_t manager_tasks = 100'000;   // most tasks a task manager holds or has asked for
  std::size_t outstanding = 1'000'000;   // most tasks issued and not finished
  std::size_t cache_bytes = 256 << 20;   // of values in a task manager's cache
  std::size_t output_bytes = 256 << 20;  // outputs a worker may have under way to the store
  double report = 10.0;                  // s between reports of counters
  double wall_time = 0.0;                // s after which the workflow ends orderly; 0: never
  double grace =
      10.0;  // s from the beginning of the end after which tasks still running are left behind
  double patience = 5.0;  // s to wait after that for endpoints that do not answer
  // Where ranks leave word of what they run, so that a task that kills the whole job is known by the next one and
  // counts as a failed attempt; a folder that all ranks share. "": nothing is left.
  std::string marks = {};

  // Set by simulations.
  bool lossy = false;      // the transport may lose, double or reorder messages
  bool simulated = false;  // tasks take simulated time
};

// From a deck's `workflow:` map.
Settings read_settings(const ConfigNode& node, const Settings& defaults = {});

}  // namespace splicemd::taskmgr
