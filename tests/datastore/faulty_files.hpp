// Disks that fill up and power that fails, for shards and ledger alike.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "datastore/environment.hpp"

namespace splicemd::datastore {

// Lets a given number of bytes through, the last write in part, and refuses all further ones with ENOSPC. Knows
// which writes have not been synced: lose_power() keeps an arbitrary part of those, torn anywhere.
class FaultyFiles : public Environment {
 public:
  FaultyFiles();
  ~FaultyFiles() override;

  void set_space(std::uint64_t bytes) { space_ = bytes; }
  bool was_full() const { return was_full_; }
  // From now on writes are taken and forgotten, as by a machine without power.
  void switch_off() { off_ = true; }
  // The state of the files as the machine finds them when it starts again. Nothing may have them open.
  void lose_power(RandomSequence& random);
  std::size_t unsynced() const { return log_.size(); }
  // "write NAME" and "sync NAME" in the order in which they came; NAME without its folder.
  std::vector<std::string>& events() { return events_; }

  int write(const std::string& path, int descriptor, std::uint64_t offset, ByteView bytes) override;
  int truncate(const std::string& path, int descriptor, std::uint64_t bytes) override;
  int sync(const std::string& path, int descriptor) override;
  std::string sqlite_vfs() const override { return name_; }

  // What SQLite's file layer asks for.
  bool off() const { return off_; }
  // Notes a write that is about to be made and returns how many of its bytes may be.
  std::size_t allow(const std::string& path, std::uint64_t offset, ByteView bytes);
  void note_truncation(const std::string& path, std::uint64_t bytes);
  void note_sync(const std::string& path);

 private:
  struct Change {
    std::string path;
    std::uint64_t offset = 0;
    Bytes before, after;
    std::uint64_t size_before = 0;
    bool truncation = false;
  };
  std::string name_;
  std::uint64_t space_ = std::numeric_limits<std::uint64_t>::max();
  bool off_ = false, was_full_ = false;
  std::vector<Change> log_;
  std::vector<std::string> events_;
};

}  // namespace splicemd::datastore
