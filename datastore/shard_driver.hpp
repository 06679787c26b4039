// The HDF5 file driver of shards that are written: HDF5's writes go through an Environment, and can be cut
// off when they have failed.
#pragma once

#include <memory>
#include <string>

#include "base/hdf5.hpp"
#include "datastore/environment.hpp"

namespace splicemd::datastore {

// The file under a shard. Shared by the shard and by HDF5, which may hold on to a file it could not close.
struct ShardFile {
  ShardFile(std::string file_path, Environment& files)
      : path(std::move(file_path)), environment(files) {}
  ~ShardFile();
  ShardFile(const ShardFile&) = delete;
  ShardFile& operator=(const ShardFile&) = delete;

  // RunError if the disk refuses.
  void sync();

  std::string path;
  Environment& environment;
  int descriptor = -1;
  // Writes are taken and forgotten: after an error HDF5 can then be closed without touching the file again.
  bool discard = false;
  int error = 0;  // errno of the write that failed first
};

// File access properties with which H5Fcreate and H5Fopen use `file`, which must live until they return.
h5::Handle driver_access(const std::shared_ptr<ShardFile>& file);

}  // namespace splicemd::datastore
