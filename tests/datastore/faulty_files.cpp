// The faulty environment, and a layer over SQLite's own files that asks it before each change.
#include "tests/datastore/faulty_files.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace splicemd::datastore {

namespace {

namespace fs = std::filesystem;

std::uint64_t size_of(const std::string& path) {
  std::error_code missing;
  const auto size = fs::file_size(path, missing);
  return missing ? 0 : static_cast<std::uint64_t>(size);
}

Bytes read_range(const std::string& path, std::uint64_t offset, std::size_t bytes) {
  Bytes content(bytes);
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const ssize_t n = ::pread(descriptor, content.data(), bytes, static_cast<off_t>(offset));
  ::close(descriptor);
  content.resize(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  return content;
}

void write_range(const std::string& path, std::uint64_t offset, ByteView bytes) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  ensure(::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset)) ==
             static_cast<ssize_t>(bytes.size()),
         "{}: cannot write", path);
  ::close(descriptor);
}

// A file of SQLite's: its own file follows in memory.
struct File {
  sqlite3_file base;
  FaultyFiles* files;
  std::string* path;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
sqlite3_file* real(sqlite3_file* file) { return of(file).real(); }

int close_file(sqlite3_file* file) {
  delete of(file).path;
  return real(file)->pMethods->xClose(real(file));
}
int read_file(sqlite3_file* file, void* data, int n, sqlite3_int64 at) {
  return real(file)->pMethods->xRead(real(file), data, n, at);
}
int write_file(sqlite3_file* file, const void* data, int n, sqlite3_int64 at) {
  File& f = of(file);
  if (f.files->off()) return SQLITE_OK;
  const ByteView bytes(static_cast<const std::byte*>(data), static_cast<std::size_t>(n));
  const std::size_t allowed = f.files->allow(*f.path, static_cast<std::uint64_t>(at), bytes);
  const int code = real(file)->pMethods->xWrite(real(file), data, static_cast<int>(allowed), at);
  return code == SQLITE_OK && allowed < bytes.size() ? SQLITE_FULL : code;
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  File& f = of(file);
  if (f.files->off()) return SQLITE_OK;
  f.files->note_truncation(*f.path, static_cast<std::uint64_t>(size));
  return real(file)->pMethods->xTruncate(real(file), size);
}
int sync_file(sqlite3_file* file, int flags) {
  File& f = of(file);
  if (f.files->off()) return SQLITE_OK;
  f.files->note_sync(*f.path);
  return real(file)->pMethods->xSync(real(file), flags);
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return real(file)->pMethods->xFileSize(real(file), size);
}
int lock(sqlite3_file* file, int how) { return real(file)->pMethods->xLock(real(file), how); }
int unlock(sqlite3_file* file, int how) { return real(file)->pMethods->xUnlock(real(file), how); }
int check_lock(sqlite3_file* file, int* out) {
  return real(file)->pMethods->xCheckReservedLock(real(file), out);
}
int control(sqlite3_file* file, int op, void* arg) {
  return real(file)->pMethods->xFileControl(real(file), op, arg);
}
int sector_size(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
int device(sqlite3_file* file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  return real(file)->pMethods->xShmMap(real(file), page, size, extend, out);
}
int shm_lock(sqlite3_file* file, int offset, int n, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, n, flags);
}
void shm_barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
int shm_unmap(sqlite3_file* file, int remove) {
  return real(file)->pMethods->xShmUnmap(real(file), remove);
}

const sqlite3_io_methods kMethods = {2,           close_file,  read_file, write_file, truncate_file,
                                     sync_file,   file_size,   lock,      unlock,     check_lock,
                                     control,     sector_size, device,    shm_map,    shm_lock,
                                     shm_barrier, shm_unmap,   nullptr,   nullptr};

// The layer itself: SQLite's default one, but for opening and deleting.
struct Layer {
  sqlite3_vfs vfs;
  sqlite3_vfs* below;
  FaultyFiles* files;
  std::string name;
};

Layer& layer_of(sqlite3_vfs* vfs) { return *static_cast<Layer*>(vfs->pAppData); }

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  Layer& layer = layer_of(vfs);
  File& f = of(file);
  f.base.pMethods = nullptr;
  const int code = layer.below->xOpen(layer.below, name, f.real(), flags, out_flags);
  if (code != SQLITE_OK) return code;
  f.files = layer.files;
  f.path = new std::string(name == nullptr ? "" : name);
  f.base.pMethods = &kMethods;
  return SQLITE_OK;
}
int delete_file(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  Layer& layer = layer_of(vfs);
  if (layer.files->off()) return SQLITE_OK;
  layer.files->note_sync(name);  // nothing of it can come back
  return layer.below->xDelete(layer.below, name, sync_folder);
}

std::vector<std::unique_ptr<Layer>>& layers() {
  static std::vector<std::unique_ptr<Layer>> all;
  return all;
}

}  // namespace

FaultyFiles::FaultyFiles() {
  auto layer = std::make_unique<Layer>();
  name_ = fmt::format("faulty{}", layers().size());
  layer->below = sqlite3_vfs_find(nullptr);
  layer->files = this;
  layer->name = name_;
  layer->vfs = *layer->below;
  layer->vfs.szOsFile = static_cast<int>(sizeof(File)) + layer->below->szOsFile;
  layer->vfs.pNext = nullptr;
  layer->vfs.zName = layer->name.c_str();
  layer->vfs.pAppData = layer.get();
  layer->vfs.xOpen = open_file;
  layer->vfs.xDelete = delete_file;
  layer->vfs.xAccess = [](sqlite3_vfs* vfs, const char* name, int flags, int* out) {
    sqlite3_vfs* below = layer_of(vfs).below;
    return below->xAccess(below, name, flags, out);
  };
  layer->vfs.xFullPathname = [](sqlite3_vfs* vfs, const char* name, int n, char* out) {
    sqlite3_vfs* below = layer_of(vfs).below;
    return below->xFullPathname(below, name, n, out);
  };
  sqlite3_vfs_register(&layer->vfs, 0);
  layers().push_back(std::move(layer));
}

FaultyFiles::~FaultyFiles() { sqlite3_vfs_unregister(sqlite3_vfs_find(name_.c_str())); }

std::size_t FaultyFiles::allow(const std::string& path, std::uint64_t offset, ByteView bytes) {
  events_.push_back("write " + fs::path(path).filename().string());
  const auto allowed = static_cast<std::size_t>(std::min<std::uint64_t>(space_, bytes.size()));
  space_ -= allowed;
  if (allowed < bytes.size()) was_full_ = true;
  const ByteView part = bytes.first(allowed);
  log_.push_back({path,
                  offset,
                  read_range(path, offset, allowed),
                  {part.begin(), part.end()},
                  size_of(path),
                  false});
  return allowed;
}

void FaultyFiles::note_truncation(const std::string& path, std::uint64_t bytes) {
  const std::uint64_t size = size_of(path);
  if (bytes >= size) return;
  log_.push_back({path, bytes, read_range(path, bytes, size - bytes), {}, size, true});
}

void FaultyFiles::note_sync(const std::string& path) {
  events_.push_back("sync " + fs::path(path).filename().string());
  std::erase_if(log_, [&](const Change& change) { return change.path == path; });
}

int FaultyFiles::write(const std::string& path, int descriptor, std::uint64_t offset,
                       ByteView bytes) {
  if (off_) return 0;
  const std::size_t allowed = allow(path, offset, bytes);
  const int code = Environment::write(path, descriptor, offset, bytes.first(allowed));
  return code == 0 && allowed < bytes.size() ? ENOSPC : code;
}

int FaultyFiles::truncate(const std::string& path, int descriptor, std::uint64_t bytes) {
  if (off_) return 0;
  note_truncation(path, bytes);
  return Environment::truncate(path, descriptor, bytes);
}

int FaultyFiles::sync(const std::string& path, int) {
  if (!off_) note_sync(path);
  return 0;
}

void FaultyFiles::lose_power(RandomSequence& random) {
  for (auto change = log_.rbegin(); change != log_.rend(); ++change) {
    if (!fs::exists(change->path)) continue;
    if (!change->before.empty()) write_range(change->path, change->offset, change->before);
    fs::resize_file(change->path, change->size_before);
  }
  for (const Change& change : log_) {
    if (!fs::exists(change.path) || random.uniform() < 0.5) continue;
    if (change.truncation) {
      fs::resize_file(change.path, change.offset);
      continue;
    }
    const std::size_t n =
        random.uniform() < 0.5 ? change.after.size() : random.below(change.after.size() + 1);
    write_range(change.path, change.offset, ByteView(change.after).first(n));
  }
  log_.clear();
}

}  // namespace splicemd::datastore
