// Where an output named by a user goes: links followed, streams told from files, stores protected.
#pragma once

#include <string>

namespace splicemd {

// What an output's name leads to. A file may be replaced by another one that takes its name; a stream can only
// be written to.
struct OutputTarget {
  enum class Kind {
    file,            // a regular file, or nothing yet
    stream,          // a FIFO or a device
    standard_output  // "-", or another name of what the standard output goes to
  };
  std::string name;  // as the user gave it
  std::string path;  // with links followed where it is a file, else as given
  Kind kind = Kind::file;
};

// InputError if `name` is a directory or a socket, a ring of links, too long, or lies in a store (the lie of a
// link counts, not its name). Does not say whether the file can be written.
OutputTarget output_target(const std::string& name);

// As output_target, for formats that are not written from front to back (HDF5, checkpoints): the path of a
// regular file or of nothing; InputError, naming `what`, for a stream.
std::string file_target(const std::string& name, const char* what);

// InputError if nothing can be written at `name`: what output_target refuses, or a folder that does not exist.
void require_writable_target(const std::string& name);

// `path` with symbolic links followed, also one that points to nothing yet. InputError for a ring of links.
std::string follow_links(const std::string& path);

// The folder of the store that `path` (absolute or relative, links followed before) lies in; "" if in none.
std::string store_around(const std::string& path);

}  // namespace splicemd
