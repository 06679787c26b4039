// SQLite's types as cells.
#include "datastore/rows.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace splicemd::datastore {
namespace {

std::string hex(ByteView bytes) {
  std::string digits;
  digits.reserve(2 * bytes.size());
  for (const std::byte b : bytes) digits += fmt::format("{:02x}", static_cast<unsigned>(b));
  return digits;
}

}  // namespace

Cell cell_of(const Statement& row, int column) {
  switch (row.type(column)) {
    case Statement::Type::integer:
      return row.integer(column);
    case Statement::Type::real:
      return row.real(column);
    case Statement::Type::text:
      return std::string(row.text(column));
    case Statement::Type::blob:
      return hex(row.blob(column));
    default:
      return std::monostate{};
  }
}

Table table_of(Statement& statement) {
  std::vector<std::string> columns;
  for (int k = 0; k < statement.columns(); ++k) columns.push_back(statement.column_name(k));
  Table table(columns);
  while (statement.step()) {
    std::vector<Cell> row;
    for (int k = 0; k < statement.columns(); ++k) row.push_back(cell_of(statement, k));
    table.add(std::move(row));
  }
  return table;
}

}  // namespace splicemd::datastore
