// The right to write to a store: one process at a time.
#pragma once

#include <string>

namespace splicemd::datastore {

// Held from construction to destruction. The lock is the operating system's (flock), so it ends with the
// process however that ends; the file's content (host, process) is for messages and for file systems
// without locks.
class Lock {
 public:
  // Throws InputError with the holder's host and process if another one holds it. `file` is created.
  explicit Lock(const std::string& file);
  ~Lock();
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  // True if the last holder ended without releasing the lock: it was killed, or its machine stopped.
  bool was_stale() const { return !stale_holder_.empty(); }
  const std::string& stale_holder() const { return stale_holder_; }  // "process 4711 on host n12"

 private:
  void acquire();
  void record_holder() const;
  std::string file_;
  std::string stale_holder_;
  int descriptor_ = -1;
};

// This machine's name.
std::string host_name();

}  // namespace splicemd::datastore
