// Measures the datastore on the disk it is given.
#include "bench/datastore_speed.hpp"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "base/error.hpp"
#include "base/transport/mpi_transport.hpp"
#include "datastore/client.hpp"
#include "datastore/server.hpp"
#include "datastore/store.hpp"

namespace splicemd::bench {

namespace {

namespace fs = std::filesystem;
using datastore::Store;
using datastore::Value;

constexpr std::size_t kValueBytes = 4096;

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Keys as hashes would be.
Key key_of(std::uint64_t n) {
  std::uint64_t x = (n + 1) * 0x9e3779b97f4a7c15ULL;
  x ^= x >> 31;
  return {x * 0xbf58476d1ce4e5b9ULL, x};
}

Value value_of(std::uint64_t n, std::size_t bytes) {
  auto value = std::make_shared<Bytes>(bytes);
  for (std::size_t i = 0; i + 8 <= bytes; i += 8) {
    const std::uint64_t word = (n + i) * 0x9e3779b97f4a7c15ULL;
    std::memcpy(value->data() + i, &word, 8);
  }
  return value;
}

// A folder that is deleted at the end.
class Scratch {
 public:
  explicit Scratch(const std::string& base)
      : path_((base.empty() ? fs::temp_directory_path() : fs::path(base)) /
              fmt::format("splicemd-bench-{}", ::getpid())) {
    fs::create_directories(path_);
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string folder(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

// Acknowledged puts per second.
double put_rate(const std::string& folder, std::uint64_t count, datastore::Durability durability) {
  std::vector<Value> values;
  for (std::uint64_t n = 0; n < 256; ++n) values.push_back(value_of(n, kValueBytes));
  datastore::StoreOptions how;
  how.durability = durability;
  Store store(folder, how);
  std::uint64_t acknowledged = 0;
  const double start = seconds();
  for (std::uint64_t n = 0; n < count; ++n) {
    store.put(key_of(n), values[n % values.size()]).then([&](const datastore::Reply& reply) {
      acknowledged += reply.ok() ? 1 : 0;
    });
    store.progress();
  }
  store.commit();
  const double elapsed = seconds() - start;
  ensure(acknowledged == count, "{} of {} puts were acknowledged", acknowledged, count);
  return static_cast<double>(count) / elapsed;
}

// Microseconds for a value that is in the cache.
double cached_get_us(const std::string& folder, double duration) {
  constexpr std::uint64_t kKeys = 1000;
  Store store(folder);
  for (std::uint64_t n = 0; n < kKeys; ++n) store.put(key_of(n), value_of(n, kValueBytes));
  store.commit();
  std::uint64_t gets = 0, bytes = 0;
  const double start = seconds();
  double elapsed = 0.0;
  do {
    for (std::uint64_t n = 0; n < kKeys; ++n)
      bytes += store.get(key_of(n * 7919 % kKeys)).reply().value->size();
    gets += kKeys;
    elapsed = seconds() - start;
  } while (elapsed < duration);
  ensure(bytes == gets * kValueBytes, "values were missing from the cache");
  return 1e6 * elapsed / static_cast<double>(gets);
}

// Seconds to open a store whose writer died: a copy of the files of one that is open.
double reopen_seconds(const Scratch& scratch, std::uint64_t records) {
  constexpr std::size_t kBytes = 200;
  const std::string copy = scratch.folder("crashed");
  {
    Store store(scratch.folder("open"));
    for (std::uint64_t n = 0; n < records; ++n) {
      store.put(key_of(n), value_of(n, kBytes));
      store.progress();
    }
    store.commit();
    fs::copy(store.folder(), copy, fs::copy_options::recursive);
  }
  const double start = seconds();
  Store store(copy);
  const bool there = store.get(key_of(records / 2)).reply().ok();
  const double elapsed = seconds() - start;
  ensure(there && store.recovery().resealed == 1, "the store was not recovered as expected");
  return elapsed;
}

// Like a barrier, but those who wait leave the cores to the others.
void wait_asleep(const Communicator& comm) {
  MPI_Request request = MPI_REQUEST_NULL;
  mpi_check(MPI_Ibarrier(comm.handle(), &request), "MPI_Ibarrier");
  for (int done = 0; done == 0;) {
    mpi_check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

// Asks a server for values it has in its cache, many at a time; how many came.
std::uint64_t ask(Transport& transport, double duration, std::uint64_t keys) {
  constexpr std::uint64_t kAtOnce = 256;
  datastore::ClientOptions options;
  options.cache_bytes = 0;
  datastore::StoreClient client(transport, {0}, 1, options);
  std::uint64_t asked = static_cast<std::uint64_t>(transport.self()) * 101, came = 0, under_way = 0;
  const double end = seconds() + duration;
  while (seconds() < end || under_way > 0) {
    while (under_way < kAtOnce && seconds() < end) {
      ++under_way;
      client.get(key_of(asked++ % keys)).then([&](const datastore::Reply& reply) {
        --under_way;
        came += reply.ok() ? 1 : 0;
      });
    }
    client.progress();
    if (under_way == kAtOnce) transport.wait(0.01);
  }
  return came;
}

// Gets per second that rank 0 answers to all others.
double served_gets(const std::string& folder, double duration, const Communicator& comm) {
  constexpr std::uint64_t kKeys = 5000;
  MpiTransport transport(comm);
  std::uint64_t came = 0;
  if (comm.is_root()) {
    Store store(folder);
    for (std::uint64_t n = 0; n < kKeys; ++n) store.put(key_of(n), value_of(n, kValueBytes));
    store.commit();
    datastore::StoreServer server(transport, store);
    MPI_Request request = MPI_REQUEST_NULL;  // all clients have what they asked for
    mpi_check(MPI_Ibarrier(comm.handle(), &request), "MPI_Ibarrier");
    for (int done = 0; done == 0;) {
      if (!server.progress()) transport.wait(0.001);
      mpi_check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    }
  } else {
    came = ask(transport, duration, kKeys);
    wait_asleep(comm);
  }
  transport.close();
  return static_cast<double>(comm.sum(came)) / duration;
}

}  // namespace

std::vector<Figure> measure_datastore(const DatastoreOptions& options, const Communicator& comm) {
  using Better = Figure::Better;
  const Scratch scratch(options.folder);
  std::vector<Figure> figures;
  if (comm.is_root()) {
    using datastore::Durability;
    const double puts = put_rate(scratch.folder("puts"), options.puts, Durability::process);
    const double synced = put_rate(scratch.folder("synced"), options.puts, Durability::full);
    figures.push_back({"put, 4 kB, durable against kill", puts, "1/s", 40e3, Better::higher});
    figures.push_back({"put, bytes, durable against kill", puts * kValueBytes * 1e-6, "MB/s", 150,
                       Better::higher});
    figures.push_back(
        {"put, 4 kB, durable against power loss", synced, "1/s", 10e3, Better::higher});
    figures.push_back({"get from cache", cached_get_us(scratch.folder("cache"), options.seconds),
                       "us", 2.0, Better::lower});
    figures.push_back({fmt::format("reopen after crash, {} records", options.records),
                       reopen_seconds(scratch, options.records), "s", 5.0, Better::lower});
  }
  wait_asleep(comm);
  if (comm.size() > 1) {
    const double gets = served_gets(scratch.folder("served"), options.seconds, comm);
    figures.push_back(
        {fmt::format("get, 4 kB, from a server over MPI, {} clients", comm.size() - 1), gets, "1/s",
         50e3, Better::higher});
  }
  return figures;
}

}  // namespace splicemd::bench
