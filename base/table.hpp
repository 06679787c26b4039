// Results as tables: aligned for people, JSON and CSV for programs.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace splicemd {

enum class TableFormat { text, json, csv };

// Nothing, a whole number, a number (for programs its shortest form that reads back the same, for people seven
// digits), a text.
using Cell = std::variant<std::monostate, std::int64_t, double, std::string>;

// Rows under named columns. The formatted text ends without an end of line.
class Table {
 public:
  explicit Table(std::vector<std::string> columns) : columns_(std::move(columns)) {}
  // As many cells as there are columns.
  void add(std::vector<Cell> row);
  std::size_t rows() const { return rows_.size(); }

  // text: columns aligned, numbers to the right; json: an array of objects; csv: RFC 4180, a header line first.
  std::string format(TableFormat how) const;

 private:
  std::string as_text() const;
  std::string as_json() const;
  std::string as_csv() const;
  std::vector<std::string> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// Named single values. text: a line each; json: one object; csv: a header and one line.
using Fields = std::vector<std::pair<std::string, Cell>>;
std::string format_fields(const Fields& fields, TableFormat how);

// A JSON value; numbers that are not finite are null.
std::string json_value(const Cell& cell);

}  // namespace splicemd
