// Checkpoints on one and several ranks: bit-for-bit round trips, other numbers of ranks, generations.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "checkpoint_samples.hpp"
#include "io_test_support.hpp"

namespace splicemd::md {
namespace {

using testing::contains;
using testing::input_error;
using testing::same_atoms;
using testing::same_header;
using testing::sample_checkpoint;
using testing::scratch;

std::string path_for(const Communicator& comm, const std::string& name) {
  const std::string path = scratch(fmt::format("{}_{}.h5", name, comm.size()));
  if (comm.is_root()) {
    std::filesystem::remove(path);
    std::filesystem::remove(previous_checkpoint(path));
  }
  comm.barrier();
  return path;
}

TEST(Checkpoint, SameNumberOfRanksGetsTheSameBitsBack) {
  const Communicator comm;
  const std::string path = path_for(comm, "same");
  const Checkpoint c =
      sample_checkpoint(comm, 100 + 7 * static_cast<std::size_t>(comm.rank()), 1234567890123LL);
  write_checkpoint(path, c, comm);
  const Checkpoint d = read_checkpoint(path, comm);
  EXPECT_TRUE(same_header(c, d));
  EXPECT_TRUE(same_atoms(c, d));
  EXPECT_EQ(d.ranks, comm.size());
}

TEST(Checkpoint, RanksWithoutAtomsTakePart) {
  const Communicator comm;
  const std::string path = path_for(comm, "empty_rank");
  const bool empty = comm.size() > 1 && comm.rank() == comm.size() - 1;
  const Checkpoint c = sample_checkpoint(comm, empty ? 0 : 11, 1);
  write_checkpoint(path, c, comm);
  EXPECT_TRUE(same_atoms(c, read_checkpoint(path, comm)));
}

TEST(Checkpoint, AnotherNumberOfRanksSharesTheRowsEvenly) {
  const Communicator comm;
  const std::string path = path_for(comm, "other");
  const Checkpoint c = sample_checkpoint(comm, 10 + 3 * static_cast<std::size_t>(comm.rank()), 5);
  write_checkpoint(path, c, comm);
  std::vector<std::int64_t> ids = comm.gather(c.id);
  comm.broadcast(ids);
  // Read it on one rank, and on one rank fewer than wrote it.
  for (const int ranks : {1, std::max(1, comm.size() - 1)}) {
    const Communicator part = comm.split(comm.rank() < ranks ? 0 : 1, comm.rank());
    if (comm.rank() >= ranks) continue;
    const Checkpoint d = read_checkpoint(path, part);
    EXPECT_EQ(d.ranks, comm.size());
    EXPECT_EQ(d.state, c.state);
    const auto most = part.max(static_cast<std::int64_t>(d.size()));
    const auto least = part.min(static_cast<std::int64_t>(d.size()));
    if (ranks != comm.size()) {
      EXPECT_LE(most - least, 1);
    }
    const std::vector<std::int64_t> read = part.gather(d.id);
    if (part.is_root()) {
      EXPECT_EQ(read, ids);
    }
  }
}

TEST(Checkpoint, KeepsThePreviousGeneration) {
  const Communicator comm;
  const std::string path = path_for(comm, "generations");
  for (std::int64_t step = 1; step <= 3; ++step)
    write_checkpoint(path, sample_checkpoint(comm, 9, step), comm);
  EXPECT_EQ(read_checkpoint(path, comm).step, 3);
  EXPECT_EQ(read_checkpoint(previous_checkpoint(path), comm).step, 2);
}

TEST(Checkpoint, ErrorsReachEveryRank) {
  const Communicator comm;
  EXPECT_TRUE(contains(input_error([&] { read_checkpoint(scratch("absent.h5"), comm); }),
                       "no such checkpoint"));
  Checkpoint bad = sample_checkpoint(comm, 9, 1);
  if (comm.rank() == comm.size() - 1) bad.v.pop_back();
  EXPECT_THROW(write_checkpoint(path_for(comm, "bad"), bad, comm), RunError);
  EXPECT_THROW(write_checkpoint("/no/such/folder/c.h5", sample_checkpoint(comm, 9, 1), comm),
               RunError);
}

}  // namespace
}  // namespace splicemd::md
