// RAII handles over the SQLite C library: a database, prepared statements, transactions.
//
// Every failure throws RunError with the file and SQLite's own text. Used by one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/bytes.hpp"
#include "base/key.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace splicemd::datastore {

class Database;

// A prepared statement. Parameters are bound in order, from 1; a finished or reset statement can be run again.
//   statement.run(id, name);                                  // INSERT, UPDATE, DELETE
//   statement.bind(id); while (statement.step()) use(statement.integer(0)); statement.reset();
class Statement {
 public:
  Statement() = default;
  Statement(Database& database, std::string_view sql);
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Numbers, text (std::string, const char*), blobs (ByteView, Bytes), keys (a blob of 16 bytes, the high half
  // first, most significant byte first), std::optional of those and nullptr (NULL).
  template <class... Values>
  Statement& bind(const Values&... values) {
    int index = 0;
    (bind_at(++index, values), ...);
    return *this;
  }
  // True if there is a row; after the last one the statement is reset.
  bool step();
  void reset();
  // Binds, runs to the end and resets.
  template <class... Values>
  void run(const Values&... values) {
    bind(values...);
    while (step()) {
    }
  }

  // Columns of the current row, from 0. Text and blobs are valid until the next step.
  int columns() const;
  std::string column_name(int column) const;
  enum class Type { integer, real, text, blob, null };
  Type type(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string_view text(int column) const;
  ByteView blob(int column) const;
  Key key(int column) const;
  bool is_null(int column) const { return type(column) == Type::null; }

  // True if it cannot change the database.
  bool read_only() const;

 private:
  template <class T>
  void bind_at(int index, const T& value) {
    if constexpr (std::is_same_v<T, std::nullptr_t>)
      bind_null(index);
    else if constexpr (std::is_same_v<T, Key>)
      bind_key(index, value);
    else if constexpr (std::is_floating_point_v<T>)
      bind_real(index, static_cast<double>(value));
    else if constexpr (std::is_enum_v<T> || std::is_integral_v<T>)
      bind_integer(index, static_cast<std::int64_t>(value));
    else if constexpr (std::is_convertible_v<T, std::string_view>)
      bind_text(index, value);
    else
      bind_blob(index, value);
  }
  template <class T>
  void bind_at(int index, const std::optional<T>& value) {
    if (value)
      bind_at(index, *value);
    else
      bind_null(index);
  }
  void bind_null(int index);
  void bind_integer(int index, std::int64_t value);
  void bind_real(int index, double value);
  void bind_text(int index, std::string_view value);
  void bind_blob(int index, ByteView value);
  void bind_key(int index, const Key& key);
  void check(int code) const;

  sqlite3_stmt* statement_ = nullptr;
};

// An open database. Statements must not outlive it.
class Database {
 public:
  enum class Mode { create, write, read };
  Database() = default;
  // `vfs` names the file layer, "" for the system's.
  Database(const std::string& path, Mode mode, const std::string& vfs = "");
  ~Database();
  Database(Database&& other) noexcept;
  Database& operator=(Database&& other) noexcept;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // One or several statements without parameters.
  void execute(const std::string& sql);
  Statement prepare(std::string_view sql) { return {*this, sql}; }
  // The first column of the first row, if there is one and it is not NULL.
  std::optional<std::int64_t> integer(std::string_view sql);
  std::optional<std::string> text(std::string_view sql);

  bool in_transaction() const;
  std::int64_t last_row() const;
  const std::string& path() const { return path_; }
  sqlite3* handle() const { return handle_; }

 private:
  std::string path_;
  sqlite3* handle_ = nullptr;
};

// Everything until commit(), or nothing. The write lock is taken at once.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

// Sixteen bytes in the order in which keys sort: what a key is in the ledger.
std::array<std::byte, 16> key_bytes(const Key& key);
Key key_from_bytes(ByteView bytes);

}  // namespace splicemd::datastore
