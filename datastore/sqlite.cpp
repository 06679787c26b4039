// The SQLite calls behind sqlite.hpp, each checked.
#include "datastore/sqlite.hpp"

#include <sqlite3.h>

#include <utility>

#include "base/error.hpp"

namespace splicemd::datastore {

namespace {

[[noreturn]] void fail(sqlite3* handle, const std::string& what) {
  const char* path = handle == nullptr ? nullptr : sqlite3_db_filename(handle, nullptr);
  throw RunError(fmt::format("SQLite: {}: {}{}", path == nullptr ? "" : path, what,
                             handle == nullptr ? "" : fmt::format(": {}", sqlite3_errmsg(handle))));
}

// A reader waits this long for a writer's short exclusive moments, in milliseconds.
constexpr int kBusyMilliseconds = 10000;

}  // namespace

std::array<std::byte, 16> key_bytes(const Key& key) {
  std::array<std::byte, 16> bytes{};
  for (unsigned k = 0; k < 8; ++k) {
    bytes[k] = static_cast<std::byte>(key.high >> (56 - 8 * k));
    bytes[8 + k] = static_cast<std::byte>(key.low >> (56 - 8 * k));
  }
  return bytes;
}

Key key_from_bytes(ByteView bytes) {
  ensure(bytes.size() == 16, "a key of {} bytes, expected 16", bytes.size());
  Key key;
  for (std::size_t k = 0; k < 8; ++k) {
    key.high = key.high << 8 | static_cast<std::uint64_t>(bytes[k]);
    key.low = key.low << 8 | static_cast<std::uint64_t>(bytes[8 + k]);
  }
  return key;
}

Statement::Statement(Database& database, std::string_view sql) {
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement_, &rest);
  if (code != SQLITE_OK) fail(database.handle(), fmt::format("'{}'", sql));
  ensure(statement_ != nullptr, "SQLite: '{}' holds no statement", sql);
  const std::string_view left(rest, static_cast<std::size_t>(sql.data() + sql.size() - rest));
  if (left.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
    sqlite3_finalize(std::exchange(statement_, nullptr));
    throw RunError(fmt::format("SQLite: more than one statement in '{}'", sql));
  }
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(statement_, other.statement_);
  return *this;
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) fail(sqlite3_db_handle(statement_), sqlite3_sql(statement_));
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    reset();
    return false;
  }
  try {
    fail(sqlite3_db_handle(statement_), sqlite3_sql(statement_));
  } catch (const RunError&) {
    reset();
    throw;
  }
}

void Statement::reset() {
  sqlite3_reset(statement_);  // repeats the error of the last step, which was reported there
}

int Statement::columns() const { return sqlite3_column_count(statement_); }
std::string Statement::column_name(int column) const {
  const char* name = sqlite3_column_name(statement_, column);
  return name == nullptr ? "" : name;
}

Statement::Type Statement::type(int column) const {
  switch (sqlite3_column_type(statement_, column)) {
    case SQLITE_INTEGER:
      return Type::integer;
    case SQLITE_FLOAT:
      return Type::real;
    case SQLITE_TEXT:
      return Type::text;
    case SQLITE_BLOB:
      return Type::blob;
    default:
      return Type::null;
  }
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}
double Statement::real(int column) const { return sqlite3_column_double(statement_, column); }

std::string_view Statement::text(int column) const {
  const unsigned char* text = sqlite3_column_text(statement_, column);
  if (text == nullptr) return {};
  return {reinterpret_cast<const char*>(text),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

ByteView Statement::blob(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  return {static_cast<const std::byte*>(data),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Key Statement::key(int column) const { return key_from_bytes(blob(column)); }

bool Statement::read_only() const { return sqlite3_stmt_readonly(statement_) != 0; }

void Statement::bind_null(int index) { check(sqlite3_bind_null(statement_, index)); }
void Statement::bind_integer(int index, std::int64_t value) {
  check(sqlite3_bind_int64(statement_, index, value));
}
void Statement::bind_real(int index, double value) {
  check(sqlite3_bind_double(statement_, index, value));
}
void Statement::bind_text(int index, std::string_view value) {
  check(sqlite3_bind_text64(statement_, index, value.empty() ? "" : value.data(), value.size(),
                            SQLITE_TRANSIENT, SQLITE_UTF8));
}
void Statement::bind_blob(int index, ByteView value) {
  check(sqlite3_bind_blob64(statement_, index,
                            value.empty() ? static_cast<const void*>("") : value.data(),
                            value.size(), SQLITE_TRANSIENT));
}
void Statement::bind_key(int index, const Key& key) { bind_blob(index, key_bytes(key)); }

Database::Database(const std::string& path, Mode mode, const std::string& vfs) : path_(path) {
  int flags = SQLITE_OPEN_NOMUTEX;
  if (mode == Mode::create) flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  if (mode == Mode::write) flags |= SQLITE_OPEN_READWRITE;
  if (mode == Mode::read) flags |= SQLITE_OPEN_READONLY;
  const int code =
      sqlite3_open_v2(path.c_str(), &handle_, flags, vfs.empty() ? nullptr : vfs.c_str());
  if (code != SQLITE_OK) {
    const std::string reason = handle_ == nullptr ? "out of memory" : sqlite3_errmsg(handle_);
    sqlite3_close_v2(std::exchange(handle_, nullptr));
    throw RunError(fmt::format("{}: cannot open: {}", path, reason));
  }
  sqlite3_busy_timeout(handle_, kBusyMilliseconds);
  sqlite3_extended_result_codes(handle_, 1);
}

Database::~Database() { sqlite3_close_v2(handle_); }

Database::Database(Database&& other) noexcept
    : path_(std::move(other.path_)), handle_(std::exchange(other.handle_, nullptr)) {}

Database& Database::operator=(Database&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(handle_, other.handle_);
  return *this;
}

void Database::execute(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    fail(handle_, fmt::format("'{}'", sql.substr(0, 200)));
  }
}

std::optional<std::int64_t> Database::integer(std::string_view sql) {
  Statement query = prepare(sql);
  if (!query.step() || query.is_null(0)) return std::nullopt;
  return query.integer(0);
}

std::optional<std::string> Database::text(std::string_view sql) {
  Statement query = prepare(sql);
  if (!query.step() || query.is_null(0)) return std::nullopt;
  return std::string(query.text(0));
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
std::int64_t Database::last_row() const { return sqlite3_last_insert_rowid(handle_); }

Transaction::Transaction(Database& database) : database_(database) {
  database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  // Some errors (disk full) have rolled back already.
  if (open_ && database_.in_transaction())
    sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace splicemd::datastore
