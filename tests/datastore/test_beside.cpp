// Readers in other processes while a store is written: what is in the ledger can always be read.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "base/error.hpp"
#include "datastore/check.hpp"
#include "datastore/reader.hpp"
#include "datastore/store.hpp"
#include "tests/datastore/scratch.hpp"

namespace splicemd::datastore {
namespace {

std::size_t size_at(std::uint64_t n) { return 20 + n * 7919 % 9000; }

// Puts 0, 1, 2, … with the ledger's row n, in many small commits, sealing shards all the time.
[[noreturn]] void write_until_killed(const std::string& folder) {
  StoreOptions options;
  options.shard_bytes = 400000;
  options.cache_bytes = 0;
  Store store(folder, options);
  store.ledger().adopt({"beside", {"CREATE TABLE rows(n INTEGER PRIMARY KEY)"}});
  for (std::uint64_t n = 0;; ++n) {
    store.put(key_of(n), value_of(n, size_at(n)));
    store.write([n](Ledger& ledger) { ledger.prepare("INSERT INTO rows VALUES(?)").run(n); });
    if (n % 10 == 9) store.commit();
    if (n % 100 == 99) ::usleep(2000);
  }
}

// Ends with the test, whatever its result.
struct Writer {
  explicit Writer(const std::string& folder) : process(::fork()) {
    if (process == 0) write_until_killed(folder);
  }
  ~Writer() {
    ::kill(process, SIGKILL);
    ::waitpid(process, nullptr, 0);
  }
  pid_t process;
};

// What the writer has committed, −1 before it has begun.
std::int64_t last_row(const std::string& folder) {
  if (!std::filesystem::exists(folder + "/ledger.sqlite")) return -1;
  try {
    StoreReader reader(folder);
    if (reader.ledger().version("beside") == 0) return -1;
    return reader.ledger().database().integer("SELECT max(n) FROM rows").value_or(-1);
  } catch (const RunError&) {  // while it is being made
    return -1;
  }
}

TEST(Beside, ReadersFindAllThatIsCommitted) {
  const std::string folder = scratch("readers");
  const Writer writer(folder);
  for (int k = 0; last_row(folder) < 0 && k < 1000; ++k) ::usleep(10000);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(3);
  StoreReader lasting(folder);
  std::int64_t values = 0, largest = 0;
  while (std::chrono::steady_clock::now() < end && !HasFailure()) {
    StoreReader reader(folder);
    const std::int64_t last =
        reader.ledger().database().integer("SELECT max(n) FROM rows").value_or(-1);
    for (std::int64_t n = std::max<std::int64_t>(0, last - 150); n <= last; ++n) {
      const auto number = static_cast<std::uint64_t>(n);
      const Value value = (n % 2 == 0 ? reader : lasting).get(key_of(number));
      ASSERT_NE(value, nullptr) << n;
      ASSERT_EQ(*value, value_of(number, size_at(number))) << n;
      ++values;
    }
    largest = std::max(largest, last);
    ::usleep(10000);
  }
  const CheckReport report = check(folder);
  EXPECT_TRUE(report.clean()) << (report.problems.empty() ? "" : report.problems[0]);
  EXPECT_GT(report.shards, 2);
  EXPECT_GT(values, 100);
  EXPECT_GT(largest, 100);
}

}  // namespace
}  // namespace splicemd::datastore
