// flock on the lock file; the recorded process decides where the file system has no locks.
#include "datastore/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "base/parse.hpp"

namespace splicemd::datastore {

namespace {

struct Holder {
  std::string host;
  std::int64_t pid = 0;
  std::string text() const { return fmt::format("process {} on host {}", pid, host); }
};

// "host pid", or nothing where the last holder released the lock.
std::optional<Holder> read_holder(int descriptor) {
  std::array<char, 512> buffer{};
  const ssize_t n = ::pread(descriptor, buffer.data(), buffer.size(), 0);
  if (n <= 0) return std::nullopt;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(n));
  const auto words = split_words(text.substr(0, text.find('\n')));
  if (words.size() != 2) return std::nullopt;
  const auto pid = parse_int(words[1]);
  if (!pid) return std::nullopt;
  return Holder{std::string(words[0]), *pid};
}

bool process_lives(std::int64_t pid) {
  return ::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM;
}

}  // namespace

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

Lock::Lock(const std::string& file) : file_(file) {
  descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  ensure(descriptor_ >= 0, "{}: cannot open: {}", file, std::strerror(errno));
  try {
    acquire();
    record_holder();
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

void Lock::acquire() {
  const bool locked = ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
  const int reason = errno;
  const auto holder = read_holder(descriptor_);
  const std::string who = holder ? holder->text() : "another process";
  require(locked || reason != EWOULDBLOCK,
          "{}: the store is being written by {}; only one campaign at a time can write to a store",
          file_, who);
  if (locked) {
    if (holder) stale_holder_ = who;
    return;
  }
  // No locks on this file system: go by what is recorded.
  if (!holder) return;
  require(holder->host == host_name(),
          "{}: the store was last written by {}, and this file system has no locks that could tell "
          "whether it still is; if that process has ended, delete this file",
          file_, who);
  require(!process_lives(holder->pid),
          "{}: the store is being written by {}; only one campaign at a time can write to a store",
          file_, who);
  stale_holder_ = who;
}

void Lock::record_holder() const {
  const std::string text = fmt::format("{} {}\n", host_name(), ::getpid());
  const bool written =
      ::ftruncate(descriptor_, 0) == 0 &&
      ::pwrite(descriptor_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
  // A full disk must not keep anybody from opening a store to see what is in it.
  if (!written) (void)::ftruncate(descriptor_, 0);
}

Lock::~Lock() {
  // The file stays: a process that has it open already would lock a file nobody else sees.
  if (::ftruncate(descriptor_, 0) != 0) errno = 0;
  ::close(descriptor_);
}

}  // namespace splicemd::datastore
