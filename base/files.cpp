// POSIX file operations behind commit_file and OutputFile, each checked.
#include "base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/error.hpp"
#include "base/output_target.hpp"

namespace splicemd {

namespace {

[[noreturn]] void fail_errno(const std::string& path, const char* what) {
  throw RunError(fmt::format("{}: {}: {}", path, what, std::strerror(errno)));
}

void sync_descriptor(const std::string& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) fail_errno(path, "cannot open to sync");
  const int code = ::fsync(descriptor);
  const int saved = errno;
  ::close(descriptor);
  errno = saved;
  // Some file systems cannot sync a directory and say EINVAL; there is nothing more to do then.
  if (code != 0 && errno != EINVAL) fail_errno(path, "fsync failed");
}

bool exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

// The permissions of what is at `path`, or nothing; RunError unless it is a regular file.
std::optional<mode_t> replaceable(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
  ensure(S_ISREG(status.st_mode), "{}: is no regular file, so nothing is moved onto it", path);
  return status.st_mode & 07777U;
}

void rename_file(const std::string& from, const std::string& to) {
  replaceable(to);
  if (std::rename(from.c_str(), to.c_str()) != 0) {
    throw RunError(fmt::format("{}: cannot rename to {}: {}", from, to, std::strerror(errno)));
  }
}

// Keeps the file `path` under a second name, replacing what had that name; `path` itself stays in place
// where the file system has hard links.
void keep_as(const std::string& path, const std::string& second) {
  const std::string link = second + ".link";
  ::unlink(link.c_str());
  if (::link(path.c_str(), link.c_str()) == 0) {
    rename_file(link, second);
    ::unlink(link.c_str());  // rename does nothing where both names are the same file already
  } else {
    rename_file(path, second);
  }
}

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

}  // namespace

void sync_file(const std::string& path) { sync_descriptor(path, O_RDONLY); }
void sync_directory(const std::string& directory) {
  sync_descriptor(directory, O_RDONLY | O_DIRECTORY);
}

std::string directory_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string generation_path(const std::string& path, int n) {
  if (n == 0) return path;
  return n == 1 ? path + ".previous" : fmt::format("{}.previous{}", path, n);
}

std::string temporary_path(const std::string& path) { return path + ".writing"; }

void commit_file(const std::string& temporary, const std::string& path, int keep) {
  if (const auto permissions = replaceable(path)) {
    if (::chmod(temporary.c_str(), *permissions) != 0) fail_errno(temporary, "cannot chmod");
  }
  sync_file(temporary);
  for (int n = keep; n > 1; --n) {
    const std::string newer = generation_path(path, n - 1);
    if (exists(newer)) rename_file(newer, generation_path(path, n));
  }
  if (keep > 0 && exists(path)) keep_as(path, generation_path(path, 1));
  rename_file(temporary, path);
  sync_directory(directory_of(path));
}

void remove_leftover(const std::string& temporary) {
  if (::unlink(temporary.c_str()) != 0 && errno != ENOENT) fail_errno(temporary, "cannot remove");
}

void replace_file(const std::string& name, std::string_view content, int keep) {
  ReplacementFile file(name);
  file.write(content);
  file.commit(keep);
}

void check_space(const std::string& path, std::size_t bytes) {
  remove_leftover(path);
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) fail_errno(path, "cannot open for writing");
  const int code = bytes == 0 ? 0 : ::fallocate(descriptor, 0, 0, static_cast<off_t>(bytes));
  const int reason = errno;
  const int freed = ::ftruncate(descriptor, 0);
  ::close(descriptor);
  if (code != 0 && reason != EOPNOTSUPP && reason != ENOSYS && reason != EINVAL) {
    ::unlink(path.c_str());
    throw RunError(fmt::format("{}: no room for {} bytes: {}", path, bytes, std::strerror(reason)));
  }
  if (freed != 0) fail_errno(path, "cannot truncate");
}

void truncate_file(const std::string& path, std::size_t bytes) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) fail_errno(path, "cannot stat");
  if (static_cast<std::size_t>(status.st_size) <= bytes) return;
  if (::truncate(path.c_str(), static_cast<off_t>(bytes)) != 0) fail_errno(path, "cannot truncate");
  sync_file(path);
}

OutputFile::OutputFile(std::string path, Mode mode, Owner owner) : path_(std::move(path)) {
  descriptor_ = open(mode, owner);
  if (descriptor_ < 0) fail("cannot open for writing");
}

int OutputFile::open(Mode mode, Owner owner) const {
  using Kind = OutputTarget::Kind;
  const OutputTarget target =
      owner == Owner::user ? output_target(path_) : OutputTarget{path_, path_, Kind::file};
  const char* name = target.path.c_str();
  if (target.kind == Kind::standard_output) {
    std::fflush(stdout);
    return ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  }
  if (target.kind == Kind::stream) return ::open(name, O_WRONLY | O_APPEND | O_CLOEXEC);
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC;
  if (mode != Mode::fresh)
    return ::open(name, flags | (mode == Mode::append ? O_APPEND : O_TRUNC), 0666);
  remove_leftover(target.path);
  return ::open(name, flags | O_EXCL, 0666);
}

OutputFile::~OutputFile() {
  if (descriptor_ < 0) return;
  try {
    flush();
  } catch (const RunError&) {  // whoever cares calls close()
  }
  ::close(descriptor_);
}

void OutputFile::fail(const char* what) const { fail_errno(path_, what); }

void OutputFile::write(std::string_view text) {
  buffer_.append(text);
  if (buffer_.size() >= kBufferBytes) flush();
}

void OutputFile::flush() {
  std::size_t done = 0;
  while (done < buffer_.size()) {
    const ssize_t n = ::write(descriptor_, buffer_.data() + done, buffer_.size() - done);
    if (n < 0) {
      if (errno == EINTR) continue;
      buffer_.clear();
      fail("write failed");
    }
    done += static_cast<std::size_t>(n);
  }
  buffer_.clear();
}

void OutputFile::sync() {
  flush();
  if (::fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) fail("fsync failed");
}

void OutputFile::close() {
  if (descriptor_ < 0) return;
  flush();
  const int code = ::close(std::exchange(descriptor_, -1));
  if (code != 0) fail("close failed");
}

ReplacementFile::ReplacementFile(const std::string& name) {
  const OutputTarget target = output_target(name);
  if (target.kind == OutputTarget::Kind::file) {
    target_ = target.path;
    file_.emplace(temporary_path(target_), OutputFile::Mode::fresh, OutputFile::Owner::program);
  } else {
    file_.emplace(name, OutputFile::Mode::append);
  }
}

ReplacementFile::~ReplacementFile() {
  if (file_ && !target_.empty()) ::unlink(file_->path().c_str());
}

void ReplacementFile::commit(int keep) {
  file_->close();
  if (!target_.empty()) commit_file(file_->path(), target_, keep);
  file_.reset();
}

}  // namespace splicemd
