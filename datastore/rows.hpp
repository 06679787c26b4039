// Rows of the ledger as cells and tables for people and programs.
#pragma once

#include "base/table.hpp"
#include "datastore/sqlite.hpp"

namespace splicemd::datastore {

// A column of the statement's present row; blobs as hexadecimal digits.
Cell cell_of(const Statement& row, int column);
// All rows that are left, under the statement's names of columns.
Table table_of(Statement& statement);

}  // namespace splicemd::datastore
