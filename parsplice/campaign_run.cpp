// Set-up, the workflow, and what is said at the end.
#include "parsplice/campaign_run.hpp"

#include <filesystem>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/transport/channels.hpp"
#include "base/transport/mpi_transport.hpp"
#include "datastore/client.hpp"
#include "datastore/store.hpp"
#include "parsplice/campaign.hpp"
#include "parsplice/stop_signals.hpp"
#include "parsplice/store_data.hpp"
#include "parsplice/worker.hpp"
#include "taskmgr/workflow.hpp"

namespace splicemd::parsplice {
namespace {

taskmgr::Layout layout_of(const CampaignDeck& deck, const Communicator& comm) {
  const auto node = deck.root.find("layout");
  taskmgr::Layout layout =
      node ? taskmgr::read_layout(*node, comm.size()) : taskmgr::default_layout(comm.size());
  require(layout.work_manager == 0 && !layout.stores.empty() && layout.stores.front() == 0,
          "a campaign needs work manager and store on rank 0");
  if (layout.stores.size() > 1) {
    log::info("Ranks without work, as a campaign has one store: {}", layout.stores.size() - 1);
  }
  return layout;
}

// What rank 0 holds while the campaign runs. However it ends, what waits for the ledger is written while all that
// callbacks may look at is still there.
struct Headquarters {
  Headquarters() = default;
  Headquarters(const Headquarters&) = delete;
  Headquarters& operator=(const Headquarters&) = delete;
  ~Headquarters() {
    try {
      close();
    } catch (const std::exception& error) {
      log::warning("closing the store: {}", error.what());
    }
  }
  void close() {
    if (!store) return;
    datastore::AllCalls calls;
    calls.make([&] { store->commit(); });
    campaign.reset();
    calls.make([&] { store->close(); });
    store.reset();
    calls.rethrow();
  }

  std::unique_ptr<datastore::Store> store;
  std::unique_ptr<Campaign> campaign;
};

constexpr int kWorkflow = 0, kStore = 1;  // channels

// The deck's state, found on this rank alone; says what is going to be simulated.
StateRecord prepare(const CampaignDeck& deck, const taskmgr::Layout& layout) {
  const Communicator self(MPI_COMM_SELF);
  const auto engine = make_engine(deck.root, deck.block, self);
  StateRecord start = engine->initial_state();
  deck.root.reject_unread();
  const SegmentRules& rules = deck.planner.rules;
  if (!deck.title.empty()) log::info("Title: {}", deck.title);
  log::line(engine->describe());
  log::info("Start: state {}, energy {:.8g} eV", start.label.text().substr(0, 8), start.energy);
  log::info(
      "Segments: at least {:g} ps, decorrelation {:g} ps, dephasing {:g} ps, tasks up to {:g} ps",
      deck.ps(rules.length), deck.ps(rules.decorrelation), deck.ps(rules.dephasing),
      deck.ps(rules.cap));
  log::info("Workers: {}", layout.workers.size());
  return start;
}

void open_campaign(const CampaignDeck& deck, const CampaignOptions& options, int workers,
                   const StateRecord& start, Headquarters& here) {
  const bool there = std::filesystem::exists(deck.store + "/ledger.sqlite");
  require(there || !options.resume, "there is no store {} to resume from", deck.store);
  datastore::StoreOptions how;
  how.durability = deck.durability;
  here.store = std::make_unique<datastore::Store>(deck.store, how);
  here.campaign = std::make_unique<Campaign>(deck, *here.store, start, workers);
  if (here.campaign->resumed()) {
    const MetricsRow row = here.campaign->metrics();
    log::info("Continuing the campaign in {}: {:.6g} ps, {} transitions, {} segments so far",
              deck.store, row.trajectory_ps, row.transitions, row.segments);
  } else {
    log::info("New campaign in {}", deck.store);
  }
}

void print_end(const Campaign& campaign, const taskmgr::Outcome& outcome) {
  const MetricsRow row = campaign.metrics();
  const bool failed = !campaign.failure().empty();
  log::info("\nEnd of this session: {}, {:.1f} s",
            failed ? "failed" : taskmgr::name_of(outcome.ending), outcome.seconds);
  log::info("  trajectory length      {:.6g} ps", row.trajectory_ps);
  log::info("  generated segment time {:.6g} ps, {:.2f} % of it spliced", row.generated_ps,
            row.generated_ps > 0.0 ? 100.0 * row.trajectory_ps / row.generated_ps : 0.0);
  if (campaign.planner().totals().failed > 0) {
    log::info("  given up               {} segments that failed again and again, {} finished",
              campaign.planner().totals().failed, row.segments);
  }
  log::info("  transitions            {} between {} states", row.transitions, row.states);
  log::info("  simulation rate        {:.4g} µs/hour, {:.3g} × one worker's plain MD",
            row.rate_us_per_hour, row.speedup);
  log::info("  worker utilisation     {:.2f} %, manager load {:.2f} %", 100.0 * row.utilisation,
            100.0 * row.manager_load);
}

// On rank 0; elsewhere nothing. Returns why the campaign failed, "" if it did not.
std::string close_campaign(Headquarters& here, const taskmgr::Outcome& outcome) {
  if (!here.campaign) return "";
  here.campaign->close();
  print_end(*here.campaign, outcome);
  std::string failure = here.campaign->failure();
  here.close();
  return failure;
}

}  // namespace

void run_campaign(const CampaignDeck& deck, const CampaignOptions& options,
                  const Communicator& comm) {
  const taskmgr::Layout layout = layout_of(deck, comm);
  const int workers = static_cast<int>(layout.workers.size());
  if (options.show_layout) {
    log::line(layout.describe());
    return;
  }
  const StopSignals signals;
  Headquarters here;
  comm.on_root([&] {
    const StateRecord start = prepare(deck, layout);
    if (!options.dry_run) open_campaign(deck, options, workers, start, here);
  });
  if (options.dry_run) return;

  const bool proven = comm.any(here.campaign && here.campaign->planner().totals().segments > 0);
  taskmgr::Settings settings = deck.workflow;
  settings.wall_time = deck.limits.wall_time;
  settings.marks = deck.store + "/running";
  MpiTransport transport(comm);
  SegmentWorker worker(deck, proven);
  taskmgr::TaskTypes types;
  types.add(kSegmentTask, [&](taskmgr::TaskContext& context) { return worker.run(context); });
  taskmgr::Application application;
  application.types = &types;
  application.stop = [] { return std::min(StopSignals::count(), 2); };
  Channels channels(transport, 2);
  const auto clock = [&transport] { return transport.now(); };
  std::unique_ptr<datastore::StoreClient> client;
  std::unique_ptr<StoreData> data;
  std::unique_ptr<StoreService> service;
  if (here.campaign) {
    data = std::make_unique<StoreData>(*here.store, clock);
    service = std::make_unique<StoreService>(channels.channel(kStore), *here.store);
    application.source = here.campaign.get();
    application.services = {service.get()};
  } else {  // for a task manager on this rank
    client = std::make_unique<datastore::StoreClient>(channels.channel(kStore),
                                                      std::vector<Endpoint>{0});
    data = std::make_unique<StoreData>(*client, clock);
  }
  application.data = data.get();
  if (options.adapt) options.adapt(application);
  const taskmgr::Outcome outcome =
      taskmgr::run_workflow(channels.channel(kWorkflow), comm, layout, settings, application);
  // The store is whole before anybody is waited for.
  const std::string failure = close_campaign(here, outcome);
  if (comm.is_root()) {
    transport.close(settings.patience);
  } else {
    transport.close();
  }
  comm.on_root([&] { ensure(failure.empty(), "{}", failure); });
}

}  // namespace splicemd::parsplice
