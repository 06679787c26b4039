// One endless segment, piece by piece.
#include "parsplice/direct_run.hpp"

#include <chrono>
#include <memory>

#include "base/error.hpp"
#include "base/log.hpp"
#include "datastore/store.hpp"
#include "parsplice/path_recorder.hpp"
#include "parsplice/stop_signals.hpp"
#include "parsplice/tables.hpp"

namespace splicemd::parsplice {
namespace {

double steady_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// What rank 0 keeps of the trajectory.
class DirectRecord {
 public:
  DirectRecord(const CampaignDeck& deck, const StateRecord& start)
      : deck_(deck), store_(deck.store), began_(seconds_since_1970()) {
    store_.ledger().adopt(campaign_schema());
    require(CampaignTables::read_history(store_.ledger()).states.empty(),
            "the store {} holds a trajectory already: give another --store", deck.store);
    tables_ = std::make_unique<CampaignTables>(store_.ledger());
    path_ = std::make_unique<PathRecorder>(names_, start.label,
                                           [this](const Visit& visit) { note(visit); });
    store_.put(minimum_key(start.label), start.configuration);
    write([this, start](datastore::Ledger& ledger) {
      write_campaign_meta(ledger, deck_.root.canonical(), "direct", deck_.title, deck_.block,
                          deck_.planner.rules);
      tables_->begin_session(began_, 1, datastore::host_name());
      tables_->write_state(0, start, 0);
      tables_->begin_visit(path_->visit(), std::nullopt);
    });
    known_ = 1;
  }

  void add(const SegmentOrder& order, const SegmentOutput& output, double begun) {
    const SegmentPiece& piece = output.piece;
    visits_.clear();
    stay_ = path_->follow(piece, stay_);
    blocks_ += piece.blocks;
    keep(output);
    std::vector<StateIndex> path;
    for (const Stay& stay : piece.path) path.push_back(*names_.find(stay.state));
    // The store may run this later, and again after a failed commit: it must change nothing of ours.
    write([this, order, piece, path, begun, visits = visits_,
           written = written_](datastore::Ledger&) {
      tables_->write_order(order, path.front());
      tables_->write_piece(piece, {0, begun, seconds_since_1970()}, path);
      tables_->write_visits(visits, written);
      tables_->write_session({began_, seconds_since_1970() - began_, 0.0});
    });
    written_ = path_->visit();
    store_.commit();
  }

  bool finished() const {
    const CampaignLimits& limits = deck_.limits;
    const auto over = [](double value, double limit) { return limit > 0.0 && value >= limit; };
    return over(deck_.ps(blocks_), limits.trajectory) ||
           over(static_cast<double>(path_->transitions()),
                static_cast<double>(limits.transitions)) ||
           over(seconds_since_1970() - began_, limits.wall_time);
  }
  void report() const {
    const double wall = seconds_since_1970() - began_;
    log::info("{:>10.5g} ps  {:.4g} µs/h  {} states  {} transitions", deck_.ps(blocks_),
              deck_.ps(blocks_) / wall * 3600e-6, path_->states_visited(), path_->transitions());
  }
  void close() { store_.close(); }

 private:
  void write(datastore::LedgerWork work) {
    store_.write(std::move(work)).then([](const datastore::Reply& reply) {
      ensure(reply.ok(), "the ledger could not be written: {}", reply.message);
    });
  }
  void note(const Visit& visit) {
    if (!visits_.empty() && visits_.back().number == visit.number) {
      visits_.back() = visit;
    } else {
      visits_.push_back(visit);
    }
  }
  void keep(const SegmentOutput& output) {
    for (const StateRecord& state : output.states) {
      const StateIndex index = names_.index(state.label);
      if (index < known_) continue;
      known_ = index + 1;
      store_.put(minimum_key(state.label), state.configuration);
      write([this, index, state, id = output.piece.id](datastore::Ledger&) {
        tables_->write_state(index, state, id);
      });
    }
    for (const Arrival& arrival : output.arrivals) {
      const Key key = arrival_key(arrival);
      if (!store_.ledger().find(key)) store_.put(key, arrival.map);
      write([this, arrival, key](datastore::Ledger&) {
        tables_->write_arrival(arrival, names_.index(arrival.from), names_.index(arrival.to), key);
      });
    }
  }

  const CampaignDeck& deck_;
  datastore::Store store_;
  double began_;
  StateNames names_;
  std::unique_ptr<CampaignTables> tables_;
  std::unique_ptr<PathRecorder> path_;
  std::vector<Visit> visits_;
  Visit written_;
  std::uint32_t stay_ = 0;
  std::int64_t blocks_ = 0;
  StateIndex known_ = 0;
};

}  // namespace

void run_direct(const CampaignDeck& deck, const Communicator& comm) {
  const StopSignals signals;
  const auto engine = make_engine(deck.root, deck.block, comm);
  const StateRecord start = engine->initial_state();
  std::unique_ptr<DirectRecord> record;
  comm.on_root([&] {
    deck.root.reject_unread();
    log::line(engine->describe());
    log::info("Plain dynamics into {}", deck.store);
    record = std::make_unique<DirectRecord>(deck, start);
  });
  SegmentRules rules = deck.planner.rules;
  rules.cap = rules.length;
  rules.length = std::int64_t{1} << 62;
  SegmentGenerator generator(*engine, rules);
  SegmentOrder order;
  order.id = 1;
  order.state = start.label;
  Bytes configuration = start.configuration;
  double reported = steady_now();
  for (bool more = true; more; ++order.piece) {
    const double begun = seconds_since_1970();
    order.seed = segment_seed(deck.seed, order.id, order.piece);
    const SegmentOutput output = generator.generate(order, configuration);
    comm.on_root([&] {
      record->add(order, output, begun);
      if (steady_now() - reported < deck.report) return;
      reported = steady_now();
      record->report();
    });
    order.start = StartKind::continuation;
    order.state = output.piece.path.back().state;
    order.data = output.piece.end_data;
    order.blocks_done += output.piece.blocks;
    order.blocks_in_state = output.piece.blocks_in_state;
    configuration = output.end_configuration;
    more = !comm.any(comm.is_root() && (record->finished() || StopSignals::count() > 0));
  }
  comm.on_root([&] {
    record->report();
    record->close();
  });
}

}  // namespace splicemd::parsplice
