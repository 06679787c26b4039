// Segments that were given up because they failed again and again, and what took their places.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "datastore/ledger.hpp"
#include "parsplice/segment.hpp"

namespace splicemd::parsplice {

const datastore::Schema& failure_schema();

struct FailureRow {
  SegmentId segment = 0;      // given up
  std::uint32_t piece = 0;    // that failed
  SegmentId replacement = 0;  // in its place of the state's queue
  double time = 0.0;          // s since 1970
  std::string attempts;       // what happened each time, a line each
};

// Belongs into a LedgerWork.
void write_failure(datastore::Ledger& ledger, const FailureRow& row);
// By replacement: the segment it stands for. Empty where the ledger has no such table.
std::map<SegmentId, SegmentId> read_replacements(datastore::Ledger& ledger);
// How many segments were given up; 0 where the ledger has no such table.
std::int64_t count_failures(datastore::Ledger& ledger);

}  // namespace splicemd::parsplice
