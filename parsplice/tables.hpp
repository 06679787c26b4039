// The tables a campaign keeps in its store's ledger, and their writing side.
// docs/datastore_format.md and docs/parsplice.md describe them for readers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "datastore/ledger.hpp"
#include "datastore/store.hpp"
#include "parsplice/campaign_deck.hpp"
#include "parsplice/planner.hpp"

namespace splicemd::parsplice {

const datastore::Schema& campaign_schema();

// When and where a piece was generated; seconds since 1970.
struct PieceTimes {
  int worker = 0;
  double begun = 0.0, ended = 0.0;
};

// One row of the metrics, and the line on the screen.
struct MetricsRow {
  double time = 0.0;  // s since 1970
  double wall = 0.0;  // s, all sessions together
  double trajectory_ps = 0.0, generated_ps = 0.0;
  std::int64_t segments = 0, spliced_segments = 0, transitions = 0, states = 0;
  double rate_us_per_hour = 0.0, speedup = 0.0, utilisation = 0.0, manager_load = 0.0;
  std::int64_t stored = 0, running = 0;
};

struct SessionRow {
  double started = 0.0;          // s since 1970
  double wall = 0.0;             // s, so far
  double manager_seconds = 0.0;  // of the manager's processor
};

// An arrival whose map is stored under `data`.
struct ArrivalRow {
  StateIndex from = 0;
  Key identity;
  StateIndex to = 0;
  Key data;
};

// What a resumed campaign starts from.
struct CampaignHistory {
  std::vector<Key> states;  // by StateIndex
  std::vector<SegmentOrder> orders;
  std::map<SegmentId, SegmentId> replacements;  // of segments given up: new one → old one
  std::vector<SegmentPiece> pieces;
  double wall = 0.0;         // s, of earlier sessions
  double worker_wall = 0.0;  // Σ workers × wall
  double manager_seconds = 0.0;
};

// Writes rows; every call belongs into a LedgerWork. Used by one thread; not to be called once the ledger is closed.
class CampaignTables {
 public:
  explicit CampaignTables(datastore::Ledger& ledger);

  void write_state(StateIndex state, const StateRecord& record, SegmentId segment);
  void write_order(const SegmentOrder& order, StateIndex state);
  void write_piece(const SegmentPiece& piece, const PieceTimes& times,
                   const std::vector<StateIndex>& path);
  void write_arrival(const ArrivalRow& arrival);
  // The trajectory has entered a state, from `before` (none for the first visit).
  void begin_visit(const Visit& visit, const std::optional<StateIndex>& before);
  // The trajectory's latest visits, in order; `written` is the last one the ledger has, as it stands there.
  void write_visits(const std::vector<Visit>& visits, Visit written);
  void write_metrics(const MetricsRow& row);
  void begin_session(double started, int workers, const std::string& host);
  void write_session(const SessionRow& session);

  static CampaignHistory read_history(datastore::Ledger& ledger);

 private:
  void prolong_visit(const Visit& visit, std::int64_t more_blocks);

  datastore::Statement state_, order_, piece_, totals_, stay_, arrival_, visit_, visit_blocks_,
      visited_, stayed_, transition_, metrics_, session_, session_update_;
};

// What the tables' readers need to know of the deck, for Ledger::set_meta(). `kind` is campaign or direct.
std::map<std::string, std::string> campaign_meta(const CampaignDeck& deck, const std::string& kind);

// Under which key an arrival's map is stored.
Key arrival_key(const Arrival& arrival);

}  // namespace splicemd::parsplice
