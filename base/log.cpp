// The process's log: one mutex, one screen, at most one file.
#include "base/log.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"

namespace splicemd::log {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kProgressInterval = std::chrono::milliseconds(200);
constexpr std::size_t kRememberedWarnings = 1000;
constexpr std::string_view kEraseLine = "\r\x1b[K";

struct State {
  std::mutex mutex;
  int rank = 0;
  bool screen = false;
  bool terminal = false;  // stdout is one, and lines go there
  std::optional<OutputFile> file;
  std::string progress;  // what the terminal's last row shows
  Clock::time_point last_progress{};
  std::set<std::string, std::less<>> seen;
  std::int64_t warnings = 0;
};

State& state() {
  static State instance;
  return instance;
}

void put(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

// Writes above the progress line, which is restored below.
void put_above_progress(State& s, std::FILE* stream, std::string_view text) {
  if (!s.progress.empty()) put(stdout, kEraseLine);
  put(stream, text);
  if (!s.progress.empty()) put(stdout, s.progress);
}

void put_in_file(State& s, std::string_view text) {
  if (!s.file) return;
  s.file->write(text);
  s.file->flush();
}

// As much of `text` as one row of the terminal holds; ASCII is expected.
std::string_view fit(std::string_view text) {
  winsize size{};
  const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return text.substr(0, known ? size.ws_col - 1U : 79U);
}

}  // namespace

void configure(const Settings& settings) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  s.rank = settings.rank;
  s.screen = settings.screen && settings.rank == 0;
  s.terminal = s.screen && isatty(STDOUT_FILENO) != 0;
  s.progress.clear();
  s.file.reset();
  s.seen.clear();
  s.warnings = 0;
  if (settings.rank != 0 || settings.file.empty()) return;
  require(settings.file != "-", "log file: '-' is the standard output, where the lines go already");
  try {
    s.file.emplace(settings.file, OutputFile::Mode::create);
  } catch (const RunError& error) {
    throw InputError(fmt::format("log file: {}", error.what()));
  }
}

void close() {
  end_progress();
  State& s = state();
  const std::lock_guard lock(s.mutex);
  s.screen = s.terminal = false;
  if (s.file) {
    s.file->close();
    s.file.reset();
  }
}

void line(std::string_view text) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  if (s.rank != 0 || (!s.screen && !s.file)) return;
  std::string with_end(text);
  with_end += '\n';
  if (s.screen) put_above_progress(s, stdout, with_end);
  put_in_file(s, with_end);
}

void warning_line(std::string_view text) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  ++s.warnings;
  if (s.seen.count(text) > 0 || s.seen.size() >= kRememberedWarnings) return;
  s.seen.emplace(text);
  const std::string message = s.rank == 0 ? fmt::format("warning: {}\n", text)
                                          : fmt::format("warning: rank {}: {}\n", s.rank, text);
  put_above_progress(s, stderr, message);
  put_in_file(s, message);
}

bool on_root() {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  return s.rank == 0;
}

std::int64_t warnings() {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  return s.warnings;
}

bool progress_due() {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  return s.terminal && Clock::now() - s.last_progress >= kProgressInterval;
}

void progress(std::string_view text) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  if (!s.terminal) return;
  s.last_progress = Clock::now();
  s.progress = fit(text);
  put(stdout, kEraseLine);
  put(stdout, s.progress);
}

void end_progress() {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  if (!s.progress.empty()) put(stdout, kEraseLine);
  s.progress.clear();
}

}  // namespace splicemd::log
