// Shards by HDF5: an extendible chunked dataset, SWMR, explicit flushes and syncs.
#include "datastore/shard.hpp"

#include <cstring>

#include "base/checksum.hpp"
#include "base/error.hpp"

namespace splicemd::datastore {

namespace {

constexpr const char* kDataset = "data";
// A flush rewrites the last chunk, so small ones keep small commits cheap; large ones keep the index small.
constexpr hsize_t kChunkBytes = hsize_t{1} << 18;
constexpr std::size_t kCacheBytes = std::size_t{1} << 22;
constexpr std::size_t kCacheSlots = 521;
// How often a reader looks again at metadata that does not match its checksum, because the writer is at it. HDF5
// doubles its naps from 1 ns on: these take a quarter of a second, its default of 100 would never end.
constexpr unsigned kReadAttempts = 28;
constexpr std::size_t kStageBytes = std::size_t{1} << 20;

h5::Handle dataset_access() {
  h5::Handle access(H5Pcreate(H5P_DATASET_ACCESS), "H5Pcreate");
  // Chunks that have been written whole are the first to leave.
  h5::check_status(H5Pset_chunk_cache(access, kCacheSlots, kCacheBytes, 1.0), "H5Pset_chunk_cache");
  return access;
}

h5::Handle create_dataset(hid_t file) {
  const hsize_t none = 0;
  const hsize_t unlimited = H5S_UNLIMITED;
  const hsize_t chunk = kChunkBytes;
  const h5::Handle space(H5Screate_simple(1, &none, &unlimited), "H5Screate_simple");
  const h5::Handle creation(H5Pcreate(H5P_DATASET_CREATE), "H5Pcreate");
  h5::check_status(H5Pset_obj_track_times(creation, false), "H5Pset_obj_track_times");
  h5::check_status(H5Pset_chunk(creation, 1, &chunk), "H5Pset_chunk");
  const h5::Handle access = dataset_access();
  return {H5Dcreate2(file, kDataset, H5T_STD_U8LE, space, H5P_DEFAULT, creation, access),
          "create the dataset of a shard"};
}

// Reads or writes `count` bytes at `offset` of the dataset.
template <class Transfer>
void transfer(hid_t dataset, std::uint64_t offset, hsize_t count, const Transfer& action) {
  if (count == 0) return;
  const hsize_t start = offset;
  const h5::Handle space(H5Dget_space(dataset), "H5Dget_space");
  h5::check_status(H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, nullptr, &count, nullptr),
                   "H5Sselect_hyperslab");
  const h5::Handle memory(H5Screate_simple(1, &count, nullptr), "H5Screate_simple");
  action(memory, space);
}

void read_bytes(hid_t dataset, const std::string& path, std::uint64_t offset,
                std::span<std::byte> bytes) {
  transfer(dataset, offset, bytes.size(), [&](hid_t memory, hid_t space) {
    h5::check_status(H5Dread(dataset, H5T_NATIVE_UINT8, memory, space, H5P_DEFAULT, bytes.data()),
                     path + ": read");
  });
}

}  // namespace

template <class Action>
void ShardWriter::guarded(const Action& action) {
  try {
    action();
  } catch (const RunError&) {
    if (shard_->error == 0) throw;
    throw RunError(fmt::format("{}: cannot write: {}", shard_->path, std::strerror(shard_->error)));
  }
}

ShardWriter::ShardWriter(const std::string& path, const ShardIdentity& identity,
                         Environment& environment)
    : shard_(std::make_shared<ShardFile>(path, environment)) {
  h5::silence_errors();
  staged_.reserve(kStageBytes);
  try {
    guarded([&] { create(identity); });
  } catch (...) {
    abandon();
    throw;
  }
}

void ShardWriter::create(const ShardIdentity& identity) {
  const std::string& path = shard_->path;
  file_ = h5::Handle(H5Fcreate(path.c_str(), H5F_ACC_EXCL, H5P_DEFAULT, driver_access(shard_)),
                     "create " + path);
  h5::write_attribute(file_, "format", "splicemd datastore shard");
  h5::write_attribute(file_, "version", 1);
  h5::write_attribute(file_, "store", identity.store);
  h5::write_attribute(file_, "writer", identity.writer);
  dataset_ = create_dataset(file_);
  h5::check_status(H5Fstart_swmr_write(file_), path + ": start SWMR mode");
}

ShardWriter::~ShardWriter() {
  if (file_.valid()) abandon();
}

void ShardWriter::abandon() {
  shard_->discard = true;
  dataset_.reset();
  file_.reset();
}

std::uint64_t ShardWriter::append(ByteView bytes) {
  const std::uint64_t offset = size();
  if (staged_.size() + bytes.size() > kStageBytes) {
    write_out(staged_);
    staged_.clear();
  }
  if (bytes.size() > kStageBytes / 2)
    write_out(bytes);
  else
    staged_.insert(staged_.end(), bytes.begin(), bytes.end());
  return offset;
}

void ShardWriter::write_out(ByteView bytes) {
  if (bytes.empty()) return;
  const hsize_t extent = written_ + bytes.size();
  guarded([&] {
    h5::check_status(H5Dset_extent(dataset_, &extent), shard_->path + ": extend");
    transfer(dataset_, written_, bytes.size(), [&](hid_t memory, hid_t space) {
      h5::check_status(
          H5Dwrite(dataset_, H5T_NATIVE_UINT8, memory, space, H5P_DEFAULT, bytes.data()),
          shard_->path + ": write");
    });
  });
  blocks_.push_back({written_, bytes.size(), checksum(bytes.data(), bytes.size())});
  written_ = extent;
}

void ShardWriter::flush(bool durable) {
  write_out(staged_);
  staged_.clear();
  guarded([&] { h5::check_status(H5Dflush(dataset_), shard_->path + ": flush"); });
  if (durable) shard_->sync();
}

void ShardWriter::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  ensure(offset <= written_ && bytes.size() <= written_ - offset,
         "{}: {} bytes at {} were asked for, it holds {}", shard_->path, bytes.size(), offset,
         written_);
  read_bytes(dataset_, shard_->path, offset, bytes);
}

void ShardWriter::seal() {
  flush(false);
  guarded([&] {
    dataset_.close(shard_->path + ": close");
    file_.close(shard_->path + ": close");
  });
  shard_->sync();
}

ShardReader::ShardReader(const std::string& path, bool sealed) : path_(path), sealed_(sealed) {
  h5::silence_errors();
  const unsigned mode = sealed ? H5F_ACC_RDONLY : H5F_ACC_RDONLY | H5F_ACC_SWMR_READ;
  // Not HDF5's own driver: that would share the file with others who read it in this process, and HDF5 does not
  // refresh a dataset that is open twice.
  shard_ = std::make_shared<ShardFile>(path, system_environment());
  const h5::Handle access = driver_access(shard_);
  if (!sealed) {
    h5::check_status(H5Pset_metadata_read_attempts(access, kReadAttempts),
                     "H5Pset_metadata_read_attempts");
  }
  file_ = h5::Handle(H5Fopen(path.c_str(), mode, access), "open " + path);
  const h5::Handle dataset = dataset_access();
  dataset_ = h5::Handle(H5Dopen2(file_, kDataset, dataset), path + ": open dataset");
  size_ = h5::shape(dataset_).at(0);
}

std::uint64_t ShardReader::size() {
  if (!sealed_) h5::check_status(H5Drefresh(dataset_), path_ + ": refresh");
  size_ = h5::shape(dataset_).at(0);
  return size_;
}

void ShardReader::read(std::uint64_t offset, std::span<std::byte> bytes) {
  const auto inside = [&] { return offset <= size_ && bytes.size() <= size_ - offset; };
  if (!inside() && !sealed_) size();
  ensure(inside(), "{}: {} bytes at {} were asked for, it holds {}", path_, bytes.size(), offset,
         size_);
  read_bytes(dataset_, path_, offset, bytes);
}

std::string ShardReader::store_id() const { return h5::read_text_attribute(file_, "store"); }

}  // namespace splicemd::datastore
