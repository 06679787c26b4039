// The local store: what is put is found again, in the same process, after reopening, and by readers.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/error.hpp"
#include "datastore/check.hpp"
#include "datastore/reader.hpp"
#include "datastore/store.hpp"
#include "tests/datastore/scratch.hpp"

namespace splicemd::datastore {
namespace {

Bytes content(const Reply& reply) {
  EXPECT_TRUE(reply.ok()) << reply.message;
  return reply.ok() ? *reply.value : Bytes{};
}

TEST(Store, FindsWhatWasPutBeforeAndAfterTheCommit) {
  Store store(scratch("finds"));
  const Future put = store.put(key_of(1), value_of(1));
  EXPECT_FALSE(put.ready());
  EXPECT_EQ(content(store.get(key_of(1)).reply()), value_of(1));
  EXPECT_TRUE(store.wait(put).ok());
  EXPECT_EQ(content(store.get(key_of(1)).reply()), value_of(1));
  EXPECT_EQ(store.get(key_of(2)).reply().outcome, Outcome::absent);
}

TEST(Store, KeepsValuesOfAllSizesOverAReopening) {
  const std::string folder = scratch("reopen");
  const std::vector<std::size_t> sizes{0, 1, 4096, 300000, 3 << 20};
  for (int round = 0; round < 3; ++round) {
    StoreOptions options;
    options.cache_bytes = 0;
    Store store(folder, options);
    EXPECT_EQ(store.recovery().resealed, 0);
    for (std::uint64_t n = 0; n < sizes.size(); ++n) {
      if (round == 0) store.put(key_of(n), value_of(n, sizes[n]));
      EXPECT_EQ(content(store.get(key_of(n)).reply()), value_of(n, sizes[n]));
    }
  }
}

TEST(Store, TakesAKeyOnceAndForGood) {
  const std::string folder = scratch("take");
  {
    Store store(folder);
    store.wait(store.put(key_of(1), value_of(1)));
    const Future taken = store.take(key_of(1));
    EXPECT_FALSE(taken.ready());
    EXPECT_EQ(store.take(key_of(1)).reply().outcome, Outcome::absent);
    EXPECT_EQ(store.get(key_of(1)).reply().outcome, Outcome::absent);
    EXPECT_EQ(content(store.wait(taken)), value_of(1));
    EXPECT_TRUE(store.wait(store.put(key_of(1), value_of(1))).ok());
    EXPECT_EQ(store.get(key_of(1)).reply().outcome, Outcome::absent);
    store.put(key_of(2), value_of(2));
    EXPECT_EQ(content(store.wait(store.take(key_of(2)))), value_of(2));
    EXPECT_EQ(store.erase(key_of(3)).reply().outcome, Outcome::absent);
  }
  Store store(folder);
  EXPECT_EQ(store.get(key_of(1)).reply().outcome, Outcome::absent);
  EXPECT_TRUE(store.wait(store.put(key_of(2), value_of(2))).ok());
  EXPECT_EQ(store.get(key_of(2)).reply().outcome, Outcome::absent);
}

TEST(Store, WritesTheApplicationsTablesInTheSameCommit) {
  const std::string folder = scratch("tables");
  const Schema schema{"test", {"CREATE TABLE visits(n INTEGER PRIMARY KEY, state BLOB)"}};
  {
    Store store(folder);
    store.ledger().adopt(schema);
    const Future put = store.put(key_of(1), value_of(1));
    const Future row = store.write([](Ledger& ledger) {
      ledger.prepare("INSERT INTO visits(n, state) VALUES(?, ?)").run(7, key_of(1));
    });
    const Future bad = store.write([](Ledger& ledger) {
      ledger.prepare("INSERT INTO visits(n) VALUES(8)").run();
      throw RunError("changed my mind");
    });
    EXPECT_FALSE(row.ready());
    store.commit();
    EXPECT_TRUE(put.reply().ok());
    EXPECT_TRUE(row.reply().ok());
    EXPECT_EQ(bad.reply().outcome, Outcome::failed);
    EXPECT_EQ(bad.reply().message, "changed my mind");
  }
  StoreReader reader(folder);
  EXPECT_EQ(reader.ledger().version("test"), 1);
  Statement query = reader.ledger().prepare("SELECT n, state FROM visits");
  ASSERT_TRUE(query.step());
  EXPECT_EQ(query.integer(0), 7);
  EXPECT_EQ(*reader.get(query.key(1)), value_of(1));
  EXPECT_FALSE(query.step());
}

TEST(Store, IsReadWhileItIsWritten) {
  const std::string folder = scratch("beside");
  Store store(folder);
  store.wait(store.put(key_of(0), value_of(0, 1000)));
  StoreReader reader(folder);
  for (std::uint64_t n = 1; n < 50; ++n) {
    store.put(key_of(n), value_of(n, 10000 * n));
    EXPECT_EQ(reader.get(key_of(n)), nullptr);
    store.commit();
    ASSERT_NE(reader.get(key_of(n)), nullptr);
    EXPECT_EQ(*reader.get(key_of(n)), value_of(n, 10000 * n));
  }
  store.close();
  EXPECT_EQ(*reader.get(key_of(30)), value_of(30, 300000));
}

TEST(Store, RefusesASecondWriterWithTheFirstOnesName) {
  const std::string folder = scratch("second");
  const Store store(folder);
  try {
    const Store second(folder);
    FAIL() << "opened twice";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find(fmt::format("process {} on host", ::getpid())),
              std::string::npos)
        << error.what();
  }
}

// The rest of a store whose ledger was lost is neither a new store nor deleted.
TEST(Store, ShardsWithoutTheirLedgerAreRefusedAndKept) {
  namespace fs = std::filesystem;
  const std::string folder = scratch("no_ledger");
  {
    Store store(folder);
    store.wait(store.put(key_of(1), value_of(1)));
  }
  const std::string ledger = folder + "/ledger.sqlite", shard = folder + "/shards/000001.h5";
  const auto size = fs::file_size(shard);
  fs::rename(ledger, folder + "/kept");
  EXPECT_THROW(Store{folder}, InputError);
  EXPECT_THROW(repair(folder), InputError);
  std::ofstream(ledger).close();
  EXPECT_THROW(Store{folder}, InputError);
  EXPECT_THROW(repair(folder), InputError);
  EXPECT_EQ(fs::file_size(shard), size);
  fs::rename(folder + "/kept", ledger);
  Store store(folder);
  EXPECT_EQ(content(store.get(key_of(1)).reply()), value_of(1));
}

TEST(Store, ShardsTheLedgerDoesNotNameAreSetAside) {
  namespace fs = std::filesystem;
  const std::string folder = scratch("unnamed");
  {
    Store store(folder);
    store.wait(store.put(key_of(1), value_of(1)));
  }
  fs::copy_file(folder + "/shards/000001.h5", folder + "/shards/000007.h5");
  {
    Store store(folder);
    ASSERT_EQ(store.recovery().set_aside.size(), 1U);
    EXPECT_TRUE(fs::exists(folder + "/shards/000007.h5.unnamed"));
    EXPECT_EQ(content(store.get(key_of(1)).reply()), value_of(1));
  }
  EXPECT_TRUE(Store(folder).recovery().set_aside.empty());
}

}  // namespace
}  // namespace splicemd::datastore
