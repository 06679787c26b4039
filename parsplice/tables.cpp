// SQL of a campaign's tables.
#include "parsplice/tables.hpp"

#include "base/checksum.hpp"
#include "base/error.hpp"
#include "parsplice/failure_table.hpp"

namespace splicemd::parsplice {
namespace {

using datastore::Ledger;
using datastore::Statement;

// Keys and identity labels are blobs of 16 bytes; times in blocks unless the name ends in _ps or says
// seconds; begun, ended, time and started are seconds since 1970.
constexpr const char* kVersion1 = R"(
CREATE TABLE states(
  id INTEGER PRIMARY KEY,            -- 0 is where the trajectory starts
  label BLOB NOT NULL UNIQUE,
  energy REAL NOT NULL,              -- eV, at the minimum
  data BLOB NOT NULL,                -- key of its configuration
  first_segment INTEGER NOT NULL,    -- in which it was first seen; 0: the deck's
  visits INTEGER NOT NULL DEFAULT 0, -- of the trajectory
  blocks INTEGER NOT NULL DEFAULT 0  -- the trajectory spent there
);
CREATE TABLE segments(
  id INTEGER NOT NULL,               -- in the order in which generation started
  piece INTEGER NOT NULL,            -- 0, 1, ...: a capped piece is carried on by the next
  state INTEGER NOT NULL,            -- where it starts
  start INTEGER NOT NULL,            -- 0 minimum, 1 hot point, 2 continuation
  data BLOB NOT NULL,                -- key of the configuration it starts from
  seed INTEGER NOT NULL,
  blocks_before INTEGER NOT NULL,    -- of earlier pieces
  in_state_before INTEGER NOT NULL,  -- blocks since the last transition
  end_state INTEGER,                 -- this and the rest: NULL until it is finished
  blocks INTEGER,
  first_stay INTEGER,                -- blocks before the first transition
  in_state INTEGER,
  capped INTEGER,
  end_data BLOB,
  dephasing_attempts INTEGER,
  dephasing_blocks INTEGER,
  seconds REAL,                      -- wall time of generating it
  dynamics_seconds REAL,             -- of it in dynamics
  worker INTEGER,
  begun REAL,
  ended REAL,
  PRIMARY KEY(id, piece)
) WITHOUT ROWID;
CREATE TABLE stays(                  -- of pieces with transitions, but for the first
  segment INTEGER NOT NULL,
  piece INTEGER NOT NULL,
  stay INTEGER NOT NULL,             -- 1, 2, ...
  state INTEGER NOT NULL,
  identity BLOB NOT NULL,
  blocks INTEGER NOT NULL,
  PRIMARY KEY(segment, piece, stay)
) WITHOUT ROWID;
CREATE TABLE arrivals(               -- how a piece's atoms go over into a state's order
  from_state INTEGER NOT NULL,       -- where the piece started
  identity BLOB NOT NULL,
  to_state INTEGER NOT NULL,
  data BLOB NOT NULL,                -- key of the map
  PRIMARY KEY(from_state, identity)
) WITHOUT ROWID;
CREATE TABLE visits(                 -- the spliced trajectory
  id INTEGER PRIMARY KEY,            -- 0, 1, ...
  state INTEGER NOT NULL,
  start INTEGER NOT NULL,
  blocks INTEGER NOT NULL,           -- the last visit may go on
  segment INTEGER NOT NULL,          -- in which it began (0: the start)
  stay INTEGER NOT NULL,             -- counted over the paths of all its pieces, from 0
  identity BLOB NOT NULL
);
CREATE INDEX visits_by_state ON visits(state, id);
CREATE TABLE transitions(            -- of the trajectory, counted
  from_state INTEGER NOT NULL,
  to_state INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY(from_state, to_state)
) WITHOUT ROWID;
CREATE TABLE totals(                 -- of all finished pieces, one row
  generated_blocks INTEGER NOT NULL,
  dephasing_blocks INTEGER NOT NULL,
  segments INTEGER NOT NULL,         -- finished: their last pieces
  seconds REAL NOT NULL,
  dynamics_seconds REAL NOT NULL
);
INSERT INTO totals VALUES(0, 0, 0, 0, 0);
CREATE TABLE sessions(
  id INTEGER PRIMARY KEY,
  started REAL NOT NULL,
  host TEXT NOT NULL,
  workers INTEGER NOT NULL,
  wall REAL NOT NULL DEFAULT 0,              -- seconds
  manager_seconds REAL NOT NULL DEFAULT 0    -- of the manager's processor
);
CREATE TABLE metrics(
  time REAL PRIMARY KEY,
  wall REAL NOT NULL,                -- seconds, all sessions together
  trajectory_ps REAL NOT NULL,
  generated_ps REAL NOT NULL,
  segments INTEGER NOT NULL,
  spliced_segments INTEGER NOT NULL,
  transitions INTEGER NOT NULL,
  states INTEGER NOT NULL,
  rate_us_per_hour REAL NOT NULL,
  speedup REAL NOT NULL,
  worker_utilisation REAL NOT NULL,
  manager_load REAL NOT NULL,
  stored INTEGER NOT NULL,           -- finished segments waiting to be spliced
  running INTEGER NOT NULL           -- segments ordered and not finished
);
)";

SegmentOrder read_order(const Statement& row, const std::vector<Key>& states) {
  SegmentOrder order;
  order.id = static_cast<SegmentId>(row.integer(0));
  order.piece = static_cast<std::uint32_t>(row.integer(1));
  order.state = states.at(static_cast<std::size_t>(row.integer(2)));
  order.start = static_cast<StartKind>(row.integer(3));
  order.data = row.key(4);
  order.seed = static_cast<std::uint64_t>(row.integer(5));
  order.blocks_done = row.integer(6);
  order.blocks_in_state = row.integer(7);
  return order;
}

SegmentPiece read_piece(const Statement& row, const SegmentOrder& order) {
  SegmentPiece piece;
  piece.id = order.id;
  piece.piece = order.piece;
  piece.start = order.start;
  piece.blocks = row.integer(9);
  piece.path.push_back({order.state, order.state, row.integer(10)});
  piece.blocks_in_state = row.integer(11);
  piece.capped = row.integer(12) != 0;
  piece.end_data = row.key(13);
  piece.dephasing_attempts = static_cast<std::int32_t>(row.integer(14));
  piece.dephasing_blocks = row.integer(15);
  piece.seconds = row.real(16);
  piece.dynamics_seconds = row.real(17);
  return piece;
}

}  // namespace

const datastore::Schema& campaign_schema() {
  static const datastore::Schema kSchema{"parsplice", {kVersion1}};
  return kSchema;
}

Key arrival_key(const Arrival& arrival) {
  const Key keys[] = {arrival.from, arrival.identity};
  return hash_key(keys, sizeof keys, 4);
}

std::map<std::string, std::string> campaign_meta(const CampaignDeck& deck,
                                                 const std::string& kind) {
  const SegmentRules& rules = deck.planner.rules;
  return {{"fingerprint", deck.fingerprint()},
          {"deck", deck.root.canonical()},
          {"kind", kind},
          {"title", deck.title},
          {"block_ps", fmt::format("{}", deck.block)},
          {"decorrelation_blocks", fmt::format("{}", rules.decorrelation)},
          {"segment_blocks", fmt::format("{}", rules.length)}};
}

CampaignTables::CampaignTables(Ledger& ledger)
    : state_(ledger.prepare("INSERT OR IGNORE INTO states(id, label, energy, data, first_segment) "
                            "VALUES(?, ?, ?, ?, ?)")),
      order_(ledger.prepare("INSERT OR IGNORE INTO segments(id, piece, state, start, data, seed, "
                            "blocks_before, in_state_before) VALUES(?, ?, ?, ?, ?, ?, ?, ?)")),
      piece_(ledger.prepare(
          "UPDATE segments SET end_state = ?3, blocks = ?4, first_stay = ?5, in_state = ?6, "
          "capped = ?7, end_data = ?8, dephasing_attempts = ?9, dephasing_blocks = ?10, "
          "seconds = ?11, dynamics_seconds = ?12, worker = ?13, begun = ?14, ended = ?15 "
          "WHERE id = ?1 AND piece = ?2")),
      totals_(ledger.prepare(
          "UPDATE totals SET generated_blocks = generated_blocks + ?, dephasing_blocks = "
          "dephasing_blocks + ?, segments = segments + ?, seconds = seconds + ?, "
          "dynamics_seconds = dynamics_seconds + ?")),
      stay_(ledger.prepare("INSERT INTO stays VALUES(?, ?, ?, ?, ?, ?)")),
      arrival_(ledger.prepare("INSERT OR IGNORE INTO arrivals VALUES(?, ?, ?, ?)")),
      visit_(ledger.prepare("INSERT INTO visits VALUES(?, ?, ?, ?, ?, ?, ?)")),
      visit_blocks_(ledger.prepare("UPDATE visits SET blocks = blocks + ?2 WHERE id = ?1")),
      visited_(ledger.prepare("UPDATE states SET visits = visits + 1 WHERE id = ?")),
      stayed_(ledger.prepare("UPDATE states SET blocks = blocks + ?2 WHERE id = ?1")),
      transition_(ledger.prepare("INSERT INTO transitions VALUES(?, ?, 1) ON CONFLICT DO UPDATE "
                                 "SET count = count + 1")),
      metrics_(ledger.prepare(
          "INSERT OR REPLACE INTO metrics VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")),
      session_(ledger.prepare("INSERT INTO sessions(started, host, workers) VALUES(?, ?, ?)")),
      session_update_(ledger.prepare(
          "UPDATE sessions SET wall = ?2, manager_seconds = ?3 WHERE started = ?1")) {}

void CampaignTables::write_state(StateIndex state, const StateRecord& record, SegmentId segment) {
  state_.run(state, record.label, record.energy, minimum_key(record.label), segment);
}

void CampaignTables::write_order(const SegmentOrder& order, StateIndex state) {
  order_.run(order.id, order.piece, state, order.start, order.data, order.seed, order.blocks_done,
             order.blocks_in_state);
}

void CampaignTables::write_piece(const SegmentPiece& piece, const PieceTimes& times,
                                 const std::vector<StateIndex>& path) {
  piece_.run(piece.id, piece.piece, path.back(), piece.blocks, piece.path.front().blocks,
             piece.blocks_in_state, piece.capped ? 1 : 0, piece.end_data, piece.dephasing_attempts,
             piece.dephasing_blocks, piece.seconds, piece.dynamics_seconds, times.worker,
             times.begun, times.ended);
  totals_.run(piece.blocks, piece.dephasing_blocks, piece.capped ? 0 : 1, piece.seconds,
              piece.dynamics_seconds);
  for (std::size_t k = 1; k < path.size(); ++k) {
    stay_.run(piece.id, piece.piece, k, path[k], piece.path[k].identity, piece.path[k].blocks);
  }
}

void CampaignTables::write_arrival(const ArrivalRow& arrival) {
  arrival_.run(arrival.from, arrival.identity, arrival.to, arrival.data);
}

void CampaignTables::begin_visit(const Visit& visit, const std::optional<StateIndex>& before) {
  visit_.run(visit.number, visit.state, visit.start, std::int64_t{0}, visit.segment, visit.stay,
             visit.identity);
  visited_.run(visit.state);
  if (before) transition_.run(*before, visit.state);
}

void CampaignTables::prolong_visit(const Visit& visit, std::int64_t more_blocks) {
  visit_blocks_.run(visit.number, more_blocks);
  stayed_.run(visit.state, more_blocks);
}

void CampaignTables::write_visits(const std::vector<Visit>& visits, Visit written) {
  for (const Visit& visit : visits) {
    if (visit.number != written.number) {
      begin_visit(visit, written.state);
      written.blocks = 0;
    }
    if (visit.blocks > written.blocks) prolong_visit(visit, visit.blocks - written.blocks);
    written = visit;
  }
}

void CampaignTables::write_metrics(const MetricsRow& row) {
  metrics_.run(row.time, row.wall, row.trajectory_ps, row.generated_ps, row.segments,
               row.spliced_segments, row.transitions, row.states, row.rate_us_per_hour, row.speedup,
               row.utilisation, row.manager_load, row.stored, row.running);
}

void CampaignTables::begin_session(double started, int workers, const std::string& host) {
  session_.run(started, host, workers);
}

void CampaignTables::write_session(const SessionRow& session) {
  session_update_.run(session.started, session.wall, session.manager_seconds);
}

CampaignHistory CampaignTables::read_history(Ledger& ledger) {
  CampaignHistory history;
  history.replacements = read_replacements(ledger);
  Statement states = ledger.prepare("SELECT label FROM states ORDER BY id");
  while (states.step()) history.states.push_back(states.key(0));
  Statement stays = ledger.prepare(
      "SELECT segment, piece, state, identity, blocks FROM stays ORDER BY segment, piece, stay");
  bool more = stays.step();
  Statement rows = ledger.prepare(
      "SELECT id, piece, state, start, data, seed, blocks_before, in_state_before, end_state, "
      "blocks, first_stay, in_state, capped, end_data, dephasing_attempts, dephasing_blocks, "
      "seconds, dynamics_seconds FROM segments ORDER BY id, piece");
  while (rows.step()) {
    history.orders.push_back(read_order(rows, history.states));
    if (rows.is_null(8)) continue;
    SegmentPiece piece = read_piece(rows, history.orders.back());
    for (; more && stays.integer(0) == static_cast<std::int64_t>(piece.id) &&
           stays.integer(1) == piece.piece;
         more = stays.step()) {
      piece.path.push_back({history.states.at(static_cast<std::size_t>(stays.integer(2))),
                            stays.key(3), stays.integer(4)});
    }
    history.pieces.push_back(std::move(piece));
  }
  Statement sessions = ledger.prepare(
      "SELECT total(wall), total(wall * workers), total(manager_seconds) FROM sessions");
  if (sessions.step()) {
    history.wall = sessions.real(0);
    history.worker_wall = sessions.real(1);
    history.manager_seconds = sessions.real(2);
  }
  return history;
}

}  // namespace splicemd::parsplice
