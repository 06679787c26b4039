// What the workflow's roles have done, as rows of the ledger.
#pragma once

#include "datastore/ledger.hpp"
#include "taskmgr/counters.hpp"

namespace splicemd::parsplice {

// The table `roles`: one row for each session (by its start, seconds since 1970), endpoint and role.
const datastore::Schema& role_schema();

// Writes the row of a role as it is now; belongs into a LedgerWork.
void write_role(datastore::Ledger& ledger, double session, const taskmgr::RoleCounters& counters);

}  // namespace splicemd::parsplice
