// The one strict parser of numbers and text files: no other code turns text into numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace splicemd {

// Whole-token conversions; nullopt unless every character was used and the value is finite and in range.
// parse_double accepts a Fortran exponent letter (1.5D-3, 1.5d-3); NaN and Inf are refused.
std::optional<double> parse_double(std::string_view token);
std::optional<std::int64_t> parse_int(std::string_view token);

// The name in `known` nearest to `name` by edit distance, if one is near enough to be a typo of it.
std::optional<std::string> nearest_name(std::string_view name,
                                        const std::vector<std::string>& known);
// " (did you mean 'X'?)" or "": to be appended to messages about unknown names.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& known);

// Splits at blanks and tabs.
std::vector<std::string_view> split_words(std::string_view line);
// Removes leading and trailing white space.
std::string_view trim(std::string_view text);

// A whole text file read at once, with the position of each line for messages.
// Throws InputError if the file cannot be read, is larger than `max_bytes`, or holds a NUL byte.
class TextFile {
 public:
  explicit TextFile(const std::string& path, std::size_t max_bytes = std::size_t{1} << 31);
  // Text that is already in memory: `name` stands for the path in messages.
  TextFile(std::string name, std::string content);
  TextFile(const TextFile&) = delete;  // lines_ points into content_
  TextFile& operator=(const TextFile&) = delete;

  const std::string& path() const { return path_; }
  std::size_t size() const { return lines_.size(); }
  // Line `index`, 0-based, without its end-of-line characters.
  std::string_view line(std::size_t index) const { return lines_[index]; }

  // Throws InputError "path:line: message"; `index` is 0-based.
  template <class... Args>
  [[noreturn]] void fail(std::size_t index, fmt::format_string<Args...> format,
                         Args&&... args) const {
    throw InputError(fmt::format("{}:{}: {}", path_, index + 1,
                                 fmt::format(format, std::forward<Args>(args)...)));
  }
  // The token as a number, or an error that names the line, `what` was expected and the token.
  double number(std::size_t index, std::string_view token, std::string_view what) const;
  std::int64_t integer(std::size_t index, std::string_view token, std::string_view what) const;

 private:
  void split_lines();
  std::string path_;
  std::string content_;
  std::vector<std::string_view> lines_;
};

// Reads the words of a TextFile one after another across lines, skipping comments.
class WordReader {
 public:
  // From line `first_line` (0-based) on; text after `comment` (if not '\0') is ignored.
  WordReader(const TextFile& file, std::size_t first_line, char comment = '\0');
  // The next word; throws InputError naming `what` was expected if the file ends.
  std::string_view next(std::string_view what);
  // The next word, or nullopt at the end of the file.
  std::optional<std::string_view> try_next();
  double number(std::string_view what);
  std::int64_t integer(std::string_view what);
  // The line (0-based) of the word last returned, for TextFile::fail.
  std::size_t line() const { return last_line_; }

 private:
  const TextFile& file_;
  std::size_t line_;
  std::size_t last_line_;
  std::size_t position_ = 0;
  char comment_;
};

}  // namespace splicemd
