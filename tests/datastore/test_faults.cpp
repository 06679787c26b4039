// Full disks and failing power: what was acknowledged stays, the store goes on or opens again, and is clean.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

#include "base/parse.hpp"
#include "datastore/check.hpp"
#include "datastore/reader.hpp"
#include "datastore/store.hpp"
#include "tests/datastore/faulty_files.hpp"
#include "tests/datastore/scratch.hpp"

namespace splicemd::datastore {
namespace {

const Schema kSchema{"faults", {"CREATE TABLE rows(n INTEGER PRIMARY KEY)"}};

std::size_t size_at(std::uint64_t n) { return n % 11 == 0 ? 150000 : 100 + 37 * (n % 50); }

std::string described(const CheckReport& report) {
  std::string text;
  for (const std::string& line : report.problems) text += line + "\n";
  for (const BadRecord& bad : report.bad_records) text += bad.key.text() + ": " + bad.reason + "\n";
  return text;
}

// What a writer was told; values of taken keys are not expected any more.
struct Told {
  std::map<std::uint64_t, bool> values, rows, taken;
  std::uint64_t failed = 0;
};

void expect_told(const std::string& folder, const Told& told) {
  StoreReader reader(folder);
  for (const auto& [n, there] : told.values) {
    const Value value = reader.get(key_of(n));
    if (told.taken.count(n) != 0) {
      EXPECT_EQ(value, nullptr) << n;
    } else {
      bool erased = false;
      reader.ledger().find(key_of(n), &erased);
      if (erased) continue;  // by a take whose reply never came
      ASSERT_NE(value, nullptr) << n;
      EXPECT_EQ(*value, value_of(n, size_at(n)));
    }
  }
  if (told.rows.empty()) return;
  Statement query = reader.ledger().prepare("SELECT 1 FROM rows WHERE n = ?");
  for (const auto& [n, there] : told.rows) {
    query.bind(n);
    EXPECT_TRUE(query.step()) << n;
    query.reset();
  }
}

// Puts, takes and rows n = first …, committed in groups of eight.
void work(Store& store, std::uint64_t first, std::uint64_t count, Told& told) {
  store.ledger().adopt(kSchema);
  const auto note = [&told](std::map<std::uint64_t, bool>& where, std::uint64_t n) {
    return [&told, &where, n](const Reply& reply) {
      if (reply.ok())
        where[n] = true;
      else if (reply.outcome == Outcome::failed)
        ++told.failed;
    };
  };
  for (std::uint64_t n = first; n < first + count; ++n) {
    store.put(key_of(n), value_of(n, size_at(n))).then(note(told.values, n));
    store.write([n](Ledger& ledger) { ledger.prepare("INSERT INTO rows VALUES(?)").run(n); })
        .then(note(told.rows, n));
    if (n % 6 == 5 && n >= first + 10) store.take(key_of(n - 10)).then(note(told.taken, n - 10));
    if (n % 8 == 7) store.commit();
  }
  store.commit();
}

int rounds(int usual) {
  const char* asked = std::getenv("SPLICEMD_CRASH_RUNS");
  return asked == nullptr ? usual : static_cast<int>(parse_int(asked).value_or(usual));
}

TEST(Faults, AFullDiskLosesNothingThatWasAcknowledged) {
  RandomSequence random(4, RandomStream::user);
  int full = 0;
  for (int round = 0; round < rounds(25); ++round) {
    SCOPED_TRACE(fmt::format("round {}", round));
    const std::string folder = scratch("full");
    FaultyFiles files;
    StoreOptions options;
    options.environment = &files;
    options.shard_bytes = 300000;
    options.cache_bytes = 100000;
    Told told;
    try {
      files.set_space(random.below(round % 2 == 0 ? 3000000 : 300000));
      Store store(folder, options);
      work(store, 0, 100, told);
      expect_told(folder, told);
      EXPECT_EQ(told.failed > 0, files.was_full());
      files.set_space(std::numeric_limits<std::uint64_t>::max());
      const std::uint64_t failed = told.failed;
      work(store, 1000, 20, told);  // room again: it goes on
      EXPECT_EQ(told.failed, failed);
    } catch (const RunError& error) {
      EXPECT_TRUE(files.was_full()) << error.what();
    }
    full += files.was_full() ? 1 : 0;
    if (!std::filesystem::exists(folder + "/ledger.sqlite")) continue;
    {
      const Store again(folder);
      EXPECT_TRUE(again.recovery().damage.empty());
    }
    expect_told(folder, told);
    const CheckReport report = check(folder);
    EXPECT_TRUE(report.clean()) << described(report);
    if (HasFailure()) return;
  }
  EXPECT_GT(full, 5);
}

constexpr int kNoDisk = 77;

// Runs `body` in a process that sees a file system of `bytes` in `folder`; its exit status, kNoDisk where this user
// may not mount any. The file system goes with the process.
int on_small_disk(const std::string& folder, std::uint64_t bytes,
                  const std::function<void()>& body) {
  std::filesystem::create_directories(folder);
  const pid_t child = ::fork();
  if (child == 0) {
    const bool own = ::unshare(CLONE_NEWNS) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
    const std::string options = fmt::format("size={}", bytes);
    if (!own || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", folder.c_str(), "tmpfs", 0, options.c_str()) != 0)
      ::_exit(kNoDisk);
    body();
    std::fflush(nullptr);
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Fills the disk with a store beside a file of `ballast` bytes, then deletes that: there is room again.
void fill_disk(const std::string& disk, std::uint64_t ballast) {
  const std::string folder = disk + "/store";
  std::ofstream(disk + "/ballast") << std::string(ballast, 'x');
  StoreOptions options;
  options.shard_bytes = 300000;
  options.cache_bytes = 100000;
  Told told;
  try {
    Store store(folder, options);
    work(store, 0, 400, told);  // does not throw
    EXPECT_GT(told.failed, 0u) << "the disk was too large";
    EXPECT_GT(told.values.size(), 0u) << "the disk was too small";
    std::filesystem::remove(disk + "/ballast");
    expect_told(folder, told);
    const std::uint64_t failed = told.failed;
    work(store, 1000, 20, told);
    EXPECT_EQ(told.failed, failed);
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what();
  }
  {
    const Store again(folder);
    EXPECT_TRUE(again.recovery().damage.empty());
  }
  expect_told(folder, told);
  const CheckReport report = check(folder);
  EXPECT_TRUE(report.clean()) << described(report);
}

TEST(Faults, ARealFileSystemFillsUp) {
  RandomSequence random(6, RandomStream::user);
  for (int round = 0; round < rounds(4); ++round) {
    SCOPED_TRACE(fmt::format("round {}", round));
    const std::uint64_t size = 8'000'000 + random.below(1'000'000);
    const std::string disk = scratch("disk");
    const int status =
        on_small_disk(disk, size, [&] { fill_disk(disk, 6'000'000 + random.below(500'000)); });
    if (status == kNoDisk)
      GTEST_SKIP() << "needs the right to mount a file system (root, or user namespaces)";
    ASSERT_EQ(status, 0);
  }
}

TEST(Faults, PowerLossLosesNothingThatWasAcknowledgedAsDurable) {
  RandomSequence random(5, RandomStream::user);
  std::size_t lost = 0;
  for (int round = 0; round < rounds(25); ++round) {
    SCOPED_TRACE(fmt::format("round {}", round));
    const std::string folder = scratch("power");
    Told told;
    FaultyFiles files;
    {
      StoreOptions options;
      options.environment = &files;
      options.durability = Durability::full;
      options.shard_bytes = 300000;
      Store store(folder, options);
      work(store, 0, 10 + random.below(80), told);
      Told ignored;  // in the middle of a commit: the disk has some of it
      files.set_space(random.below(400000));
      work(store, 1000, 20, ignored);
      for (const auto& [n, there] : ignored.values) told.values[n] = there;
      for (const auto& [n, there] : ignored.rows) told.rows[n] = there;
      for (const auto& [n, there] : ignored.taken) told.taken[n] = there;
      files.switch_off();
    }
    lost += files.unsynced();
    files.lose_power(random);
    {
      const Store again(folder);
      EXPECT_TRUE(again.recovery().damage.empty());
    }
    expect_told(folder, told);
    const CheckReport report = check(folder);
    EXPECT_TRUE(report.clean()) << described(report);
    if (HasFailure()) return;
  }
  EXPECT_GT(lost, 100u) << "everything had been synced: nothing was tested";
}

}  // namespace
}  // namespace splicemd::datastore
