// Durable files: replacing a file so that a crash leaves either the old or the new one, and keeping
// older generations.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace splicemd {

// Makes the content of a file, or the entries of a directory, durable (fsync). RunError on failure.
void sync_file(const std::string& path);
void sync_directory(const std::string& directory);

// The directory part of a path, "." if it has none.
std::string directory_of(const std::string& path);

// "path", "path.previous", "path.previous2", ...: where generation `n` (0 is the newest) is kept.
std::string generation_path(const std::string& path, int n);

// Makes a complete temporary file take the name `path`: syncs it, moves up to `keep` older generations
// one name on, renames, and syncs the directory. A crash at any point leaves a complete generation at
// `path` (on file systems without hard links: there or at generation_path(path, 1)). Both paths must be
// in the same directory. Only a regular file is replaced, and its permissions are kept; RunError for
// anything else at `path`.
void commit_file(const std::string& temporary, const std::string& path, int keep = 0);

// The name under which a file that will be committed to `path` is written: the same on every call, so
// that what a crash leaves behind is overwritten by the next attempt.
std::string temporary_path(const std::string& path);

// Removes what a crash may have left under the name of a temporary file; RunError if it is a directory.
void remove_leftover(const std::string& temporary);

// Writes a user's output `name` (see output_target) as a whole: as ReplacementFile does.
void replace_file(const std::string& path, std::string_view content, int keep = 0);

// Creates `path` anew and reserves `bytes` for it, then gives them back: RunError now if the disk
// is too full or the path cannot be written. Where the file system cannot reserve, only the latter.
void check_space(const std::string& path, std::size_t bytes);

// Cuts a file to `bytes`, if it is longer, and syncs it.
void truncate_file(const std::string& path, std::size_t bytes);

// A file handle for buffered writing: every write is checked, RunError names the path and the reason
// (disk full, …). Closing without close() ignores errors.
class OutputFile {
 public:
  // What there is of a file is emptied, continued, or removed first (a link is then removed, not followed).
  // A stream is only written to, whatever the mode.
  enum class Mode { create, append, fresh };
  // Whether the name is a user's, who may have named anything (output_target refuses or tells what it is),
  // or this program's own inside a folder of its own.
  enum class Owner { user, program };
  OutputFile(std::string path, Mode mode, Owner owner = Owner::user);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view text);
  void flush();  // hands everything to the operating system
  void sync();   // and waits until it is on the disk
  void close();
  const std::string& path() const { return path_; }

 private:
  int open(Mode mode, Owner owner) const;
  [[noreturn]] void fail(const char* what) const;
  std::string path_;
  std::string buffer_;
  int descriptor_ = -1;
};

// A user's output that is written as a whole: beside its target under temporary_path, which takes the target's
// name when it is complete. Links are followed. A FIFO, a device and "-" are written to as they are.
class ReplacementFile {
 public:
  // InputError for a name that output_target refuses, RunError if the file cannot be created.
  explicit ReplacementFile(const std::string& name);
  ~ReplacementFile();  // removes the temporary file unless commit() was called
  ReplacementFile(const ReplacementFile&) = delete;
  ReplacementFile& operator=(const ReplacementFile&) = delete;

  void write(std::string_view text) { file_->write(text); }
  void commit(int keep = 0);

 private:
  std::string target_;  // "" for a stream
  std::optional<OutputFile> file_;
};

}  // namespace splicemd
