// What the user sees while a command runs: lines on rank 0's screen and in its log file, warnings,
// and a progress line that only a terminal gets.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace splicemd::log {

struct Settings {
  int rank = 0;        // lines are written by rank 0 only; warnings by every rank
  bool screen = true;  // false (--quiet): lines go to the log file only; warnings still to stderr
  std::string file;    // "" for none; rank 0 creates it. A file of that name is replaced.
};

// One log per process; all functions may be called from any thread. Until configure() is called lines
// go nowhere and warnings to stderr, so that libraries and tests are silent.
// configure() throws InputError if the file cannot be created; line() throws RunError if it cannot be
// written (disk full).
void configure(const Settings& settings);
// Ends the progress line and closes the file; the state is as before configure().
void close();

// Writes `text` and an end of line; `text` may hold several lines.
void line(std::string_view text);
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  line(fmt::format(format, std::forward<Args>(args)...));
}

// To stderr and the log file, as "warning: text". A text already written is only counted.
void warning_line(std::string_view text);
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  warning_line(fmt::format(format, std::forward<Args>(args)...));
}
// True on rank 0: for warnings that every rank would raise alike.
bool on_root();
std::int64_t warnings();  // how many were raised on this rank, repetitions included

// True if a progress line would be seen and the last one is older than a fifth of a second: cheap
// enough to be asked on every step.
bool progress_due();
// Rewrites the progress line at the bottom of the terminal. Lines written later appear above it.
void progress(std::string_view text);
void end_progress();

}  // namespace splicemd::log
