// In which order shards and ledger reach the disk, and what a store that promises less than that keeps.
#include <gtest/gtest.h>

#include <algorithm>

#include "datastore/check.hpp"
#include "datastore/store.hpp"
#include "tests/datastore/faulty_files.hpp"
#include "tests/datastore/scratch.hpp"

namespace splicemd::datastore {
namespace {

using Events = std::vector<std::string>;

// The place of the first event of that name from `begin` on; the number of events if there is none.
std::size_t first(const Events& events, const std::string& name, std::size_t begin = 0) {
  const auto from = events.begin() + static_cast<std::ptrdiff_t>(begin);
  return static_cast<std::size_t>(std::find(from, events.end(), name) - events.begin());
}
std::size_t last(const Events& events, const std::string& name) {
  const auto found = std::find(events.rbegin(), events.rend(), name);
  return static_cast<std::size_t>(events.rend() - found) - 1;
}

StoreOptions options_for(FaultyFiles& files, Durability durability) {
  StoreOptions options;
  options.environment = &files;
  options.durability = durability;
  return options;
}

TEST(Durability, FullSyncsTheShardBeforeTheLedgerNamesIt) {
  FaultyFiles files;
  Store store(scratch("full_order"), options_for(files, Durability::full));
  for (std::uint64_t n = 0; n < 3; ++n) {
    files.events().clear();
    store.put(key_of(n), value_of(n, 5000));
    store.commit();
    const Events& events = files.events();
    const std::size_t synced = last(events, "sync 000001.h5");
    ASSERT_LT(synced, events.size());
    EXPECT_LT(last(events, "write 000001.h5"), synced);
    EXPECT_LT(synced, first(events, "write ledger.sqlite-wal"));
    EXPECT_LT(last(events, "write ledger.sqlite-wal"), last(events, "sync ledger.sqlite-wal"));
  }
}

// A long log of the ledger, by rows of an application's table, and one value.
void grow_log(Store& store) {
  store.ledger().adopt({"growth", {"CREATE TABLE growth(bytes BLOB)"}});
  store.put(key_of(1), value_of(1, 5000));
  for (int k = 0; k < 10; ++k) {
    store.write([](Ledger& ledger) {
      ledger.prepare("INSERT INTO growth VALUES(zeroblob(8000000))").run();
    });
    store.commit();
  }
}

TEST(Durability, ShardsAreSyncedBeforeTheLedgersCheckpoint) {
  for (const Durability durability : {Durability::process, Durability::full}) {
    FaultyFiles files;
    Store store(scratch("checkpoint"), options_for(files, durability));
    files.events().clear();
    grow_log(store);
    const Events& events = files.events();
    const std::size_t checkpoint = first(events, "write ledger.sqlite");
    ASSERT_LT(checkpoint, events.size()) << "the log was not long enough";
    EXPECT_LT(first(events, "sync 000001.h5"), checkpoint);
    EXPECT_LT(first(events, "sync ledger.sqlite-wal"), checkpoint);
  }
}

TEST(Durability, WithoutItPowerLossStillLeavesASoundLedger) {
  RandomSequence random(7, RandomStream::user);
  for (int round = 0; round < 3; ++round) {
    SCOPED_TRACE(round);
    const std::string folder = scratch("sound");
    FaultyFiles files;
    {
      Store store(folder, options_for(files, Durability::process));
      grow_log(store);
      for (std::uint64_t n = 0; n < 200; ++n) {
        store.put(key_of(n), value_of(n, 500));
        if (n % 20 == 0) store.commit();
      }
      files.switch_off();
    }
    files.lose_power(random);
    const Store again(folder);
    Ledger ledger(folder + "/ledger.sqlite", Ledger::Access::read);
    EXPECT_EQ(ledger.database().text("PRAGMA integrity_check(1)"), "ok");
  }
}

}  // namespace
}  // namespace splicemd::datastore
