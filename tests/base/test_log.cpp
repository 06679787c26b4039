// The log: who writes where, the file, repeated warnings, and a progress line that breaks no line.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"

namespace splicemd {
namespace {

std::string path(const std::string& name) {
  std::filesystem::create_directories(SPLICEMD_TEST_TMP);
  return std::string(SPLICEMD_TEST_TMP) + "/" + name;
}

std::string content(const std::string& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

struct Captured {
  std::string out, err;
};

template <class Action>
Captured capture(Action action) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  action();
  Captured captured;
  captured.out = testing::internal::GetCapturedStdout();
  captured.err = testing::internal::GetCapturedStderr();
  return captured;
}

TEST(Log, RootWritesScreenAndFile) {
  const std::string file = path("root.log");
  const auto captured = capture([&] {
    log::configure({0, true, file});
    log::info("Step {}", 5);
    log::warning("odd {}", "thing");
    log::close();
    log::info("after");
  });
  EXPECT_EQ(captured.out, "Step 5\n");
  EXPECT_EQ(captured.err, "warning: odd thing\n");
  EXPECT_EQ(content(file), "Step 5\nwarning: odd thing\n");
}

TEST(Log, QuietKeepsWarningsAndFile) {
  const std::string file = path("quiet.log");
  const auto captured = capture([&] {
    log::configure({0, false, file});
    log::info("a line");
    log::warning("w");
    log::close();
  });
  EXPECT_EQ(captured.out, "");
  EXPECT_EQ(captured.err, "warning: w\n");
  EXPECT_EQ(content(file), "a line\nwarning: w\n");
}

TEST(Log, OtherRanksOnlyWarn) {
  const std::string file = path("never_created.log");
  const auto captured = capture([&] {
    log::configure({3, true, file});
    log::info("a line");
    log::warning("w");
    log::close();
  });
  EXPECT_EQ(captured.out, "");
  EXPECT_EQ(captured.err, "warning: rank 3: w\n");
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(Log, RepeatedWarningsAreCountedNotRepeated) {
  const auto captured = capture([&] {
    log::configure({0, true, ""});
    for (int i = 0; i < 50; ++i) log::warning("again");
    EXPECT_EQ(log::warnings(), 50);
    log::close();
  });
  EXPECT_EQ(captured.err, "warning: again\n");
}

TEST(Log, NoProgressWithoutATerminal) {
  const auto captured = capture([&] {
    log::configure({0, true, ""});
    EXPECT_FALSE(log::progress_due());
    log::progress("50 %");
    log::info("line");
    log::close();
  });
  EXPECT_EQ(captured.out, "line\n");
}

TEST(Log, UnwritableFileIsAnInputError) {
  EXPECT_THROW(log::configure({0, true, "/nonexistent/folder/x.log"}), InputError);
  log::close();
}

TEST(Log, ThreadsDoNotMixLines) {
  const std::string file = path("threads.log");
  log::configure({0, false, file});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 200; ++i) log::line(std::string(50, static_cast<char>('a' + t)));
    });
  }
  for (std::thread& thread : threads) thread.join();
  log::close();
  std::ifstream in(file);
  int lines = 0;
  for (std::string line; std::getline(in, line); ++lines) {
    EXPECT_EQ(line, std::string(50, line.empty() ? '?' : line[0]));
  }
  EXPECT_EQ(lines, 800);
}

// A pseudo-terminal in place of stdout: the table's lines must be whole among the progress lines.
TEST(Log, ProgressLineBreaksNoTableLine) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_GE(master, 0);
  ASSERT_EQ(grantpt(master), 0);
  ASSERT_EQ(unlockpt(master), 0);
  const int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
  ASSERT_GE(slave, 0);
  std::fflush(stdout);
  const int saved = dup(STDOUT_FILENO);
  dup2(slave, STDOUT_FILENO);
  log::configure({0, true, ""});
  const bool due = log::progress_due();
  log::progress("step 10 of 100, 3 s left");
  const bool due_at_once = log::progress_due();
  log::info("Step 10");
  log::info("Step 20");
  log::close();
  dup2(saved, STDOUT_FILENO);
  ::close(saved);
  char buffer[4096];
  const ssize_t n = read(master, buffer, sizeof buffer);
  ::close(slave);
  ::close(master);
  ASSERT_GT(n, 0);
  EXPECT_TRUE(due);
  EXPECT_FALSE(due_at_once);
  const std::string progress = "step 10 of 100, 3 s left";
  const std::string erase = "\r\x1b[K";
  EXPECT_EQ(std::string(buffer, static_cast<std::size_t>(n)), erase + progress + erase +
                                                                  "Step 10\r\n" + progress + erase +
                                                                  "Step 20\r\n" + progress + erase);
}

}  // namespace
}  // namespace splicemd
