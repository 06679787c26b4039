// A campaign: the planner as the source of the workflow's tasks, with everything that counts in a store.
//
// An order is in the ledger before its task is handed out, and a piece before anything follows from it, so that
// a campaign that was killed continues the same trajectory: orders without a piece are issued again with
// the same seeds and starts.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "datastore/store.hpp"
#include "parsplice/campaign_deck.hpp"
#include "parsplice/planner.hpp"
#include "parsplice/tables.hpp"
#include "taskmgr/task_source.hpp"

namespace splicemd::parsplice {

// Runs on the work manager's endpoint; used by one thread.
class Campaign : public taskmgr::TaskSource {
 public:
  // Starts a campaign in an empty store or continues the one that is there; InputError if that is another
  // one's. `start` is the deck's state. What is queued in the store owns all it writes: deck and store must
  // outlive the campaign, but the campaign need not outlive what it has queued.
  Campaign(const CampaignDeck& deck, datastore::Store& store, const StateRecord& start,
           int workers);

  std::vector<taskmgr::Task> next_tasks(std::size_t n, const std::string& hardware) override;
  void on_result(taskmgr::TaskResult result) override;
  bool finished() override;
  void on_quarantined(const taskmgr::Quarantine& report) override;
  void on_counters(const taskmgr::RoleCounters& counters) override;
  bool settled() override;

  // Metrics now, as a line for people and as a row; close() writes the last row.
  MetricsRow metrics() const;
  void close();
  bool resumed() const { return resumed_; }
  // Why the campaign cannot go on; "" if it can. It then has asked for its end by finished().
  const std::string& failure() const { return failure_; }
  const Planner& planner() const { return *planner_; }

 private:
  void begin(const StateRecord& start);
  void resume();
  void note_visit(const Visit& visit);
  void keep_outputs(const SegmentOutput& output);
  void write(datastore::LedgerWork work);
  void report(bool last);
  void fail(std::string why);
  void judge_failures(const std::string& latest);
  double now() const;

  const CampaignDeck& deck_;
  datastore::Store& store_;
  int workers_;
  bool resumed_ = false;
  std::string failure_;
  std::int64_t failed_before_ = 0, segments_before_ = 0;  // of earlier sessions
  double epoch_ = 0.0;                                    // s since 1970 when this session began
  double began_ = 0.0;                                    // the same moment on the steady clock
  double last_report_ = 0.0, manager_seconds_ = 0.0;
  CampaignHistory history_;  // sums of earlier sessions; its lists are emptied once used
  std::shared_ptr<CampaignTables>
      tables_;  // of the ledger work too, which may outlive the campaign
  std::unique_ptr<Planner> planner_;
  std::deque<SegmentOrder> reissued_;
  std::size_t known_states_ = 0;  // that have a row
  std::unordered_map<Key, bool> arrivals_;
  // The visits that changed since they were last written, and how far the ledger is.
  std::vector<Visit> changed_visits_;
  Visit written_visit_;
  bool recording_ = false;
};

}  // namespace splicemd::parsplice
