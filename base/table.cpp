// Formatting of tables and fields.
#include "base/table.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace splicemd {

namespace {

// For people and CSV.
std::string plain(const Cell& cell) {
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return fmt::format("{}", *whole);
  if (const auto* number = std::get_if<double>(&cell)) return fmt::format("{}", *number);
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  return "";
}

// For people: seven digits, and whole units of large numbers such as times in seconds.
std::string readable(const Cell& cell) {
  const auto* number = std::get_if<double>(&cell);
  if (number == nullptr) return plain(cell);
  const double size = std::abs(*number);
  return size >= 1e7 && size < 1e15 ? fmt::format("{:.1f}", *number)
                                    : fmt::format("{:.7g}", *number);
}

std::string json_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += {'\\', c};
    else if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out + '"';
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

// Code points, near enough to columns of a terminal.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

bool is_number(const Cell& cell) {
  return std::holds_alternative<std::int64_t>(cell) || std::holds_alternative<double>(cell);
}

std::string padded(const std::string& text, std::size_t columns, bool right) {
  const std::string blanks(columns - std::min(columns, width(text)), ' ');
  return right ? blanks + text : text + blanks;
}

void append_line(std::string& text, std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  if (!text.empty()) text += '\n';
  text += line;
}

}  // namespace

std::string json_value(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return json_text(*text);
  if (const auto* number = std::get_if<double>(&cell); number != nullptr && !std::isfinite(*number))
    return "null";
  const std::string text = plain(cell);
  return text.empty() ? "null" : text;
}

void Table::add(std::vector<Cell> row) {
  ensure(row.size() == columns_.size(), "a row of {} cells in a table of {} columns", row.size(),
         columns_.size());
  rows_.push_back(std::move(row));
}

std::string Table::format(TableFormat how) const {
  if (how == TableFormat::json) return as_json();
  return how == TableFormat::csv ? as_csv() : as_text();
}

std::string Table::as_text() const {
  std::vector<std::size_t> widths;
  std::vector<bool> right(columns_.size(), false);
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    widths.push_back(width(columns_[c]));
    for (const auto& row : rows_) {
      widths[c] = std::max(widths[c], width(readable(row[c])));
      if (is_number(row[c])) right[c] = true;
    }
  }
  std::string text;
  const auto add_line = [&](const auto& cell_text) {
    std::string line;
    for (std::size_t c = 0; c < columns_.size(); ++c)
      line += (c == 0 ? "" : "  ") + padded(cell_text(c), widths[c], right[c]);
    append_line(text, line);
  };
  add_line([&](std::size_t c) { return columns_[c]; });
  for (const auto& row : rows_) add_line([&](std::size_t c) { return readable(row[c]); });
  return text;
}

std::string Table::as_json() const {
  std::string text = "[";
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    text += r == 0 ? "\n  {" : ",\n  {";
    for (std::size_t c = 0; c < columns_.size(); ++c)
      text += (c == 0 ? "" : ", ") + json_text(columns_[c]) + ": " + json_value(rows_[r][c]);
    text += '}';
  }
  return text + (rows_.empty() ? "]" : "\n]");
}

std::string Table::as_csv() const {
  std::string text;
  for (std::size_t c = 0; c < columns_.size(); ++c)
    text += (c == 0 ? "" : ",") + csv_cell(columns_[c]);
  for (const auto& row : rows_) {
    text += '\n';
    for (std::size_t c = 0; c < row.size(); ++c)
      text += (c == 0 ? "" : ",") + csv_cell(plain(row[c]));
  }
  return text;
}

std::string format_fields(const Fields& fields, TableFormat how) {
  std::string text;
  if (how == TableFormat::text) {
    std::size_t longest = 0;
    for (const auto& [name, value] : fields) longest = std::max(longest, width(name));
    for (const auto& [name, value] : fields)
      append_line(text, padded(name, longest, false) + "  " + readable(value));
    return text;
  }
  if (how == TableFormat::json) {
    for (const auto& [name, value] : fields)
      text += (text.empty() ? "{\n  " : ",\n  ") + json_text(name) + ": " + json_value(value);
    return text.empty() ? "{}" : text + "\n}";
  }
  std::vector<std::string> columns;
  std::vector<Cell> row;
  for (const auto& [name, value] : fields) {
    columns.push_back(name);
    row.push_back(value);
  }
  Table table(columns);
  table.add(row);
  return table.format(how);
}

}  // namespace splicemd
