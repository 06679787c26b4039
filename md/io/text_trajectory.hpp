// Continuing a text trajectory: finds where its frames end, whatever its size, without keeping it in memory.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/files.hpp"

namespace splicemd::md {

// Reads a file line by line; `offset` is where the next line starts.
class LineScanner {
 public:
  explicit LineScanner(const std::string& path);
  ~LineScanner();
  LineScanner(const LineScanner&) = delete;
  LineScanner& operator=(const LineScanner&) = delete;
  // The next complete line (one that ends in a newline) without its end, or nullopt.
  std::optional<std::string> next();
  // Skips `n` complete lines; false if there are fewer.
  bool skip(std::int64_t n);
  std::uint64_t offset() const { return offset_; }

 private:
  std::string path_;
  std::FILE* file_;
  char* line_ = nullptr;
  std::size_t capacity_ = 0;
  std::uint64_t offset_ = 0;
};

struct FrameScan {
  enum class State { complete, unfinished, foreign };  // foreign: not a frame of this format
  State state = State::unfinished;
  std::int64_t step = 0;
};

// Reads one frame's header and skips its rows.
using FrameScanner = std::function<FrameScan(LineScanner&)>;

// The output file of a text format: created anew, or, to continue, cut after the last complete frame whose
// step is at most `resume_step`. `last_step` gets that frame's step. InputError if the file holds anything
// but frames of this format up to there.
std::unique_ptr<OutputFile> open_text_trajectory(const std::string& path, bool append,
                                                 std::int64_t resume_step, const FrameScanner& scan,
                                                 std::optional<std::int64_t>& last_step);

}  // namespace splicemd::md
