// Makes stores for read_store.py to read without SpliceMD: one closed, one that a killed writer left.
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/error.hpp"
#include "datastore/store.hpp"

using splicemd::Key;
using splicemd::datastore::Ledger;
using splicemd::datastore::Store;

namespace {

// Values of i bytes of i & 255 under the key (i, 7 i); key 3 is taken, key 4 replaced.
void fill(Store& store) {
  store.ledger().adopt({"example", {"CREATE TABLE visits(n INTEGER PRIMARY KEY, state BLOB)"}});
  store.put({0, 1}, splicemd::to_bytes("splice"));
  for (std::uint64_t i = 2; i < 3000; ++i) {
    store.put({i, 7 * i}, splicemd::Bytes(i, static_cast<std::byte>(i)));
    store.write([i](Ledger& ledger) {
      ledger.prepare("INSERT INTO visits(n, state) VALUES(?, ?)").run(i, Key{i, 7 * i});
    });
    if (i % 500 == 0) store.commit();
  }
  store.take({3, 21});
  store.put({4, 28}, splicemd::to_bytes("replaced"));
  store.commit();
}

}  // namespace

// make_store FOLDER: FOLDER/closed, FOLDER/killed (this process ends by SIGKILL).
int main(int argc, char** argv) {
  splicemd::require(argc == 2, "usage: make_store FOLDER");
  const std::string folder = argv[1];
  std::filesystem::remove_all(folder);
  {
    Store closed(folder + "/closed");
    fill(closed);
  }
  Store killed(folder + "/killed");
  fill(killed);
  killed.put({9, 9}, splicemd::Bytes(100));  // never committed
  ::kill(::getpid(), SIGKILL);
}
