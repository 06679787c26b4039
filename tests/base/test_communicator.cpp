// Communicator on one and several ranks: reductions, variable-length gather and scatter, errors everywhere.
#include <gtest/gtest.h>

#include <numeric>

#include "base/mpi.hpp"

namespace splicemd {
namespace {

TEST(Communicator, Reductions) {
  const Communicator comm;
  const int n = comm.size();
  EXPECT_EQ(comm.sum(comm.rank() + 1), n * (n + 1) / 2);
  EXPECT_EQ(comm.max(static_cast<std::int64_t>(comm.rank()) << 40), static_cast<std::int64_t>(n - 1)
                                                                        << 40);
  EXPECT_EQ(comm.min(1.5 - comm.rank()), 2.5 - n);
  std::vector<double> values = {1.0, static_cast<double>(comm.rank())};
  comm.sum(values);
  EXPECT_EQ(values, (std::vector<double>{static_cast<double>(n), n * (n - 1) / 2.0}));
  EXPECT_EQ(comm.exclusive_sum(comm.rank() + 1), comm.rank() * (comm.rank() + 1) / 2);
  EXPECT_EQ(comm.any(comm.rank() == n - 1), true);
  EXPECT_EQ(comm.all(comm.rank() == 0), n == 1);
}

TEST(Communicator, BroadcastResizesVectorsAndStrings) {
  const Communicator comm;
  const int root = comm.size() - 1;
  std::vector<int> values;
  std::string text;
  if (comm.rank() == root) {
    values = {3, 1, 4};
    text = "from the last rank";
  }
  comm.broadcast(values, root);
  comm.broadcast(text, root);
  EXPECT_EQ(values, (std::vector<int>{3, 1, 4}));
  EXPECT_EQ(text, "from the last rank");
}

TEST(Communicator, GatherAndScatterKeepRankOrder) {
  const Communicator comm;
  struct Pair {
    int rank;
    double value;
  };
  // Rank r has r items, so rank 0 has none.
  std::vector<Pair> mine;
  for (int i = 0; i < comm.rank(); ++i) mine.push_back({comm.rank(), 10.0 * comm.rank() + i});
  std::vector<std::uint64_t> counts;
  const std::vector<Pair> all = comm.gather(mine, 0, &counts);
  if (comm.is_root()) {
    ASSERT_EQ(all.size(), static_cast<std::size_t>(comm.size() * (comm.size() - 1) / 2));
    std::size_t k = 0;
    for (int r = 0; r < comm.size(); ++r) {
      EXPECT_EQ(counts[static_cast<std::size_t>(r)], static_cast<std::uint64_t>(r));
      for (int i = 0; i < r; ++i, ++k) EXPECT_EQ(all[k].value, 10.0 * r + i);
    }
  } else {
    EXPECT_TRUE(all.empty());
  }
  const std::vector<Pair> back = comm.scatter(all, counts);
  ASSERT_EQ(back.size(), mine.size());
  for (std::size_t i = 0; i < mine.size(); ++i) EXPECT_EQ(back[i].value, mine[i].value);
  const std::vector<int> ranks = comm.all_gather(comm.rank());
  for (int r = 0; r < comm.size(); ++r) EXPECT_EQ(ranks[static_cast<std::size_t>(r)], r);
}

TEST(Communicator, ErrorsOfOneRankReachAll) {
  const Communicator comm;
  const int guilty = comm.size() - 1;
  try {
    comm.on_root([] { throw InputError("the file is bad"); });
    FAIL() << "nothing was thrown";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "the file is bad");
    EXPECT_EQ(error.exit_status(), 2);
  }
  EXPECT_THROW(
      comm.on_every_rank([&] { ensure(comm.rank() != guilty, "rank {} failed", comm.rank()); }),
      RunError);
  EXPECT_NO_THROW(comm.on_every_rank([] {}));
}

TEST(Communicator, SplitAndDuplicateOwnTheirHandles) {
  const Communicator comm;
  Communicator half = comm.split(comm.rank() % 2, -comm.rank());
  EXPECT_EQ(half.sum(1), half.size());
  EXPECT_EQ(half.rank(), half.size() - 1 - comm.rank() / 2);  // the key reverses the order
  const Communicator moved = std::move(half);
  EXPECT_EQ(moved.max(moved.rank()), moved.size() - 1);
  const Communicator copy = comm.duplicate();
  EXPECT_EQ(copy.rank(), comm.rank());
  EXPECT_NE(copy.handle(), comm.handle());
}

TEST(MpiCheck, NamesTheErrorInMpisWords) {
  EXPECT_NO_THROW(mpi_check(MPI_SUCCESS, "nothing"));
  try {
    mpi_check(MPI_ERR_RANK, "MPI_Send");
    FAIL() << "nothing was thrown";
  } catch (const RunError& error) {
    EXPECT_NE(std::string(error.what()).find("MPI_Send: MPI error"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("rank"), std::string::npos);
  }
}

}  // namespace
}  // namespace splicemd
