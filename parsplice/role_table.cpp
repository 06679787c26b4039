// SQL of the table of roles.
#include "parsplice/role_table.hpp"

namespace splicemd::parsplice {

const datastore::Schema& role_schema() {
  static const datastore::Schema kSchema{"roles", {R"(
CREATE TABLE roles(
  session REAL NOT NULL,             -- sessions.started
  endpoint INTEGER NOT NULL,         -- rank
  role TEXT NOT NULL,                -- work manager, task manager, worker
  seconds REAL NOT NULL,             -- since it began
  processor_seconds REAL NOT NULL,   -- of its process, which roles may share
  task_seconds REAL NOT NULL,        -- worker: in tasks
  messages_in INTEGER NOT NULL, messages_out INTEGER NOT NULL,
  bytes_in INTEGER NOT NULL, bytes_out INTEGER NOT NULL,
  tasks_in INTEGER NOT NULL, tasks_done INTEGER NOT NULL,
  failures INTEGER NOT NULL,         -- attempts that threw
  lost_workers INTEGER NOT NULL, reissued INTEGER NOT NULL, duplicates INTEGER NOT NULL,
  quarantined INTEGER NOT NULL,
  cache_hits INTEGER NOT NULL, cache_misses INTEGER NOT NULL,
  largest_queue INTEGER NOT NULL,    -- most tasks held at once
  largest_bytes INTEGER NOT NULL,    -- task manager: most bytes of values and outputs held at once
  PRIMARY KEY(session, endpoint, role)
) WITHOUT ROWID;
)"}};
  return kSchema;
}

void write_role(datastore::Ledger& ledger, double session, const taskmgr::RoleCounters& c) {
  ledger.prepare("INSERT OR REPLACE INTO roles VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
      .run(session, c.endpoint, name_of(c.role), c.time - c.begun, c.processor_seconds,
           c.task_seconds, c.messages_in, c.messages_out, c.bytes_in, c.bytes_out, c.tasks_in,
           c.tasks_done, c.failures, c.lost_workers, c.reissued, c.duplicates, c.quarantined,
           c.cache_hits, c.cache_misses, c.largest_queue, c.largest_bytes);
}

}  // namespace splicemd::parsplice
