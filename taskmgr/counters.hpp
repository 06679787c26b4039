// What a role has done, cheap enough to be counted always.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "base/transport/transport.hpp"

namespace splicemd::taskmgr {

enum class RoleName : std::uint8_t { work_manager, task_manager, worker, member, host };
std::string_view name_of(RoleName role);

// Since the role began; plain data, so that it can be sent and stored as it is.
struct RoleCounters {
  RoleName role = RoleName::host;
  Endpoint endpoint = 0;
  double begun = 0.0;  // s
  double time = 0.0;   // s, when this was taken
  double processor_seconds =
      0.0;                        // of the endpoint's process: roles that share one report the same
  double task_seconds = 0.0;      // worker: spent in tasks
  std::uint64_t messages_in = 0;  // of the endpoint
  std::uint64_t messages_out = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t tasks_in = 0;      // taken over
  std::uint64_t tasks_done = 0;    // results passed on
  std::uint64_t failures = 0;      // attempts that threw
  std::uint64_t lost_workers = 0;  // managers below the work manager, workers below a task manager
  std::uint64_t reissued = 0;      // tasks handed out again
  std::uint64_t duplicates = 0;    // results dropped because there had been one
  std::uint64_t quarantined = 0;
  std::uint64_t cache_hits = 0;  // task manager: keys found in its cache
  std::uint64_t cache_misses = 0;
  std::uint64_t largest_queue = 0;  // most tasks held at once
  std::uint64_t largest_bytes = 0;  // task manager: most bytes of values and outputs held at once
};

}  // namespace splicemd::taskmgr
