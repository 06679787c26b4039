// The parts a store is made of, one at a time: cache, lock, ledger, shards, messages.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/error.hpp"
#include "datastore/cache.hpp"
#include "datastore/check.hpp"
#include "datastore/lock.hpp"
#include "datastore/parts.hpp"
#include "datastore/protocol.hpp"
#include "datastore/store.hpp"
#include "tests/datastore/scratch.hpp"

namespace splicemd::datastore {
namespace {

Value shared(std::size_t bytes) { return std::make_shared<const Bytes>(bytes); }

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(Cache, DropsTheLeastRecentlyUsed) {
  Cache cache(4000);
  for (std::uint64_t n = 0; n < 3; ++n) cache.insert(key_of(n), shared(1000));
  EXPECT_NE(cache.find(key_of(0)), nullptr);
  cache.insert(key_of(3), shared(1000));
  EXPECT_EQ(cache.find(key_of(1)), nullptr);
  EXPECT_NE(cache.find(key_of(0)), nullptr);
  EXPECT_LE(cache.bytes(), cache.budget());
  cache.insert(key_of(0), shared(10));
  EXPECT_EQ(cache.find(key_of(0))->size(), 10u);
  cache.insert(key_of(5), shared(5000));  // does not fit: nothing else is dropped for it
  EXPECT_EQ(cache.find(key_of(5)), nullptr);
  EXPECT_EQ(cache.size(), 3u);
  for (std::uint64_t n = 0; n < 4; ++n) cache.erase(key_of(n));
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST(Lock, IsStaleAfterAKill) {
  const std::string folder = scratch("lock");
  std::filesystem::create_directories(folder);
  const std::string file = folder + "/lock";
  {
    const Lock lock(file);
    EXPECT_FALSE(lock.was_stale());
  }
  EXPECT_EQ(std::filesystem::file_size(file), 0u);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const Lock lock(file);
    if (::write(ends[1], "x", 1) != 1) ::_exit(1);
    ::pause();
  }
  char ready = 0;
  ASSERT_EQ(::read(ends[0], &ready, 1), 1);
  const std::string message = message_of([&] { const Lock second(file); });
  EXPECT_NE(message.find(fmt::format("written by process {} on host {}", child, host_name())),
            std::string::npos)
      << message;
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  const Lock lock(file);
  EXPECT_EQ(lock.stale_holder(), fmt::format("process {} on host {}", child, host_name()));
}

TEST(Ledger, BringsTablesToTheVersionAsked) {
  const std::string folder = scratch("schema");
  std::filesystem::create_directories(folder);
  const std::string path = folder + "/ledger.sqlite";
  const Schema first{"app", {"CREATE TABLE a(n INTEGER)"}};
  const Schema second{"app", {first.steps[0], "ALTER TABLE a ADD COLUMN m INTEGER DEFAULT 5"}};
  {
    Ledger ledger(path, Ledger::Access::write);
    ledger.adopt(first);
    ledger.prepare("INSERT INTO a(n) VALUES(1)").run();
    ledger.adopt(first);
    EXPECT_EQ(ledger.version("app"), 1);
  }
  {
    Ledger reader(path, Ledger::Access::read);
    EXPECT_THROW(reader.adopt(second), RunError);
    reader.adopt(first);
  }
  Ledger ledger(path, Ledger::Access::write);
  ledger.adopt(second);
  EXPECT_EQ(ledger.database().integer("SELECT m FROM a"), 5);
  EXPECT_NE(message_of([&] { ledger.adopt(first); }).find("written by a newer SpliceMD"),
            std::string::npos);
  const Schema broken{"other", {"CREATE TABLE b(n INTEGER); CREATE TABLE a(n INTEGER)"}};
  EXPECT_THROW(ledger.adopt(broken), RunError);  // and nothing of it remains
  EXPECT_EQ(ledger.database().integer("SELECT count(*) FROM sqlite_master WHERE name = 'b'"), 0);
  std::ofstream(folder + "/text.sqlite") << "this is no database, but long enough to look at it";
  EXPECT_THROW(Ledger(folder + "/text.sqlite", Ledger::Access::write), RunError);
}

TEST(Keys, SortAndPrintInTheLedgerAsInTheProgram) {
  const Key key{0x0123456789abcdefULL, 0xfedcba9876543210ULL};
  EXPECT_EQ(key_from_bytes(key_bytes(key)), key);
  EXPECT_EQ(static_cast<int>(key_bytes(key)[0]), 0x01);
  EXPECT_EQ(static_cast<int>(key_bytes(key)[15]), 0x10);
  EXPECT_THROW(key_from_bytes(Bytes(15)), RunError);
  EXPECT_EQ(part_of({5, 6}, 2), 1u);
  EXPECT_EQ(part_of(key, 1), 0u);
}

TEST(Store, RefusesAFolderThatIsSomethingElse) {
  const std::string folder = scratch("something");
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/thesis.tex") << "years of work";
  EXPECT_THROW(const Store store(folder), InputError);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

// HDF5 would look for minutes at metadata that do not match their checksum.
TEST(Store, OpensAndMendsAStoreWhoseUnsealedShardIsDamaged) {
  const std::string folder = scratch("damaged");
  const std::string copy = scratch("damaged_copy");
  {
    Store store(folder);
    for (std::uint64_t n = 0; n < 10; ++n) store.put(key_of(n), value_of(n));
    store.commit();
    std::filesystem::copy(folder, copy, std::filesystem::copy_options::recursive);
  }
  for (const auto& entry : std::filesystem::directory_iterator(copy + "/shards")) {
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file << std::string(600, '\x77');
  }
  {
    Store store(copy);
    EXPECT_EQ(store.recovery().damage.size(), 1u);
    EXPECT_EQ(store.get(key_of(1)).reply().outcome, Outcome::failed);
    EXPECT_TRUE(store.wait(store.put(key_of(100), value_of(100))).ok());
  }
  EXPECT_EQ(check(copy).bad_records.size(), 10u);
  const RepairReport report = repair(copy);
  EXPECT_EQ(report.lost.size(), 10u);
  EXPECT_TRUE(report.after.clean());
  EXPECT_EQ(report.after.records, 1);
}

TEST(Protocol, RoundTripsAndRefusesWhatIsCutOrUnknown) {
  const Bytes value = value_of(1, 50);
  RequestMessage request{Request::put, 7, 8, 3, key_of(9), value};
  const Bytes bytes = encode(request);
  EXPECT_TRUE(is_request(bytes));
  const RequestMessage back = decode_request(bytes);
  EXPECT_EQ(back.kind, Request::put);
  EXPECT_EQ(back.number, 8u);
  EXPECT_EQ(back.key, key_of(9));
  EXPECT_TRUE(std::equal(back.value.begin(), back.value.end(), value.begin(), value.end()));
  for (std::size_t n = 0; n < bytes.size(); ++n)
    EXPECT_THROW(decode_request(ByteView(bytes).first(n)), RunError) << n;
  const Bytes reply = encode(ReplyMessage{7, 8, Outcome::failed, {}, false, "disk full"});
  EXPECT_FALSE(is_request(reply));
  EXPECT_EQ(decode_reply(reply).message, "disk full");
  EXPECT_THROW(is_request({}), RunError);
  EXPECT_THROW(is_request(Bytes(1, std::byte{99})), RunError);
}

}  // namespace
}  // namespace splicemd::datastore
