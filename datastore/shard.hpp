// Shards: HDF5 files to whose one dataset of bytes values are appended.
//
// While it is written a shard is in HDF5's single-writer multiple-readers (SWMR) mode, so that it can be read
// meanwhile and survives the death of its writer. docs/datastore_format.md specifies the files.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/hdf5.hpp"
#include "datastore/environment.hpp"
#include "datastore/ledger.hpp"
#include "datastore/shard_driver.hpp"

namespace splicemd::datastore {

// What a shard says of itself.
struct ShardIdentity {
  std::string store;        // the store's identifier
  std::int64_t writer = 0;  // row of the ledger's table `writers`
};

// Appends to a new shard. Used by one thread, as all of HDF5.
class ShardWriter {
 public:
  // Creates the file, which must not exist.
  ShardWriter(const std::string& path, const ShardIdentity& identity,
              Environment& environment = system_environment());
  ~ShardWriter();  // leaves the file as a crash would, unless seal() was called
  ShardWriter(const ShardWriter&) = delete;
  ShardWriter& operator=(const ShardWriter&) = delete;

  // Takes the bytes in and returns the offset at which they will lie.
  std::uint64_t append(ByteView bytes);
  std::uint64_t size() const { return written_ + staged_.size(); }
  // Hands everything to the operating system so that readers can see it, and with `durable` to the disk.
  void flush(bool durable);
  // Waits until what was flushed is on the disk.
  void sync() { shard_->sync(); }
  // The blocks written since the last call.
  std::vector<Block> take_blocks() { return std::exchange(blocks_, {}); }
  // Bytes that were flushed.
  void read(std::uint64_t offset, std::span<std::byte> bytes) const;
  // Flushes, closes and syncs: the file is a plain HDF5 file from now on.
  void seal();

 private:
  void create(const ShardIdentity& identity);
  void abandon();
  void write_out(ByteView bytes);
  // Runs `action`; where HDF5 fails because a write did, the error says why that failed.
  template <class Action>
  void guarded(const Action& action);

  std::shared_ptr<ShardFile> shard_;
  h5::Handle file_, dataset_;
  std::uint64_t written_ = 0;  // bytes given to HDF5
  Bytes staged_;               // bytes that wait for more, so that HDF5 gets large blocks
  std::vector<Block> blocks_;
};

// Reads one shard, sealed or not, also while another process writes it.
class ShardReader {
 public:
  ShardReader(const std::string& path, bool sealed);
  // RunError if the shard ends before.
  void read(std::uint64_t offset, std::span<std::byte> bytes);
  std::uint64_t size();  // bytes that HDF5 can reach now
  std::string store_id() const;

 private:
  std::string path_;
  bool sealed_;
  std::shared_ptr<ShardFile> shard_;
  h5::Handle file_, dataset_;
  std::uint64_t size_ = 0;
};

}  // namespace splicemd::datastore
