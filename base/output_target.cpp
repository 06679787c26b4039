// Looks at what a path leads to, without opening or changing anything.
#include "base/output_target.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>
#include <optional>

#include "base/error.hpp"
#include "base/files.hpp"

namespace splicemd {

namespace fs = std::filesystem;

namespace {

constexpr int kMostLinks = 40;

// Names of open descriptors: their links lead to files that somebody writes to already.
bool names_descriptor(const std::string& name) {
  for (const char* prefix : {"/dev/fd/", "/dev/stdout", "/dev/stderr", "/proc/self/fd/"}) {
    if (name.rfind(prefix, 0) == 0) return true;
  }
  return false;
}

bool is_standard_output(const struct stat& status) {
  struct stat out {};
  return ::fstat(STDOUT_FILENO, &out) == 0 && out.st_dev == status.st_dev &&
         out.st_ino == status.st_ino;
}

// Names that no file system takes are told apart from those that merely do not exist.
void require_length(const std::string& name) {
  const std::string shown = name.size() > 100 ? name.substr(0, 100) + "..." : name;
  for (const fs::path& part : fs::path(name)) {
    const std::size_t size = part.native().size();
    require(size <= NAME_MAX, "{}: a name of {} characters; file systems take at most {}", shown,
            size, NAME_MAX);
  }
  require(name.size() < PATH_MAX, "{}: a path of {} characters; the system takes at most {}", shown,
          name.size(), PATH_MAX - 1);
}

// A store's ledger, or shards that a lost ledger left behind.
bool is_store(const fs::path& folder) {
  std::error_code failure;
  const fs::path shards = folder / "shards";
  return fs::exists(folder / "ledger.sqlite", failure) ||
         fs::exists(shards / "000001.h5", failure) ||
         (fs::is_directory(shards, failure) && fs::exists(folder / "lock", failure));
}

// The folder's path without links; nothing if there is no such folder.
std::optional<fs::path> real_folder(const fs::path& folder) {
  std::error_code failure;
  fs::path real = fs::canonical(folder.empty() ? fs::path(".") : folder, failure);
  if (failure) return std::nullopt;
  return real;
}

}  // namespace

std::string follow_links(const std::string& path) {
  fs::path here(path);
  std::error_code failure;
  for (int n = 0; fs::is_symlink(fs::symlink_status(here, failure)); ++n) {
    require(n < kMostLinks, "{}: its links lead round in a ring", path);
    const fs::path link = fs::read_symlink(here, failure);
    if (failure) return path;
    here = link.is_absolute() ? link : here.parent_path() / link;
  }
  return here.string();
}

std::string store_around(const std::string& path) {
  const auto folder = real_folder(directory_of(path));
  if (!folder) return "";
  for (fs::path at = *folder;; at = at.parent_path()) {
    if (is_store(at)) return at.string();
    if (at == at.root_path()) return "";
  }
}

OutputTarget output_target(const std::string& name) {
  OutputTarget target{name, name, OutputTarget::Kind::file};
  require(!name.empty(), "expected a file's name, found an empty text");
  if (name == "-") {
    target.kind = OutputTarget::Kind::standard_output;
    return target;
  }
  require_length(name);
  struct stat status {};
  const bool there = ::stat(name.c_str(), &status) == 0;
  require(there || errno != ELOOP, "{}: its links lead round in a ring", name);
  if (there && S_ISDIR(status.st_mode))
    throw InputError(fmt::format("{}: is a folder; expected a file's name", name));
  if (there && S_ISSOCK(status.st_mode))
    throw InputError(fmt::format("{}: is a socket; expected a file's name", name));
  if (there && is_standard_output(status)) {
    target.kind = OutputTarget::Kind::standard_output;
  } else if (names_descriptor(name) || (there && !S_ISREG(status.st_mode))) {
    target.kind = OutputTarget::Kind::stream;
  } else {
    target.path = follow_links(name);
    const std::string store = store_around(target.path);
    require(store.empty(), "{}: lies in the store {}; outputs go elsewhere", name, store);
  }
  return target;
}

std::string file_target(const std::string& name, const char* what) {
  const OutputTarget target = output_target(name);
  require(target.kind == OutputTarget::Kind::file,
          "{}: {} needs a regular file; this is a stream or a device", name, what);
  return target.path;
}

void require_writable_target(const std::string& name) {
  const OutputTarget target = output_target(name);
  if (target.kind != OutputTarget::Kind::file) return;
  const std::string folder = directory_of(target.path);
  require(fs::is_directory(folder), "{}: there is no folder {}", name, folder);
}

}  // namespace splicemd
