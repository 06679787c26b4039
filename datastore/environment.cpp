// POSIX calls, repeated until all is done.
#include "datastore/environment.hpp"

#include <unistd.h>

#include <cerrno>

namespace splicemd::datastore {

int Environment::write(const std::string&, int descriptor, std::uint64_t offset, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return 0;
}

int Environment::truncate(const std::string&, int descriptor, std::uint64_t bytes) {
  return ::ftruncate(descriptor, static_cast<off_t>(bytes)) == 0 ? 0 : errno;
}

int Environment::sync(const std::string&, int descriptor) {
  // Some file systems cannot sync and say EINVAL; there is nothing more to do then.
  return ::fsync(descriptor) == 0 || errno == EINVAL ? 0 : errno;
}

Environment& system_environment() {
  static Environment environment;
  return environment;
}

}  // namespace splicemd::datastore
