// Errors on all ranks, on some, and none: what run_guarded returns.
#include <gtest/gtest.h>
#include <sched.h>

#include <new>

#include "base/error.hpp"
#include "cli/session.hpp"

namespace splicemd::cli {
namespace {

const Communicator& world() {
  static const Communicator comm;
  return comm;
}

// What `command` printed to this rank's stderr; its status goes to `status`.
std::string printed(const std::function<int()>& command, int& status) {
  testing::internal::CaptureStderr();
  status = run_guarded(world(), command);
  return testing::internal::GetCapturedStderr();
}

TEST(RunGuarded, StatusOfTheCommand) {
  EXPECT_EQ(run_guarded(world(), [] { return 0; }), 0);
  EXPECT_EQ(run_guarded(world(), [] { return world().rank() == world().size() - 1 ? 1 : 0; }), 1);
}

TEST(RunGuarded, AllRanksFailingAlikeIsPrintedOnce) {
  int status = 0;
  const std::string text = printed([]() -> int { throw InputError("deck.yaml:1: wrong"); }, status);
  EXPECT_EQ(status, 2);
  EXPECT_EQ(text, world().is_root() ? "splicemd: deck.yaml:1: wrong\n" : "");
}

TEST(RunGuarded, OneFailureReachesAllRanks) {
  const int last = world().size() - 1;
  int status = 0;
  const std::string text = printed(
      [last]() -> int {
        if (world().rank() == last) throw RunError("disk full");
        return 0;
      },
      status);
  EXPECT_EQ(status, 1);
  const std::string where = world().size() > 1 ? fmt::format("rank {}: ", last) : std::string();
  EXPECT_EQ(text, world().rank() == last ? "splicemd: " + where + "disk full\n" : "");
}

TEST(RunGuarded, OtherExceptionsAreNamed) {
  int status = 0;
  std::string text = printed([]() -> int { throw std::bad_alloc(); }, status);
  EXPECT_EQ(status, 1);
  EXPECT_EQ(text, world().is_root() ? "splicemd: out of memory\n" : "");
  text = printed([]() -> int { throw std::logic_error("x"); }, status);
  EXPECT_EQ(status, 1);
  EXPECT_EQ(text, world().is_root() ? "splicemd: internal error: x\n" : "");
}

TEST(ShareOfCores, RanksOfANodeDivideThem) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  ASSERT_EQ(sched_getaffinity(0, sizeof allowed, &allowed), 0);
  const int cores = CPU_COUNT(&allowed);
  const NodeCores node = cores_of_node(world());
  EXPECT_EQ(node.share, std::max(1, cores / world().size()));
  EXPECT_EQ(node.ranks, world().size());
  EXPECT_EQ(node.cores, cores);
}

}  // namespace
}  // namespace splicemd::cli
