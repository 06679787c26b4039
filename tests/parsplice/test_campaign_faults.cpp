// Every callback of a campaign fails in turn, in run_campaign() itself: whatever ends a campaign, nothing is used after
// its end, the store is whole, and the next session goes on.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "base/error.hpp"
#include "base/log.hpp"
#include "datastore/check.hpp"
#include "datastore/reader.hpp"
#include "parsplice/campaign_run.hpp"
#include "parsplice/failure_table.hpp"
#include "parsplice/worker.hpp"

namespace splicemd::parsplice {
namespace {

const char* const kDeck = R"(
engine: markov
seed: 3
markov: {rings: 5, places: 6, temperature: 600 K, outer_barrier: 0.38}
segments: {block: 1 ps, decorrelation: 3 ps, length: 20 ps, cap: 40 ps}
limits: {trajectory: 400 ps}
oracle: {trajectories: 10, horizon: 50}
workflow: {report: 0.1 s, heartbeat: 0.05 s, patience: 1 s}
report: 0.1
)";

// What goes wrong: the `number`-th passage of `place`.
class Misfortune {
 public:
  Misfortune(std::string place, int number) : place_(std::move(place)), left_(number) {}

  void pass(const std::string& place) {
    if (place != place_ || --left_ != 0) return;
    struck_ = true;
    throw RunError("injected at " + place);
  }
  bool struck() const { return struck_; }

 private:
  std::string place_;
  int left_;
  bool struck_ = false;
};

// Fails before a call reaches what it stands for, or after it.
class FailingSource : public taskmgr::TaskSource {
 public:
  FailingSource(taskmgr::TaskSource& inner, Misfortune& fate) : inner_(inner), fate_(fate) {}

  std::vector<taskmgr::Task> next_tasks(std::size_t n, const std::string& hardware) override {
    fate_.pass("before next_tasks");
    std::vector<taskmgr::Task> tasks = inner_.next_tasks(n, hardware);
    fate_.pass("after next_tasks");
    return tasks;
  }
  void on_result(taskmgr::TaskResult result) override {
    fate_.pass("before on_result");
    inner_.on_result(std::move(result));
    fate_.pass("after on_result");
  }
  bool finished() override {
    fate_.pass("finished");
    return inner_.finished();
  }
  void on_quarantined(const taskmgr::Quarantine& report) override {
    fate_.pass("before on_quarantined");
    inner_.on_quarantined(report);
    fate_.pass("after on_quarantined");
  }
  void on_unrun(const taskmgr::Task& task) override {
    fate_.pass("before on_unrun");
    inner_.on_unrun(task);
    fate_.pass("after on_unrun");
  }
  void on_counters(const taskmgr::RoleCounters& counters) override {
    fate_.pass("before on_counters");
    inner_.on_counters(counters);
    fate_.pass("after on_counters");
  }
  bool settled() override {
    fate_.pass("before settled");
    const bool settled = inner_.settled();
    fate_.pass("after settled");
    return settled;
  }

 private:
  taskmgr::TaskSource& inner_;
  Misfortune& fate_;
};

class FailingData : public taskmgr::DataSource {
 public:
  FailingData(taskmgr::DataSource& inner, Misfortune& fate) : inner_(inner), fate_(fate) {}

  void get(const Key& key, std::function<void(taskmgr::Value)> arrived) override {
    fate_.pass("before get");
    inner_.get(key, [this, arrived = std::move(arrived)](const taskmgr::Value& value) {
      fate_.pass("before arrived");
      arrived(value);
      fate_.pass("after arrived");
    });
    fate_.pass("after get");
  }
  void put(const Key& key, Bytes value, std::function<void()> stored) override {
    fate_.pass("before put");
    inner_.put(key, std::move(value), [this, stored = std::move(stored)] {
      fate_.pass("before stored");
      stored();
      fate_.pass("after stored");
    });
    fate_.pass("after put");
  }
  void progress() override {
    fate_.pass("before progress");
    inner_.progress();
    fate_.pass("after progress");
  }
  double next_deadline() const override { return inner_.next_deadline(); }

 private:
  taskmgr::DataSource& inner_;
  Misfortune& fate_;
};

class FailingService : public taskmgr::Service {
 public:
  FailingService(taskmgr::Service& inner, Misfortune& fate) : inner_(inner), fate_(fate) {}
  bool progress() override {
    fate_.pass("before service");
    const bool any = inner_.progress();
    fate_.pass("after service");
    return any;
  }
  double next_deadline() const override { return inner_.next_deadline(); }

 private:
  taskmgr::Service& inner_;
  Misfortune& fate_;
};

class Faults : public testing::Test {
 protected:
  Faults()
      : folder_(std::filesystem::path(SPLICEMD_TEST_TMP) / "campaign_faults"),
        comm_(MPI_COMM_SELF) {
    log::configure({0, false, ""});
    std::filesystem::create_directories(folder_);
    write_deck("");
    renew();
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void write_deck(const std::string& more) const {
    std::ofstream(path("deck.yaml")) << kDeck << more << "\n";
  }
  void renew() const { std::filesystem::remove_all(path("store")); }

  // Runs the campaign; returns what it failed with, "" if it did not.
  std::string run(const std::function<void(taskmgr::Application&)>& adapt = {}) const {
    CampaignDeck deck = load_campaign_deck(path("deck.yaml"));
    deck.store = path("store");
    CampaignOptions options;
    options.adapt = adapt;
    try {
      run_campaign(deck, options, comm_);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  // The campaign with a misfortune; then the store is whole and the next session reaches the end.
  bool run_with(Misfortune& fate) const {
    std::unique_ptr<FailingSource> source;
    std::unique_ptr<FailingData> data;
    std::unique_ptr<FailingService> service;
    const std::string failure = run([&](taskmgr::Application& application) {
      source = std::make_unique<FailingSource>(*application.source, fate);
      data = std::make_unique<FailingData>(*application.data, fate);
      service = std::make_unique<FailingService>(*application.services.at(0), fate);
      application.source = source.get();
      application.data = data.get();
      application.services = {service.get()};
    });
    EXPECT_EQ(failure.find("injected") != std::string::npos, fate.struck()) << failure;
    expect_whole();
    EXPECT_EQ(run(), "");
    expect_whole();
    return fate.struck();
  }

  // The campaign with workers for whom some segments (by seed) fail whenever they are tried.
  std::string run_poisoned(std::uint64_t one_in, Misfortune* fate = nullptr) const {
    std::unique_ptr<FailingSource> source;
    std::unique_ptr<SegmentWorker> worker;
    const CampaignDeck deck = load_campaign_deck(path("deck.yaml"));
    taskmgr::TaskTypes types;
    types.add(kSegmentTask, [&](taskmgr::TaskContext& context) {
      if (context.seed() % one_in == 0) throw RunError("an atom has moved too far");
      return worker->run(context);
    });
    return run([&](taskmgr::Application& application) {
      worker = std::make_unique<SegmentWorker>(deck);
      application.types = &types;
      if (fate == nullptr) return;
      source = std::make_unique<FailingSource>(*application.source, *fate);
      application.source = source.get();
    });
  }

  std::int64_t failures() const {
    datastore::StoreReader reader(path("store"));
    return count_failures(reader.ledger());
  }

  void expect_whole() const {
    const datastore::CheckReport report = datastore::check(path("store"));
    EXPECT_TRUE(report.clean()) << fmt::format("{}", fmt::join(report.problems, "\n"));
    EXPECT_EQ(report.unsealed, 0);
    const std::filesystem::path marks = folder_ / "store" / "running";
    EXPECT_TRUE(!std::filesystem::exists(marks) || std::filesystem::is_empty(marks));
  }

 private:
  std::filesystem::path folder_;
  Communicator comm_;
};

TEST_F(Faults, OfEveryCallbackLeaveAWholeStoreThatGoesOn) {
  for (const char* place :
       {"before next_tasks", "after next_tasks",   "before on_result",  "after on_result",
        "finished",          "before on_counters", "after on_counters", "before settled",
        "after settled",     "before get",         "before arrived",    "after arrived",
        "after get",         "before put",         "before stored",     "after stored",
        "after put",         "before progress",    "after progress",    "before service",
        "after service"}) {
    int struck = 0;
    for (const int number : {1, 6}) {
      SCOPED_TRACE(fmt::format("{}, passage {}", place, number));
      renew();
      Misfortune fate(place, number);
      struck += run_with(fate) ? 1 : 0;
    }
    EXPECT_GE(struck, 1) << place;
  }
}

TEST_F(Faults, SegmentsThatAlwaysFailAreReplaced) {
  write_deck("failures: {number: 1000000}");
  EXPECT_EQ(run_poisoned(5), "");
  EXPECT_GT(failures(), 1);
  expect_whole();
}

TEST_F(Faults, TooManyFailuresEndTheSessionAndTheNextGoesOn) {
  write_deck("failures: {number: 2}");
  for (int session = 1; session <= 2; ++session) {
    const std::string failure = run_poisoned(1);
    EXPECT_NE(failure.find("failed 2 times"), std::string::npos) << failure;
    EXPECT_NE(failure.find("moved too far"), std::string::npos) << failure;
    EXPECT_GE(failures(), 3 * session);
    expect_whole();
  }
  EXPECT_EQ(run(), "");
  expect_whole();
}

TEST_F(Faults, OfQuarantinesLeaveAWholeStoreThatGoesOn) {
  for (const char* place : {"before on_quarantined", "after on_quarantined"}) {
    SCOPED_TRACE(place);
    renew();
    Misfortune fate(place, 1);
    EXPECT_NE(run_poisoned(3, &fate).find("injected"), std::string::npos);
    expect_whole();
    EXPECT_EQ(run(), "");
    expect_whole();
  }
}

}  // namespace
}  // namespace splicemd::parsplice
