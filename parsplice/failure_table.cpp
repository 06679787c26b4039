// SQL of the table of failures, which stores of campaigns without any may lack.
#include "parsplice/failure_table.hpp"

namespace splicemd::parsplice {
namespace {

constexpr const char* kVersion1 = R"(
CREATE TABLE failures(
  segment INTEGER PRIMARY KEY,       -- given up
  piece INTEGER NOT NULL,            -- that failed
  replacement INTEGER NOT NULL,      -- segment that took its place in the state's queue
  time REAL NOT NULL,                -- s since 1970
  attempts TEXT NOT NULL             -- what happened each time
);
)";

bool there(datastore::Ledger& ledger) { return ledger.version(failure_schema().name) > 0; }

}  // namespace

const datastore::Schema& failure_schema() {
  static const datastore::Schema kSchema{"failures", {kVersion1}};
  return kSchema;
}

void write_failure(datastore::Ledger& ledger, const FailureRow& row) {
  ledger.prepare("INSERT OR REPLACE INTO failures VALUES(?, ?, ?, ?, ?)")
      .run(row.segment, row.piece, row.replacement, row.time, row.attempts);
}

std::map<SegmentId, SegmentId> read_replacements(datastore::Ledger& ledger) {
  std::map<SegmentId, SegmentId> replaced;
  if (!there(ledger)) return replaced;
  datastore::Statement rows = ledger.prepare("SELECT replacement, segment FROM failures");
  while (rows.step()) {
    replaced[static_cast<SegmentId>(rows.integer(0))] = static_cast<SegmentId>(rows.integer(1));
  }
  return replaced;
}

std::int64_t count_failures(datastore::Ledger& ledger) {
  if (!there(ledger)) return 0;
  return ledger.database().integer("SELECT count(*) FROM failures").value_or(0);
}

}  // namespace splicemd::parsplice
