// Strict conversion of text to numbers, and text files read with positions for messages.
#include "base/parse.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>

namespace splicemd {

std::optional<double> parse_double(std::string_view token) {
  std::array<char, 64> buffer{};
  if (token.empty() || token.size() >= buffer.size()) return std::nullopt;
  std::copy(token.begin(), token.end(), buffer.begin());
  std::replace_if(
      buffer.begin(), buffer.begin() + token.size(), [](char c) { return c == 'd' || c == 'D'; },
      'e');
  const char* first = buffer.data();
  const char* last = first + token.size();
  if (*first == '+') {
    ++first;
    if (first != last && (*first == '-' || *first == '+')) return std::nullopt;
  }
  double value = 0.0;
  const auto [end, error] = std::from_chars(first, last, value);
  if (error == std::errc::result_out_of_range && end == last) {
    // Underflow to zero is harmless; overflow is not a number we can use.
    const bool tiny = std::string_view(first, last).find("e-") != std::string_view::npos;
    return tiny ? std::optional<double>(0.0) : std::nullopt;
  }
  if (error != std::errc() || end != last || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<std::int64_t> parse_int(std::string_view token) {
  if (!token.empty() && token.front() == '+') {
    token.remove_prefix(1);
    if (!token.empty() && token.front() == '-') return std::nullopt;
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
  if (token.empty() || error != std::errc() || end != token.data() + token.size())
    return std::nullopt;
  return value;
}

namespace {

// Edits that turn one name into the other: insertions, deletions, substitutions and swaps of neighbours
// (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    before.swap(last);
    last.swap(row);
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      row[j + 1] = std::min({last[j] + (a[i] == b[j] ? 0 : 1), row[j] + 1, last[j + 1] + 1});
      const bool swapped = i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j];
      if (swapped) row[j + 1] = std::min(row[j + 1], before[j - 1] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::string> nearest_name(std::string_view name,
                                        const std::vector<std::string>& known) {
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : known) {
    if (candidate.size() > name.size() + best_distance) continue;
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < best_distance && distance < std::max(name.size(), candidate.size())) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& known) {
  const auto nearest = nearest_name(name, known);
  return nearest ? fmt::format(" (did you mean '{}'?)", *nearest) : std::string();
}

namespace {
constexpr std::string_view kBlank = " \t\r\f\v";
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::vector<std::string_view> split_words(std::string_view line) {
  std::vector<std::string_view> words;
  std::size_t position = line.find_first_not_of(kBlank);
  while (position != std::string_view::npos) {
    const std::size_t end = std::min(line.find_first_of(kBlank, position), line.size());
    words.push_back(line.substr(position, end - position));
    position = line.find_first_not_of(kBlank, end);
  }
  return words;
}

TextFile::TextFile(const std::string& path, std::size_t max_bytes) : path_(path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  require(std::filesystem::exists(status), "{}: no such file", path);
  require(std::filesystem::is_regular_file(status), "{}: not a regular file", path);
  const auto bytes = std::filesystem::file_size(path, error);
  require(!error, "{}: cannot read: {}", path, error.message());
  require(bytes <= max_bytes, "{}: {} bytes is more than the {} this kind of file may have", path,
          bytes, max_bytes);
  std::ifstream in(path, std::ios::binary);
  require(in.good(), "{}: cannot open for reading: {}", path, std::strerror(errno));
  content_.resize(bytes);
  in.read(content_.data(), static_cast<std::streamsize>(bytes));
  require(in.gcount() == static_cast<std::streamsize>(bytes), "{}: could not be read to its end",
          path);
  split_lines();
}

TextFile::TextFile(std::string name, std::string content)
    : path_(std::move(name)), content_(std::move(content)) {
  split_lines();
}

void TextFile::split_lines() {
  const auto nul = content_.find('\0');
  require(nul == std::string::npos, "{}: byte {} is NUL: this is not a text file", path_, nul);
  const std::string_view all(content_);
  std::size_t start = 0;
  while (start < all.size()) {
    const std::size_t end = std::min(all.find('\n', start), all.size());
    std::string_view line = all.substr(start, end - start);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    lines_.push_back(line);
    start = end + 1;
  }
}

double TextFile::number(std::size_t index, std::string_view token, std::string_view what) const {
  const auto value = parse_double(token);
  if (!value) fail(index, "expected {} (a finite number), found '{}'", what, token);
  return *value;
}

std::int64_t TextFile::integer(std::size_t index, std::string_view token,
                               std::string_view what) const {
  const auto value = parse_int(token);
  if (!value) fail(index, "expected {} (an integer), found '{}'", what, token);
  return *value;
}

WordReader::WordReader(const TextFile& file, std::size_t first_line, char comment)
    : file_(file), line_(first_line), last_line_(first_line), comment_(comment) {}

std::optional<std::string_view> WordReader::try_next() {
  while (line_ < file_.size()) {
    std::string_view text = file_.line(line_);
    if (comment_ != '\0') text = text.substr(0, text.find(comment_));
    const std::size_t start = position_ < text.size() ? text.find_first_not_of(kBlank, position_)
                                                      : std::string_view::npos;
    if (start != std::string_view::npos) {
      const std::size_t end = std::min(text.find_first_of(kBlank, start), text.size());
      position_ = end;
      last_line_ = line_;
      return text.substr(start, end - start);
    }
    ++line_;
    position_ = 0;
  }
  return std::nullopt;
}

std::string_view WordReader::next(std::string_view what) {
  const auto word = try_next();
  if (!word) {
    throw InputError(fmt::format("{}: the file ends at line {} where {} was expected (truncated?)",
                                 file_.path(), file_.size(), what));
  }
  return *word;
}

double WordReader::number(std::string_view what) {
  const std::string_view word = next(what);
  return file_.number(last_line_, word, what);
}

std::int64_t WordReader::integer(std::string_view what) {
  const std::string_view word = next(what);
  return file_.integer(last_line_, word, what);
}

}  // namespace splicemd
