// Between the planner, the workflow and the store.
#include "parsplice/campaign.hpp"

#include <algorithm>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "parsplice/failure_table.hpp"
#include "parsplice/role_table.hpp"
#include "parsplice/worker.hpp"

namespace splicemd::parsplice {

Campaign::Campaign(const CampaignDeck& deck, datastore::Store& store, const StateRecord& start,
                   int workers)
    : deck_(deck),
      store_(store),
      workers_(workers),
      epoch_(seconds_since_1970()),
      began_(steady_seconds()) {
  store_.ledger().adopt(campaign_schema());
  store_.ledger().adopt(role_schema());
  store_.ledger().adopt(failure_schema());
  tables_ = std::make_shared<CampaignTables>(store_.ledger());
  history_ = CampaignTables::read_history(store_.ledger());
  resumed_ = !history_.states.empty();
  planner_ = std::make_unique<Planner>(deck.planner, start.label,
                                       [this](const Visit& visit) { note_visit(visit); });
  if (resumed_) {
    const std::string other = store_.ledger().meta("fingerprint").value_or("");
    require(store_.ledger().meta("kind").value_or("") == "campaign",
            "the store {} holds no campaign but a run of plain dynamics: give another --store",
            store_.folder());
    require(other == deck.fingerprint(),
            "the store {} holds a campaign of another deck (system, potentials, dynamics, states, "
            "segments or seed differ): give another --store, or the old deck",
            store_.folder());
    require(history_.states.front() == start.label,
            "the deck's system is in state {} and the store's campaign began in {}: the same deck "
            "must give the same start; was a file it reads changed?",
            start.label.text(), history_.states.front().text());
    resume();
  } else {
    begin(start);
  }
  recording_ = true;
  write([tables = tables_, began = epoch_, workers](datastore::Ledger&) {
    tables->begin_session(began, workers, datastore::host_name());
  });
  store_.commit();
}

double Campaign::now() const { return epoch_ + steady_seconds() - began_; }

// Ledger work whose failure (disk full, say) ends the campaign: nothing may go on that is not in the ledger.
void Campaign::write(datastore::LedgerWork work) {
  store_.write(std::move(work)).then([](const datastore::Reply& reply) {
    ensure(reply.ok(), "the campaign's ledger could not be written: {}", reply.message);
  });
}

void Campaign::begin(const StateRecord& start) {
  store_.put(minimum_key(start.label), start.configuration);
  known_states_ = 1;
  const Visit first = planner_->current_visit();
  written_visit_ = first;
  write([tables = tables_, meta = campaign_meta(deck_, "campaign"), start,
         first](datastore::Ledger& ledger) {
    for (const auto& [name, value] : meta) ledger.set_meta(name, value);
    tables->write_state(0, start, 0);
    tables->begin_visit(first, std::nullopt);
  });
}

void Campaign::resume() {
  for (const Key& label : history_.states) planner_->names().index(label);
  known_states_ = history_.states.size();
  for (const SegmentOrder& order : history_.orders) {
    const auto replaced = history_.replacements.find(order.id);
    planner_->replay_order(order, replaced == history_.replacements.end() ? 0 : replaced->second);
  }
  for (const SegmentPiece& piece : history_.pieces) planner_->finish(piece);
  planner_->take_obsolete();
  failed_before_ = planner_->totals().failed;
  segments_before_ = planner_->totals().segments;
  planner_->drop_hot_points([this](const Key& key) { return !store_.ledger().find(key); });
  written_visit_ = planner_->current_visit();
  for (const SegmentOrder& order : planner_->open_orders()) reissued_.push_back(order);
  history_.states.clear();
  history_.orders.clear();
  history_.pieces.clear();
}

void Campaign::note_visit(const Visit& visit) {
  if (!recording_) return;
  if (!changed_visits_.empty() && changed_visits_.back().number == visit.number) {
    changed_visits_.back() = visit;
  } else {
    changed_visits_.push_back(visit);
  }
}

std::vector<taskmgr::Task> Campaign::next_tasks(std::size_t n, const std::string& /*hardware*/) {
  std::vector<taskmgr::Task> tasks;
  for (; tasks.size() < n && !reissued_.empty(); reissued_.pop_front()) {
    tasks.push_back(segment_task(reissued_.front()));
  }
  if (tasks.size() < n && !finished()) {
    std::vector<std::pair<SegmentOrder, StateIndex>> orders;
    for (const SegmentOrder& order : planner_->next(n - tasks.size())) {
      tasks.push_back(segment_task(order));
      orders.emplace_back(order, *planner_->names().find(order.state));
    }
    write([tables = tables_, orders = std::move(orders)](datastore::Ledger&) {
      for (const auto& [order, state] : orders) tables->write_order(order, state);
    });
    store_.commit();
  }
  return tasks;
}

// Stores what is new among the states and arrivals of a piece.
void Campaign::keep_outputs(const SegmentOutput& output) {
  const StateNames& names = planner_->names();
  std::vector<std::pair<StateIndex, StateRecord>> states;
  for (const StateRecord& state : output.states) {
    const StateIndex index = *names.find(state.label);
    if (index < known_states_) continue;
    store_.put(minimum_key(state.label), state.configuration);
    states.emplace_back(index, state);
    states.back().second.configuration.clear();
  }
  known_states_ += states.size();
  ensure(known_states_ == names.size(), "segment {} entered a state it did not describe",
         output.piece.id);
  std::vector<ArrivalRow> arrivals;
  for (const Arrival& arrival : output.arrivals) {
    const Key key = arrival_key(arrival);
    if (!arrivals_.emplace(key, true).second) continue;
    if (!arrival.map.empty() && !store_.ledger().find(key)) store_.put(key, arrival.map);
    arrivals.push_back({*names.find(arrival.from), arrival.identity, *names.find(arrival.to), key});
  }
  write([tables = tables_, id = output.piece.id, states = std::move(states),
         arrivals = std::move(arrivals)](datastore::Ledger&) {
    for (const auto& [index, state] : states) tables->write_state(index, state, id);
    for (const ArrivalRow& arrival : arrivals) tables->write_arrival(arrival);
  });
}

void Campaign::on_result(taskmgr::TaskResult result) {
  const SegmentOutput output = SegmentOutput::decode(result.record);
  const SegmentPiece& piece = output.piece;
  if (!output.trouble.empty()) return fail(output.trouble);
  changed_visits_.clear();
  if (!planner_->finish(piece)) return;
  keep_outputs(output);
  std::vector<StateIndex> path;
  for (const Stay& stay : piece.path) path.push_back(*planner_->names().find(stay.state));
  const PieceTimes times{result.worker, epoch_ + result.start, epoch_ + result.stop};
  write([tables = tables_, piece, times, path, visits = std::exchange(changed_visits_, {}),
         written = written_visit_](datastore::Ledger&) {
    tables->write_piece(piece, times, path);
    tables->write_visits(visits, written);
  });
  for (const Key& key : planner_->take_obsolete()) store_.erase(key);
  written_visit_ = planner_->current_visit();
  if (steady_seconds() - last_report_ >= deck_.report) report(false);
}

// The workflow ends orderly, and what is in the store stays whole; the first reason counts.
void Campaign::fail(std::string why) {
  if (failure_.empty()) failure_ = std::move(why);
}

bool Campaign::finished() {
  if (!failure_.empty()) return true;
  const CampaignTotals& totals = planner_->totals();
  const CampaignLimits& limits = deck_.limits;
  return (limits.trajectory > 0.0 && deck_.ps(totals.trajectory_blocks) >= limits.trajectory) ||
         (limits.transitions > 0 && totals.transitions >= limits.transitions);
}

// The segment is given up, and a new one takes its place: see docs/parsplice.md.
void Campaign::on_quarantined(const taskmgr::Quarantine& report) {
  const SegmentOrder order = SegmentOrder::decode(report.task.payload);
  const auto next = planner_->replace(order);
  if (!next) return;
  std::string text;
  for (const std::string& attempt : report.attempts) text += "\n  " + attempt;
  const FailureRow row{order.id, order.piece, next->id, now(), text.substr(1)};
  write([tables = tables_, row, order = *next,
         state = *planner_->names().find(next->state)](datastore::Ledger& ledger) {
    write_failure(ledger, row);
    tables->write_order(order, state);
  });
  for (const Key& key : planner_->take_obsolete()) store_.erase(key);
  store_.commit();
  const std::string what =
      fmt::format("segment {} from state {} (seed {}) failed {} times", order.id,
                  order.state.text(), order.seed, report.attempts.size());
  log::warning("{} and is given up; segment {} takes its place", what, next->id);
  judge_failures(what + ":" + text);
}

// Too many of them would hide a bias, or come from a deck that cannot work.
void Campaign::judge_failures(const std::string& latest) {
  const std::int64_t failed = planner_->totals().failed - failed_before_;
  const std::int64_t finished = planner_->totals().segments - segments_before_;
  const double allowed = std::max(static_cast<double>(deck_.failures.number),
                                  deck_.failures.share * static_cast<double>(finished));
  if (static_cast<double>(failed) <= allowed) return;
  fail(fmt::format(
      "{} of {} segments of this session had to be given up, more than `failures:` allows; leaving "
      "them out would bias the trajectory, so the campaign ends here (a new session goes on with "
      "others in their places). Is the timestep too long? The latest, {}",
      failed, failed + finished, latest));
}

void Campaign::on_counters(const taskmgr::RoleCounters& counters) {
  if (counters.endpoint == 0) manager_seconds_ = counters.processor_seconds;
  write([began = epoch_, counters](datastore::Ledger& ledger) {
    write_role(ledger, began, counters);
  });
}

bool Campaign::settled() {
  store_.commit();
  return true;
}

MetricsRow Campaign::metrics() const {
  const CampaignTotals& totals = planner_->totals();
  MetricsRow row;
  row.time = now();
  const double wall = steady_seconds() - began_;
  row.wall = history_.wall + wall;
  row.trajectory_ps = deck_.ps(totals.trajectory_blocks);
  row.generated_ps = deck_.ps(totals.generated_blocks);
  row.segments = totals.segments;
  row.spliced_segments = totals.spliced_segments;
  row.transitions = totals.transitions;
  row.states = totals.states_visited;
  const double per_second = row.trajectory_ps / std::max(row.wall, 1e-9);
  row.rate_us_per_hour = per_second * 3600.0 * 1e-6;
  const double moving = totals.dynamics_seconds > 0.0 ? totals.dynamics_seconds : totals.seconds;
  const double plain = deck_.ps(totals.generated_blocks + totals.dephasing_blocks) / moving;
  row.speedup = moving > 0.0 ? per_second / plain : 0.0;
  const double offered = history_.worker_wall + workers_ * wall;
  row.utilisation = std::min(1.0, totals.seconds / std::max(offered, 1e-9));
  row.manager_load = (history_.manager_seconds + manager_seconds_) / std::max(row.wall, 1e-9);
  row.stored = static_cast<std::int64_t>(planner_->splicer().stored());
  row.running = static_cast<std::int64_t>(planner_->splicer().running());
  return row;
}

void Campaign::report(bool last) {
  last_report_ = steady_seconds();
  const MetricsRow row = metrics();
  const SessionRow session{epoch_, row.wall - history_.wall, manager_seconds_};
  write([tables = tables_, row, session](datastore::Ledger&) {
    tables->write_metrics(row);
    tables->write_session(session);
  });
  const CampaignLimits& limits = deck_.limits;
  double left = 0.0;
  if (limits.trajectory > 0.0 && row.trajectory_ps > 0.0) {
    left = (limits.trajectory / row.trajectory_ps - 1.0) * row.wall;
  } else if (limits.transitions > 0 && row.transitions > 0) {
    left = (static_cast<double>(limits.transitions) / static_cast<double>(row.transitions) - 1.0) *
           row.wall;
  }
  log::info(
      "{:>10.5g} ps  {:.4g} µs/h  speed-up {:.3g}  spliced {:.1f} %  {} states  {} transitions  "
      "workers {:.1f} %{}",
      row.trajectory_ps, row.rate_us_per_hour, row.speedup,
      row.generated_ps > 0.0 ? 100.0 * row.trajectory_ps / row.generated_ps : 0.0, row.states,
      row.transitions, 100.0 * row.utilisation,
      left > 0.0 && !last ? fmt::format("  ETA {:.0f} s", left) : "");
}

void Campaign::close() {
  report(true);
  store_.commit();
}

}  // namespace splicemd::parsplice
