// A trajectory as one endless segment, whose pieces are all capped.
#include "parsplice/direct_record.hpp"

#include <algorithm>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"

namespace splicemd::parsplice {
namespace {

datastore::StoreOptions options_of(const CampaignDeck& deck) {
  datastore::StoreOptions options;
  options.durability = deck.durability;
  return options;
}

}  // namespace

DirectRecord::DirectRecord(const CampaignDeck& deck, const StateRecord& start)
    : deck_(deck),
      store_(deck.store, options_of(deck)),
      epoch_(seconds_since_1970()),
      began_(steady_seconds()) {
  store_.ledger().adopt(campaign_schema());
  const CampaignHistory history = CampaignTables::read_history(store_.ledger());
  tables_ = std::make_shared<CampaignTables>(store_.ledger());
  path_ = std::make_unique<PathRecorder>(names_, start.label,
                                         [this](const Visit& visit) { note(visit); });
  resumed_ = !history.states.empty();
  order_.id = 1;
  order_.state = start.label;
  order_.data = minimum_key(start.label);
  configuration_ = start.configuration;
  if (resumed_) {
    resume(history, start);
  } else {
    begin(start);
  }
  order_.seed = segment_seed(deck.seed, order_.id, order_.piece);
  written_ = path_->visit();
  write([tables = tables_, epoch = epoch_](datastore::Ledger&) {
    tables->begin_session(epoch, 1, datastore::host_name());
  });
  store_.commit();
}

double DirectRecord::wall() const { return steady_seconds() - began_; }

void DirectRecord::write(datastore::LedgerWork work) {
  store_.write(std::move(work)).then([](const datastore::Reply& reply) {
    ensure(reply.ok(), "the ledger could not be written: {}", reply.message);
  });
}

void DirectRecord::begin(const StateRecord& start) {
  store_.put(minimum_key(start.label), start.configuration);
  write([tables = tables_, meta = campaign_meta(deck_, "direct"), start,
         first = path_->visit()](datastore::Ledger& ledger) {
    for (const auto& [name, value] : meta) ledger.set_meta(name, value);
    tables->write_state(0, start, 0);
    tables->begin_visit(first, std::nullopt);
  });
  known_ = 1;
}

void DirectRecord::resume(const CampaignHistory& history, const StateRecord& start) {
  datastore::Ledger& ledger = store_.ledger();
  require(ledger.meta("kind").value_or("") == "direct",
          "the store {} holds a campaign, not a run of plain dynamics: give another --store",
          store_.folder());
  require(ledger.meta("fingerprint").value_or("") == deck_.fingerprint(),
          "the store {} holds a trajectory of another deck (system, potentials, dynamics, states, "
          "segments or seed differ): give another --store, or the old deck",
          store_.folder());
  require(history.states.front() == start.label,
          "the deck's system is in state {} and the store's trajectory began in {}: the same deck "
          "must give the same start; was a file it reads changed?",
          start.label.text(), history.states.front().text());
  for (const Key& label : history.states) names_.index(label);
  known_ = history.states.size();
  for (const SegmentPiece& piece : history.pieces) advance(piece);
  visits_.clear();
  blocks_before_ = blocks_;
  if (history.pieces.empty()) return;
  const datastore::Reply stored = store_.wait(store_.get(order_.data));
  require(stored.ok(), "the store {} does not hold where its trajectory goes on{}{}",
          store_.folder(), stored.message.empty() ? "" : ": ", stored.message);
  configuration_ = *stored.value;
}

// The trajectory goes along a piece: what comes next.
void DirectRecord::advance(const SegmentPiece& piece) {
  stay_ = path_->follow(piece, stay_);
  blocks_ += piece.blocks;
  order_.piece = piece.piece + 1;
  order_.start = StartKind::continuation;
  order_.state = piece.path.back().state;
  order_.data = piece.end_data;
  order_.seed = segment_seed(deck_.seed, order_.id, order_.piece);
  order_.blocks_done += piece.blocks;
  order_.blocks_in_state = piece.blocks_in_state;
}

void DirectRecord::note(const Visit& visit) {
  if (!visits_.empty() && visits_.back().number == visit.number) {
    visits_.back() = visit;
  } else {
    visits_.push_back(visit);
  }
}

void DirectRecord::add(SegmentOutput output, double begun) {
  const SegmentOrder order = order_;
  const SegmentPiece& piece = output.piece;
  visits_.clear();
  advance(piece);
  keep(output);
  store_.put(piece.end_data, output.end_configuration);
  std::vector<StateIndex> path;
  for (const Stay& stay : piece.path) path.push_back(*names_.find(stay.state));
  const PieceTimes times{0, begun, seconds_since_1970()};
  const SessionRow session{epoch_, wall(), 0.0};
  write([tables = tables_, order, piece, path, times, session, visits = visits_,
         written = written_](datastore::Ledger&) {
    tables->write_order(order, path.front());
    tables->write_piece(piece, times, path);
    tables->write_visits(visits, written);
    tables->write_session(session);
  });
  if (order.start == StartKind::continuation) store_.erase(order.data);
  written_ = path_->visit();
  configuration_ = std::move(output.end_configuration);
  store_.commit();
}

// Stores what is new among the states and arrivals of a piece.
void DirectRecord::keep(const SegmentOutput& output) {
  for (const StateRecord& state : output.states) {
    const StateIndex index = names_.index(state.label);
    if (index < known_) continue;
    known_ = index + std::size_t{1};
    store_.put(minimum_key(state.label), state.configuration);
    write([tables = tables_, index, state, id = output.piece.id](datastore::Ledger&) {
      tables->write_state(index, state, id);
    });
  }
  for (const Arrival& arrival : output.arrivals) {
    const Key key = arrival_key(arrival);
    if (!store_.ledger().find(key)) store_.put(key, arrival.map);
    const ArrivalRow row{names_.index(arrival.from), arrival.identity, names_.index(arrival.to),
                         key};
    write([tables = tables_, row](datastore::Ledger&) { tables->write_arrival(row); });
  }
}

bool DirectRecord::finished() const {
  const CampaignLimits& limits = deck_.limits;
  const auto over = [](double value, double limit) { return limit > 0.0 && value >= limit; };
  return over(deck_.ps(blocks_), limits.trajectory) ||
         over(static_cast<double>(path_->transitions()), static_cast<double>(limits.transitions)) ||
         over(wall(), limits.wall_time);
}

void DirectRecord::report() const {
  const double rate = deck_.ps(blocks_ - blocks_before_) / std::max(wall(), 1e-9);
  log::info("{:>10.5g} ps  {:.4g} µs/h  {} states  {} transitions", deck_.ps(blocks_),
            rate * 3600e-6, path_->states_visited(), path_->transitions());
}

void DirectRecord::close() {
  store_.commit();
  tables_.reset();
  store_.close();
}

}  // namespace splicemd::parsplice
