// How a store changes its files: one place to make disks fill up and power fail in tests.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.hpp"

namespace splicemd::datastore {

// The operating system's own calls, made on open descriptors. The functions return 0 or an errno; a test's
// environment overrides them. Used by the thread of the store.
class Environment {
 public:
  virtual ~Environment() = default;
  virtual int write(const std::string& path, int descriptor, std::uint64_t offset, ByteView bytes);
  virtual int truncate(const std::string& path, int descriptor, std::uint64_t bytes);
  virtual int sync(const std::string& path, int descriptor);
  // The SQLite file layer through which the ledger is written; "" for SQLite's own.
  virtual std::string sqlite_vfs() const { return ""; }
};

Environment& system_environment();

}  // namespace splicemd::datastore
