// A writer killed at random moments: nothing it acknowledged is lost, the store opens and is clean.
//
// SPLICEMD_CRASH_RUNS sets how many writers are killed (default 24; the full suite uses 200 and more).
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>

#include "base/error.hpp"
#include "base/parse.hpp"
#include "datastore/check.hpp"
#include "datastore/reader.hpp"
#include "datastore/store.hpp"
#include "tests/datastore/scratch.hpp"

namespace splicemd::datastore {
namespace {

// What the writer tells its parent, once it is acknowledged.
struct Note {
  enum class Kind : std::uint32_t { put, taken, row } kind;
  std::uint32_t generation;  // of the value: keys are put again with other values
  std::uint64_t n;
};

const Schema kSchema{"crash", {"CREATE TABLE rows(n INTEGER PRIMARY KEY, key BLOB)"}};

std::size_t size_of(std::uint64_t n) {
  return n % 37 == 0 ? 200000 + 1000 * (n % 100) : 50 + n % 5000;
}
Bytes value_at(std::uint64_t n, std::uint32_t generation) {
  return value_of(n + (std::uint64_t{generation} << 40), size_of(n));
}

// Puts values, replaces some, takes some, writes rows; runs until it is killed.
[[noreturn]] void write_for_ever(const std::string& folder, std::uint64_t first, int pipe,
                                 StoreOptions options) {
  const auto tell = [pipe](Note note) {
    return [pipe, note](const Reply& reply) {
      if (!reply.ok() || ::write(pipe, &note, sizeof note) != sizeof note) ::_exit(3);
    };
  };
  try {
    Store store(folder, std::move(options));
    store.ledger().adopt(kSchema);
    for (std::uint64_t n = first;; ++n) {
      store.put(key_of(n), value_at(n, 0)).then(tell({Note::Kind::put, 0, n}));
      if (n % 5 == 0) store.put(key_of(n), value_at(n, 1)).then(tell({Note::Kind::put, 1, n}));
      if (n % 3 == 0 && n >= first + 20)
        store.take(key_of(n - 20)).then(tell({Note::Kind::taken, 0, n - 20}));
      store
          .write([n](Ledger& ledger) {
            ledger.prepare("INSERT INTO rows(n, key) VALUES(?, ?)").run(n, key_of(n));
          })
          .then(tell({Note::Kind::row, 0, n}));
      if (n % 7 == 0) store.progress();
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "writer: {}\n", error.what());
    ::_exit(4);
  }
}

// What has been acknowledged so far.
struct Acknowledged {
  std::map<std::uint64_t, std::uint32_t> values;  // n → the least generation that must be there
  std::map<std::uint64_t, bool> taken, rows;
  void add(const Note& note) {
    if (note.kind == Note::Kind::put) values[note.n] = note.generation;
    if (note.kind == Note::Kind::taken) taken[note.n] = true;
    if (note.kind == Note::Kind::row) rows[note.n] = true;
  }
};

// Starts a writer, kills it after `microseconds` of writing, and adds what it had acknowledged.
void run_and_kill(const std::string& folder, std::uint64_t first, unsigned microseconds,
                  const StoreOptions& options, Acknowledged& acknowledged) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t writer = ::fork();
  ASSERT_GE(writer, 0);
  if (writer == 0) {
    ::close(ends[0]);
    write_for_ever(folder, first, ends[1], options);
  }
  ::close(ends[1]);
  Note note{};
  const auto next = [&] { return ::read(ends[0], &note, sizeof note) == sizeof note; };
  // Some are killed while they open the store.
  const bool at_start = microseconds % 8 == 0;
  if (!at_start && next()) acknowledged.add(note);
  ::usleep(at_start ? microseconds / 4 : microseconds);
  ::kill(writer, SIGKILL);
  while (next()) acknowledged.add(note);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(writer, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
}

void expect_all(const std::string& folder, const Acknowledged& acknowledged) {
  StoreReader reader(folder);
  for (const auto& [n, generation] : acknowledged.values) {
    const Value value = reader.get(key_of(n));
    if (acknowledged.taken.count(n) != 0) {
      EXPECT_EQ(value, nullptr) << n;
      continue;
    }
    bool erased = false;
    reader.ledger().find(key_of(n), &erased);
    if (erased && n % 3 == 1)
      continue;  // a take that was committed but not acknowledged (n = 3k − 20)
    ASSERT_NE(value, nullptr) << n;
    const bool second = n % 5 == 0 && *value == value_at(n, 1);
    EXPECT_TRUE(second || (generation == 0 && *value == value_at(n, 0))) << n;
  }
  if (acknowledged.rows.empty()) return;
  Statement query = reader.ledger().prepare("SELECT 1 FROM rows WHERE n = ? AND key = ?");
  for (const auto& [n, there] : acknowledged.rows) {
    query.bind(n, key_of(n));
    EXPECT_TRUE(query.step()) << n;
    query.reset();
  }
}

std::string described(const CheckReport& report) {
  std::string text;
  for (const std::string& line : report.problems) text += line + "\n";
  for (const BadRecord& bad : report.bad_records) text += bad.key.text() + ": " + bad.reason + "\n";
  return text;
}

int runs() {
  const char* asked = std::getenv("SPLICEMD_CRASH_RUNS");
  return asked == nullptr ? 24 : static_cast<int>(parse_int(asked).value_or(24));
}

// Garbage where the shard's next bytes would have come: a write that was torn. HDF5 never looks there.
void tear_tail(const std::string& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/shards")) {
    std::ofstream file(entry.path(), std::ios::app | std::ios::binary);
    file << "torn write " << std::string(1000, '\xff');
  }
  std::ofstream log(folder + "/ledger.sqlite-wal", std::ios::app | std::ios::binary);
  log << std::string(24 + 2000, '\x5a');  // less than a frame of the write-ahead log
}

TEST(Crash, NothingAcknowledgedIsLost) {
  RandomSequence random(20260, RandomStream::user);
  constexpr int kRunsPerStore = 12;
  std::string folder;
  Acknowledged acknowledged;
  std::uint64_t first = 0;
  std::size_t total = 0;
  for (int run = 0; run < runs(); ++run) {
    SCOPED_TRACE(fmt::format("run {}", run));
    if (run % kRunsPerStore == 0) {
      if (!folder.empty()) std::filesystem::remove_all(folder);
      folder = scratch(fmt::format("crash{}", run));
      acknowledged = {};
    }
    StoreOptions options;
    options.commit_seconds = 0.002;
    options.commit_bytes = 20000 + static_cast<std::uint64_t>(100000 * random.uniform());
    options.shard_bytes = 1 << 20;
    options.cache_bytes = 1 << 18;
    options.durability = run % 4 == 3 ? Durability::full : Durability::process;
    first += 1000000;
    run_and_kill(folder, first, static_cast<unsigned>(60000 * random.uniform()), options,
                 acknowledged);
    if (HasFatalFailure()) return;
    if (run % 3 == 1 && std::filesystem::exists(folder + "/shards")) tear_tail(folder);
    {
      const Store recovered(folder, options);
      EXPECT_TRUE(recovered.recovery().damage.empty());
    }
    expect_all(folder, acknowledged);
    const CheckReport report = check(folder);
    EXPECT_TRUE(report.clean()) << described(report);
    if (HasFailure()) return;
    total += acknowledged.values.size();
  }
  EXPECT_GT(total, 100u) << "the writers were killed before they had done anything";
}

}  // namespace
}  // namespace splicemd::datastore
