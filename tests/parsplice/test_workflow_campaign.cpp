// A whole campaign (planner, workflow, store) in one process on a simulated network that loses messages, with workers
// that die: deterministic, and exact all the same.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "base/random.hpp"
#include "parsplice/campaign.hpp"
#include "parsplice/markov_engine.hpp"
#include "parsplice/statistics.hpp"
#include "parsplice/store_data.hpp"
#include "parsplice/worker.hpp"
#include "taskmgr/simulation.hpp"

namespace splicemd::parsplice {
namespace {

const char* const kDeck = R"(
engine: markov
seed: 3
markov: {rings: 5, places: 6, temperature: 600 K, outer_barrier: 0.38, settling: 0.25, bias: 0.8}
segments: {block: 1 ps, decorrelation: 14 ps, length: 20 ps, cap: 60 ps}
oracle: {trajectories: 10}
limits: {trajectory: 60 ns}
report: 1000
)";

struct Row {
  std::int64_t state, start, blocks;
  friend bool operator==(const Row&, const Row&) = default;
};

// Notes how often task managers lost a worker.
struct WatchedCampaign : Campaign {
  using Campaign::Campaign;
  void on_counters(const taskmgr::RoleCounters& counters) override {
    Campaign::on_counters(counters);
    if (counters.role == taskmgr::RoleName::task_manager) lost_workers = counters.lost_workers;
  }
  std::uint64_t lost_workers = 0;
};

class SimulatedCampaign {
 public:
  explicit SimulatedCampaign(std::uint64_t network_seed)
      : folder_(std::filesystem::path(SPLICEMD_TEST_TMP) /
                fmt::format("workflow_campaign_{}", network_seed)) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "deck.yaml") << kDeck;
    deck_ = std::make_unique<CampaignDeck>(load_campaign_deck((folder_ / "deck.yaml").string()));
    settings_.lossy = true;
    settings_.simulated = true;
    settings_.lease = 60.0;
    settings_.heartbeat = 5.0;
    settings_.deaths = 1000000;
    network_ = {
        .seed = network_seed, .latency = 0.01, .jitter = 0.05, .drop = 0.05, .duplicate = 0.05};
  }

  std::vector<Row> run(int workers) {
    const Communicator self(MPI_COMM_SELF);
    const StateRecord start = make_engine(deck_->root, deck_->block, self)->initial_state();
    datastore::Store store((folder_ / "store").string());
    WatchedCampaign campaign(*deck_, store, start, workers);
    const taskmgr::Layout layout = taskmgr::default_layout(workers + 1);
    taskmgr::Simulation* clock = nullptr;
    StoreData data(store, [&clock] { return clock == nullptr ? 0.0 : clock->now(); });
    SegmentWorker worker(*deck_);
    taskmgr::TaskTypes types;
    types.add(kSegmentTask, [&](taskmgr::TaskContext& context) {
      Bytes record = worker.run(context);
      const auto blocks = static_cast<double>(SegmentOutput::decode(record).piece.blocks);
      context.sleep(0.1 * blocks * (0.5 + uniform_from_bits(context.seed())));
      return record;
    });
    const taskmgr::Application application{
        .source = &campaign, .types = &types, .data = &data, .services = {}, .stop = {}};
    taskmgr::Simulation simulation(
        layout, settings_, network_,
        [&](Endpoint, std::uint32_t) -> const taskmgr::Application& { return application; });
    clock = &simulation;
    // Every 20 s a worker dies in the middle of its work, and another process takes its place.
    for (int k = 0; k < 30; ++k) {
      const Endpoint victim = 1 + k % workers;
      simulation.at(20.0 * k + 10.0, [&simulation, victim] { simulation.kill(victim); });
      simulation.at(20.0 * k + 15.0, [&simulation, victim] { simulation.revive(victim); });
    }
    EXPECT_TRUE(simulation.run(1e6, true));
    lost_workers_ = campaign.lost_workers;
    store.commit();
    std::vector<Row> rows;
    datastore::Statement visits =
        store.ledger().prepare("SELECT state, start, blocks FROM visits ORDER BY id");
    while (visits.step()) {
      rows.push_back({visits.integer(0), visits.integer(1), visits.integer(2)});
    }
    clock = nullptr;
    return rows;
  }
  std::uint64_t lost_workers() const { return lost_workers_; }
  const CampaignDeck& deck() const { return *deck_; }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<CampaignDeck> deck_;
  taskmgr::Settings settings_;
  SimulatedNetwork::Settings network_;
  std::uint64_t lost_workers_ = 0;
};

TEST(SimulatedCampaign, IsExactThoughWorkersDieAndMessagesAreLost) {
  SimulatedCampaign campaign(1);
  const std::vector<Row> visits = campaign.run(8);
  EXPECT_GT(campaign.lost_workers(), 5U);
  const MarkovTruth truth(MarkovModel::read(campaign.deck().root.at("markov")));
  RandomSequence random(1, RandomStream::user);
  std::vector<double> stays, lengths;
  for (std::size_t k = 1; k + 1 < visits.size(); ++k) {
    ASSERT_EQ(visits[k].start + visits[k].blocks, visits[k + 1].start);
    const double before = truth.survival(visits[k].blocks - 1);
    const double after = truth.survival(visits[k].blocks);
    stays.push_back(after + random.uniform() * (before - after));
    lengths.push_back(static_cast<double>(visits[k].blocks));
  }
  EXPECT_GT(stays.size(), 500U);
  EXPECT_GT(uniform_p(stays), 1e-4);
  EXPECT_GT(mean_p(lengths, truth.mean_stay), 1e-4);
}

TEST(SimulatedCampaign, TheSameSeedsGiveTheSameTrajectory) {
  const std::vector<Row> once = SimulatedCampaign(2).run(5);
  const std::vector<Row> again = SimulatedCampaign(2).run(5);
  EXPECT_EQ(once, again);
}

}  // namespace
}  // namespace splicemd::parsplice
