// The functions HDF5 asks of a file driver, over one POSIX descriptor.
#include "datastore/shard_driver.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#if H5_VERSION_GE(1, 14, 0)
#include <H5FDdevelop.h>
#endif

#include "base/error.hpp"

namespace splicemd::datastore {

namespace {

// HDF5 sees the first member only.
struct DriverFile {
  H5FD_t base{};
  std::shared_ptr<ShardFile> file;
  haddr_t eoa = 0;  // end of what HDF5 has allocated
  haddr_t eof = 0;  // end of the file
};

// What the access properties carry: HDF5 copies it byte by byte.
struct DriverInfo {
  const std::shared_ptr<ShardFile>* file;
};

constexpr haddr_t kMaxAddress = (haddr_t{1} << 62);

DriverFile& of(H5FD_t* file) { return *reinterpret_cast<DriverFile*>(file); }
const DriverFile& of(const H5FD_t* file) { return *reinterpret_cast<const DriverFile*>(file); }

// Remembers the first error; HDF5's own would not say "disk full".
herr_t status(ShardFile& file, int error) {
  if (error != 0 && file.error == 0) file.error = error;
  return error == 0 ? 0 : -1;
}

H5FD_t* open_driver(const char* name, unsigned flags, hid_t access, haddr_t) {
  const auto* info = static_cast<const DriverInfo*>(H5Pget_driver_info(access));
  if (info == nullptr) return nullptr;
  ShardFile& file = **info->file;
  int mode = (flags & H5F_ACC_RDWR) != 0U ? O_RDWR : O_RDONLY;
  if ((flags & H5F_ACC_TRUNC) != 0U) mode |= O_TRUNC;
  if ((flags & H5F_ACC_CREAT) != 0U) mode |= O_CREAT;
  if ((flags & H5F_ACC_EXCL) != 0U) mode |= O_EXCL;
  file.descriptor = ::open(name, mode | O_CLOEXEC, 0666);
  // HDF5 looks whether a file is there before it makes one: what the last attempt gave is what counts.
  file.error = file.descriptor < 0 ? errno : 0;
  if (file.descriptor < 0) return nullptr;
  auto* opened = new DriverFile;
  opened->file = *info->file;
  struct stat about {};
  if (::fstat(file.descriptor, &about) == 0) opened->eof = static_cast<haddr_t>(about.st_size);
  return &opened->base;
}

herr_t close_driver(H5FD_t* file) {
  delete &of(file);
  return 0;
}

int compare(const H5FD_t* a, const H5FD_t* b) {
  const int first = of(a).file->descriptor;
  const int second = of(b).file->descriptor;
  return static_cast<int>(first > second) - static_cast<int>(first < second);
}

herr_t query(const H5FD_t*, unsigned long* flags) {
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA |
           H5FD_FEAT_AGGREGATE_SMALLDATA | H5FD_FEAT_SUPPORTS_SWMR_IO |
           H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
  return 0;
}

haddr_t get_eoa(const H5FD_t* file, H5FD_mem_t) { return of(file).eoa; }
herr_t set_eoa(H5FD_t* file, H5FD_mem_t, haddr_t address) {
  of(file).eoa = address;
  return 0;
}
haddr_t get_eof(const H5FD_t* file, H5FD_mem_t) { return of(file).eof; }

herr_t read_driver(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, std::size_t size,
                   void* buffer) {
  auto* out = static_cast<char*>(buffer);
  while (size > 0) {
    const ssize_t n = ::pread(of(file).file->descriptor, out, size, static_cast<off_t>(address));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -1;
    if (n == 0) {  // beyond the end of the file there are zeros
      std::memset(out, 0, size);
      return 0;
    }
    out += n;
    address += static_cast<haddr_t>(n);
    size -= static_cast<std::size_t>(n);
  }
  return 0;
}

herr_t write_driver(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, std::size_t size,
                    const void* buffer) {
  ShardFile& target = *of(file).file;
  if (target.discard) return 0;
  const int error = target.environment.write(target.path, target.descriptor, address,
                                             {static_cast<const std::byte*>(buffer), size});
  if (error == 0) of(file).eof = std::max(of(file).eof, address + size);
  return status(target, error);
}

herr_t truncate_driver(H5FD_t* file, hid_t, hbool_t) {
  ShardFile& target = *of(file).file;
  if (target.discard || of(file).eoa == of(file).eof) return 0;
  const int error = target.environment.truncate(target.path, target.descriptor, of(file).eoa);
  if (error == 0) of(file).eof = of(file).eoa;
  return status(target, error);
}

// HDF5 marks a file as being written only where it could lock it. The store's own lock keeps writers apart.
herr_t lock_driver(H5FD_t*, hbool_t) { return 0; }
herr_t unlock_driver(H5FD_t*) { return 0; }

H5FD_class_t driver_class() {
  H5FD_class_t driver{};
#if H5_VERSION_GE(1, 14, 0)
  driver.version = H5FD_CLASS_VERSION;
  driver.value = static_cast<H5FD_class_value_t>(H5_VFD_RESERVED + 77);
#endif
  driver.name = "splicemd_shard";
  driver.maxaddr = kMaxAddress;
  driver.fc_degree = H5F_CLOSE_STRONG;
  driver.fapl_size = sizeof(DriverInfo);
  driver.open = open_driver;
  driver.close = close_driver;
  driver.cmp = compare;
  driver.query = query;
  driver.get_eoa = get_eoa;
  driver.set_eoa = set_eoa;
  driver.get_eof = get_eof;
  driver.read = read_driver;
  driver.write = write_driver;
  driver.truncate = truncate_driver;
  driver.lock = lock_driver;
  driver.unlock = unlock_driver;
  const H5FD_mem_t map[] = H5FD_FLMAP_DICHOTOMY;
  std::copy(std::begin(map), std::end(map), driver.fl_map);
  return driver;
}

}  // namespace

ShardFile::~ShardFile() {
  if (descriptor >= 0) ::close(descriptor);
}

void ShardFile::sync() {
  const int code = discard ? 0 : environment.sync(path, descriptor);
  ensure(code == 0, "{}: fsync failed: {}", path, std::strerror(code));
}

h5::Handle driver_access(const std::shared_ptr<ShardFile>& file) {
  static const H5FD_class_t driver = driver_class();
  static const hid_t id = h5::check(H5FDregister(&driver), "register the shards' file driver");
  h5::Handle access(H5Pcreate(H5P_FILE_ACCESS), "H5Pcreate");
  h5::check_status(H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST),
                   "H5Pset_libver_bounds");
  const DriverInfo info{&file};
  h5::check_status(H5Pset_driver(access, id, &info), "H5Pset_driver");
  return access;
}

}  // namespace splicemd::datastore
