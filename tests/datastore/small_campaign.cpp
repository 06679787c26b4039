// A campaign in small for crash tests: chains of tasks whose values go to two store servers and whose results go to
// a ledger, in one process per endpoint. Whatever is acknowledged is noted beside the stores.
//
//   small_campaign FOLDER mpi              all endpoints, as the five ranks of an MPI job
//   small_campaign FOLDER ENDPOINT LIFE    one endpoint, as a process of its own; lives count from 1
//   small_campaign FOLDER verify           recovers the stores and looks for all that was acknowledged
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "base/checksum.hpp"
#include "base/parse.hpp"
#include "base/transport/channels.hpp"
#include "base/transport/mpi_transport.hpp"
#include "datastore/check.hpp"
#include "datastore/client.hpp"
#include "datastore/parts.hpp"
#include "datastore/reader.hpp"
#include "datastore/server.hpp"
#include "taskmgr/node.hpp"
#include "tests/datastore/datagram_transport.hpp"
#include "tests/datastore/scratch.hpp"

namespace splicemd {
namespace {

constexpr std::uint64_t kTasks = 1500, kChains = 12;
constexpr std::uint64_t kKillers = 2;  // further tasks, which kill their worker
constexpr Endpoint kEndpoints = 5;
constexpr std::uint64_t kParts = 2;  // on endpoints 1 and 2; the others are workers

const datastore::Schema kSchema{
    "small campaign",
    {"CREATE TABLE results(task INTEGER PRIMARY KEY, record INTEGER);"
     "CREATE TABLE quarantined(task INTEGER PRIMARY KEY, attempts INTEGER, encoded BLOB)"}};

// What task `id` gives: its record follows from its seed and the record of the task before it in the chain.
std::uint64_t record_of(std::uint64_t seed, std::uint64_t before) {
  const std::uint64_t both[2] = {seed, before};
  return checksum(both, sizeof both);
}
std::uint64_t expected_record(std::uint64_t id) {
  const std::uint64_t before = id < kChains ? 0 : expected_record(id - kChains);
  return record_of(taskmgr::task_seed(1, id), before);
}
Bytes value_for(std::uint64_t id, std::uint64_t record) {
  return datastore::value_of(record, id % 10 == 0 ? 20000 : 100 + id * 37 % 3000);
}

Bytes run_link(taskmgr::TaskContext& context) {
  const std::uint64_t id = context.task().id;
  std::uint64_t before = 0;
  if (id >= kChains) {
    before = ByteReader(context.payload()).get<std::uint64_t>();
    ensure(context.input(0).size() == value_for(id - kChains, before).size() &&
               std::ranges::equal(context.input(0), value_for(id - kChains, before)),
           "task {} got a wrong value", id);
  }
  context.sleep(0.002 * static_cast<double>(id % 3));
  const std::uint64_t record = record_of(context.seed(), before);
  context.put(datastore::key_of(id), value_for(id, record));
  return ByteWriter().put(record).take();
}

Bytes kill_worker(taskmgr::TaskContext& context) {
  context.sleep(0.05);
  ::raise(SIGSEGV);
  return {};
}

// Numbers of eight bytes, appended one by one: each is there or not, whatever kills the process.
class Notes {
 public:
  explicit Notes(const std::string& path)
      : descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {}
  ~Notes() { ::close(descriptor_); }
  Notes(const Notes&) = delete;
  Notes& operator=(const Notes&) = delete;
  void add(std::uint64_t n) const {
    ensure(::write(descriptor_, &n, sizeof n) == sizeof n, "a note could not be written");
  }
  static std::set<std::uint64_t> read(const std::string& path) {
    std::set<std::uint64_t> all;
    std::ifstream file(path, std::ios::binary);
    for (std::uint64_t n = 0; file.read(reinterpret_cast<char*>(&n), sizeof n);) all.insert(n);
    return all;
  }

 private:
  int descriptor_;
};

// The values, through the servers; notes which ones the store has acknowledged.
class RemoteValues : public taskmgr::DataSource {
 public:
  RemoteValues(Transport& transport, const std::string& folder)
      : transport_(transport),
        client_(transport, {1, 2}, kParts, options()),
        notes_(folder + "/values.acknowledged") {}
  void get(const Key& key, std::function<void(taskmgr::Value)> arrived) override {
    client_.get(key).then([arrived = std::move(arrived)](const datastore::Reply& reply) {
      ensure(reply.outcome != datastore::Outcome::failed, "get: {}", reply.message);
      arrived(reply.value);
    });
  }
  void put(const Key& key, Bytes value, std::function<void()> stored) override {
    client_.put(key, std::make_shared<const Bytes>(std::move(value)))
        .then([this, key, stored = std::move(stored)](const datastore::Reply& reply) {
          ensure(reply.ok(), "put: {}", reply.message);
          notes_.add(number_of(key));
          stored();
        });
  }
  void erase(std::uint64_t id) { client_.erase(datastore::key_of(id)); }
  void progress() override { client_.progress(); }
  double next_deadline() const override { return transport_.now() + client_.seconds_until_due(); }

 private:
  static datastore::ClientOptions options() {
    datastore::ClientOptions options;
    options.repeat_seconds = 0.2;
    options.cache_bytes = 0;
    return options;
  }
  // key_of() multiplies by an odd number: Newton's iteration finds what undoes that.
  static std::uint64_t number_of(const Key& key) {
    const std::uint64_t factor = datastore::key_of(1).high;
    std::uint64_t inverse = factor;
    for (int k = 0; k < 6; ++k) inverse *= 2 - factor * inverse;
    return key.high * inverse;
  }
  Transport& transport_;
  datastore::StoreClient client_;
  Notes notes_;
};

class Chains : public taskmgr::TaskSource {
 public:
  Chains(const std::string& folder, datastore::StoreOptions options)
      : store_(folder + "/ledger", std::move(options)), notes_(folder + "/results.acknowledged") {
    store_.ledger().adopt(kSchema);
    {
      datastore::Statement query = store_.ledger().prepare("SELECT task, record FROM results");
      while (query.step()) {
        records_[static_cast<std::uint64_t>(query.integer(0))] =
            static_cast<std::uint64_t>(query.integer(1));
      }
      datastore::Statement lost = store_.ledger().prepare("SELECT task FROM quarantined");
      while (lost.step()) records_[static_cast<std::uint64_t>(lost.integer(0))] = 0;
    }
    for (std::uint64_t id = 0; id < kTasks + kKillers; ++id) {
      const bool free = id < kChains || id >= kTasks || records_.contains(id - kChains);
      if (free && !records_.contains(id)) ready_.push_back(id);
    }
    missing_ = kTasks + kKillers - records_.size();
  }
  void set_values(RemoteValues& values) { values_ = &values; }

  std::vector<taskmgr::Task> next_tasks(std::size_t n, const std::string&) override {
    std::vector<taskmgr::Task> tasks;
    for (; tasks.size() < n && !ready_.empty(); ready_.pop_back()) {
      const std::uint64_t id = ready_.back();
      taskmgr::Task task{.id = id, .kind = id < kTasks ? "link" : "kill"};
      task.seed = taskmgr::task_seed(1, id);
      if (id >= kChains && id < kTasks) {
        task.keys = {datastore::key_of(id - kChains)};
        task.payload = ByteWriter().put(records_.at(id - kChains)).take();
      }
      tasks.push_back(std::move(task));
    }
    return tasks;
  }

  void on_result(taskmgr::TaskResult result) override {
    const std::uint64_t id = result.task.id;
    const auto record = ByteReader(result.record).get<std::uint64_t>();
    ensure(records_.emplace(id, record).second, "task {} took effect twice", id);
    if (id + kChains < kTasks) ready_.push_back(id + kChains);
    --missing_;
    store_
        .write([id, record](datastore::Ledger& ledger) {
          ledger.prepare("INSERT INTO results VALUES(?, ?)").run(id, record);
        })
        .then([this, id](const datastore::Reply& reply) {
          ensure(reply.ok(), "the ledger: {}", reply.message);
          notes_.add(id);
          // Nobody needs the value before this one any more.
          if (id >= kChains && id % 2 == 0) values_->erase(id - kChains);
        });
  }
  void on_quarantined(const taskmgr::Quarantine& report) override {
    const std::uint64_t id = report.task.id;
    ensure(id >= kTasks, "task {} was quarantined: {}", id, fmt::join(report.attempts, "; "));
    --missing_;
    store_.write([id, n = report.attempts.size(),
                  task = taskmgr::encode(report.task)](datastore::Ledger& ledger) {
      ledger.prepare("INSERT INTO quarantined VALUES(?, ?, ?)").run(id, n, task);
    });
  }
  bool finished() override { return missing_ == 0; }
  bool settled() override {
    store_.commit();
    return true;
  }
  datastore::Store& store() { return store_; }

 private:
  datastore::Store store_;
  Notes notes_;
  RemoteValues* values_ = nullptr;
  std::map<std::uint64_t, std::uint64_t> records_;
  std::vector<std::uint64_t> ready_;
  std::uint64_t missing_ = 0;
};

// Commits of the store, or requests to it, beside the workflow's roles.
template <class Subject>
struct Served : taskmgr::Service {
  Served(Subject& what, Transport& where) : subject(what), transport(where) {}
  bool progress() override {
    if constexpr (std::is_void_v<decltype(subject.progress())>) {
      subject.progress();
      return false;
    } else {
      return subject.progress();
    }
  }
  double next_deadline() const override { return transport.now() + subject.seconds_until_due(); }
  Subject& subject;
  Transport& transport;
};

datastore::StoreOptions store_options() {
  datastore::StoreOptions options;
  options.commit_seconds = 0.005;
  options.shard_bytes = 400000;
  options.cache_bytes = 1 << 18;
  return options;
}

void play(Transport& transport, const std::string& folder, std::uint32_t life, bool lossy) {
  taskmgr::Layout layout;
  layout.ranks = kEndpoints;
  layout.managers = {{0, ""}};
  layout.stores = {1, 2};
  layout.workers = {{{3}, 0}, {{4}, 0}};
  taskmgr::Settings settings;
  settings.lossy = lossy;
  settings.lease = 20.0;
  settings.heartbeat = 0.5;
  settings.patience = 3.0;
  const auto types = taskmgr::TaskTypes().add("link", run_link).add("kill", kill_worker);
  Channels channels(transport, 2);
  taskmgr::Application application{.types = &types};
  std::unique_ptr<Chains> source;
  std::unique_ptr<RemoteValues> values;
  std::unique_ptr<datastore::Store> part;
  std::unique_ptr<datastore::StoreServer> server;
  std::vector<std::unique_ptr<taskmgr::Service>> services;
  const Endpoint self = transport.self();
  if (self == 0) {
    source = std::make_unique<Chains>(folder, store_options());
    values = std::make_unique<RemoteValues>(channels.channel(1), folder);
    source->set_values(*values);
    services.push_back(
        std::make_unique<Served<datastore::Store>>(source->store(), channels.channel(1)));
    application.source = source.get();
    application.data = values.get();
  } else if (static_cast<std::uint64_t>(self) <= kParts) {
    const auto number = static_cast<std::uint64_t>(self - 1);
    datastore::StoreOptions options = store_options();
    options.parts = number == 0 ? kParts : 1;
    part = std::make_unique<datastore::Store>(datastore::part_folder(folder + "/values", number),
                                              options);
    std::vector<datastore::KeyValue*> own(kParts, nullptr);
    own[number] = part.get();
    server = std::make_unique<datastore::StoreServer>(channels.channel(1), own);
    services.push_back(
        std::make_unique<Served<datastore::StoreServer>>(*server, channels.channel(1)));
  }
  for (const auto& service : services) application.services.push_back(service.get());
  if (lossy) {
    const Communicator alone(MPI_COMM_SELF);
    taskmgr::Node node(channels.channel(0), layout, settings, application, alone, life);
    node.run();
  } else {
    settings.marks = folder + "/running";
    taskmgr::run_workflow(channels.channel(0), Communicator(), layout, settings, application);
  }
}

// Prints what is wrong; true if nothing is.
bool verify(const std::string& folder) {
  std::vector<std::string> wrong;
  const auto open = [&](const std::string& store) {
    if (!std::filesystem::exists(store + "/ledger.sqlite")) return;
    const datastore::Store recovered(store);
    for (const std::string& line : recovered.recovery().damage) wrong.push_back(line);
  };
  const auto clean = [&](const std::string& store) {
    if (!std::filesystem::exists(store + "/ledger.sqlite")) return;
    const datastore::CheckReport report = datastore::check_one_part(store);
    for (const std::string& line : report.problems) wrong.push_back(store + ": " + line);
    for (const auto& bad : report.bad_records) wrong.push_back(bad.key.text() + bad.reason);
  };
  std::vector<std::string> stores{folder + "/ledger"};
  for (std::uint64_t p = 0; p < kParts; ++p)
    stores.push_back(datastore::part_folder(folder + "/values", p));
  for (const std::string& store : stores) open(store);
  for (const std::string& store : stores) clean(store);

  std::map<std::uint64_t, std::uint64_t> results;
  std::int64_t quarantined = 0;
  if (std::filesystem::exists(folder + "/ledger/ledger.sqlite")) {
    datastore::StoreReader reader(folder + "/ledger");
    if (reader.ledger().version(kSchema.name) > 0) {
      datastore::Statement query = reader.ledger().prepare("SELECT task, record FROM results");
      while (query.step()) {
        results[static_cast<std::uint64_t>(query.integer(0))] =
            static_cast<std::uint64_t>(query.integer(1));
      }
      quarantined = reader.ledger()
                        .database()
                        .integer("SELECT count(*) FROM quarantined WHERE attempts = 3")
                        .value_or(0);
    }
  }
  for (const auto& [id, record] : results) {
    if (record != expected_record(id)) wrong.push_back(fmt::format("result {} is wrong", id));
  }
  const auto told = Notes::read(folder + "/results.acknowledged");
  for (const std::uint64_t id : told) {
    if (!results.contains(id)) wrong.push_back(fmt::format("result {} is lost", id));
  }
  const auto kept = Notes::read(folder + "/values.acknowledged");
  std::vector<std::unique_ptr<datastore::StoreReader>> parts(kParts);
  for (const std::uint64_t id : kept) {
    const Key key = datastore::key_of(id);
    const std::uint64_t p = datastore::part_of(key, kParts);
    if (!parts[p]) {
      parts[p] = std::make_unique<datastore::StoreReader>(
          datastore::part_folder(folder + "/values", p), datastore::StoreReader::Parts::this_one);
    }
    const datastore::Value value = parts[p]->get(key);
    if (!value && results.contains(id + kChains)) continue;  // erased
    if (!value || *value != value_for(id, expected_record(id)))
      wrong.push_back(fmt::format("value {} is {}", id, value ? "wrong" : "lost"));
  }
  for (const std::string& line : wrong) fmt::print("wrong: {}\n", line);
  fmt::print("results {} values {} quarantined {} complete {}\n", told.size(), kept.size(),
             quarantined, results.size() == kTasks ? 1 : 0);
  return wrong.empty();
}

int run(const std::vector<std::string>& words) {
  ensure(words.size() >= 2, "small_campaign FOLDER mpi | verify | ENDPOINT LIFE");
  const std::string& folder = words[0];
  std::filesystem::create_directories(folder);
  if (words[1] == "verify") return verify(folder) ? 0 : 1;
  if (words[1] == "mpi") {
    const Communicator world;
    ensure(world.size() == kEndpoints, "{} ranks, not {}", world.size(), kEndpoints);
    MpiTransport transport(world);
    play(transport, folder, 1, false);
    transport.close();
    return 0;
  }
  ensure(words.size() == 3, "an endpoint and its life");
  test::DatagramTransport transport(
      fmt::format("splicemd.{:016x}", checksum(std::filesystem::canonical(folder).string())),
      static_cast<Endpoint>(parse_int(words[1]).value()), kEndpoints);
  play(transport, folder, static_cast<std::uint32_t>(parse_int(words[2]).value()), true);
  return 0;
}

}  // namespace
}  // namespace splicemd

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int status = 1;
  try {
    status = splicemd::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    fmt::print(stderr, "small_campaign: {}\n", error.what());
    MPI_Abort(MPI_COMM_WORLD, 5);
  }
  MPI_Finalize();
  return status;
}
