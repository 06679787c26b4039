// Scans text trajectories frame by frame and cuts them for continuation.
#include "md/io/text_trajectory.hpp"

#include <sys/types.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/error.hpp"

namespace splicemd::md {

LineScanner::LineScanner(const std::string& path)
    : path_(path), file_(std::fopen(path.c_str(), "rb")) {
  require(file_ != nullptr, "{}: cannot open to continue it: {}", path, std::strerror(errno));
}

LineScanner::~LineScanner() {
  std::free(line_);
  std::fclose(file_);
}

std::optional<std::string> LineScanner::next() {
  const ssize_t n = ::getline(&line_, &capacity_, file_);
  if (n <= 0 || line_[n - 1] != '\n') return std::nullopt;
  offset_ += static_cast<std::uint64_t>(n);
  return std::string(line_, static_cast<std::size_t>(n) - 1);
}

bool LineScanner::skip(std::int64_t n) {
  for (std::int64_t k = 0; k < n; ++k) {
    const ssize_t bytes = ::getline(&line_, &capacity_, file_);
    if (bytes <= 0 || line_[bytes - 1] != '\n') return false;
    offset_ += static_cast<std::uint64_t>(bytes);
  }
  return true;
}

std::unique_ptr<OutputFile> open_text_trajectory(const std::string& path, bool append,
                                                 std::int64_t resume_step, const FrameScanner& scan,
                                                 std::optional<std::int64_t>& last_step) {
  if (!append || !std::filesystem::is_regular_file(path)) {  // nor is a stream continued
    return std::make_unique<OutputFile>(path, OutputFile::Mode::create);
  }
  std::uint64_t keep = 0;
  {
    LineScanner lines(path);
    while (true) {
      const FrameScan frame = scan(lines);
      require(frame.state != FrameScan::State::foreign,
              "{}: cannot be continued: byte {} is not the start of a frame of this format", path,
              keep);
      if (frame.state == FrameScan::State::unfinished || frame.step > resume_step) break;
      keep = lines.offset();
      last_step = frame.step;
    }
  }
  truncate_file(path, keep);
  return std::make_unique<OutputFile>(path, OutputFile::Mode::append);
}

}  // namespace splicemd::md
