// Damaged checkpoints are refused, a killed or failed write leaves the older generation.
#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <chrono>
#include <csignal>
#include <random>

#include "checkpoint_samples.hpp"
#include "io_test_support.hpp"

namespace splicemd::md {
namespace {

using testing::input_error;
using testing::read_all;
using testing::same_atoms;
using testing::same_header;
using testing::sample_checkpoint;
using testing::scratch;
using testing::write_all;

// The checkpoint of `bytes`, or nullopt if it is refused with an InputError; anything else fails the test.
std::optional<Checkpoint> read_bytes(const std::string& bytes, const Communicator& comm) {
  const std::string path = scratch("damaged.h5");
  write_all(path, bytes);
  try {
    return read_checkpoint(path, comm);
  } catch (const InputError&) {
    return std::nullopt;
  }
}

TEST(CheckpointFaults, EveryTruncationIsRefused) {
  const Communicator comm;
  const std::string path = scratch("whole.h5");
  write_checkpoint(path, sample_checkpoint(comm, 20, 3), comm);
  const std::string bytes = read_all(path);
  ASSERT_GT(bytes.size(), 1000u);
  for (std::size_t keep = 0; keep < bytes.size(); keep += bytes.size() / 97) {
    EXPECT_FALSE(read_bytes(bytes.substr(0, keep), comm)) << keep << " of " << bytes.size();
  }
}

TEST(CheckpointFaults, FlippedBytesAreRefusedOrHarmless) {
  const Communicator comm;
  const std::string path = scratch("flip.h5");
  const Checkpoint c = sample_checkpoint(comm, 200, 3);
  write_checkpoint(path, c, comm);
  const std::string bytes = read_all(path);
  std::mt19937_64 random(7);
  int refused = 0;
  const int trials = 600;
  for (int n = 0; n < trials; ++n) {
    std::string damaged = bytes;
    const std::size_t at = random() % bytes.size();
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (random() % 8)));
    const auto d = read_bytes(damaged, comm);
    if (!d) {
      ++refused;
      continue;
    }
    // Bytes that HDF5 does not use may change: the content must not.
    ASSERT_TRUE(same_header(c, *d) && same_atoms(c, *d)) << "flip at " << at << " went unnoticed";
  }
  // 200 rows of 136 bytes are a good part of the file.
  EXPECT_GT(refused, trials / 3);
}

TEST(CheckpointFaults, OtherFilesAreRefused) {
  const Communicator comm;
  EXPECT_FALSE(read_bytes("", comm));
  EXPECT_FALSE(read_bytes("just a text file\n", comm));
  EXPECT_FALSE(read_bytes(std::string("\x89HDF\r\n\x1a\n", 8) + std::string(4096, '\xff'), comm));
}

// Writes checkpoints of steps first, first + 1, … for ever; tells `pipe` when one is complete.
[[noreturn]] void write_forever(const std::string& path, const Communicator& comm,
                                std::int64_t first, int pipe) {
  try {
    for (std::int64_t step = first;; ++step) {
      write_checkpoint(path, sample_checkpoint(comm, 20000, step), comm);
      if (::write(pipe, "x", 1) != 1) break;
    }
  } catch (...) {  // the parent sees that the process has ended by itself
  }
  ::_exit(1);
}

TEST(CheckpointFaults, KilledWriterLeavesACompleteCheckpoint) {
  const Communicator comm;
  const std::string path = scratch("killed.h5");
  std::filesystem::remove(path);
  std::mt19937_64 random(11);
  std::int64_t newest = 0;
  for (int n = 0; n < 20; ++n) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const auto start = std::chrono::steady_clock::now();
    const pid_t child = ::fork();
    if (child == 0) write_forever(path, comm, newest + 1, ends[1]);
    ASSERT_GT(child, 0);
    char mark = 0;
    ASSERT_EQ(::read(ends[0], &mark, 1), 1);
    // One write is complete; kill the writer somewhere in the next two.
    const std::chrono::duration<double, std::micro> one_write =
        std::chrono::steady_clock::now() - start;
    ::usleep(static_cast<useconds_t>(static_cast<double>(random() % 1000) * 2e-3 *
                                     std::min(one_write.count(), 400000.0)));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ::close(ends[0]);
    ::close(ends[1]);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself";
    const Checkpoint c = read_checkpoint(path, comm);
    EXPECT_GT(c.step, newest);
    EXPECT_EQ(c.size(), 20000u);
    newest = c.step;
  }
}

TEST(CheckpointFaults, FailedWriteKeepsTheOlderGeneration) {
  const Communicator comm;
  const std::string path = scratch("full.h5");
  write_checkpoint(path, sample_checkpoint(comm, 50, 1), comm);
  // A file-size limit stands for a full disk.
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  rlimit small = old;
  small.rlim_cur = 100000;
  std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  EXPECT_THROW(write_checkpoint(path, sample_checkpoint(comm, 50000, 2), comm), RunError);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  EXPECT_EQ(read_checkpoint(path, comm).step, 1);
  EXPECT_FALSE(std::filesystem::exists(path + ".writing"));
}

}  // namespace
}  // namespace splicemd::md
