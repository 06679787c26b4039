// SQL behind the questions.
#include "parsplice/query.hpp"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "base/parse.hpp"
#include "base/quantity.hpp"
#include "base/units.hpp"
#include "datastore/rows.hpp"
#include "parsplice/failure_table.hpp"

namespace splicemd::parsplice {
namespace {

using datastore::Statement;

constexpr double kTail = 0.025;

std::string limited(std::int64_t limit) {
  return limit > 0 ? fmt::format(" LIMIT {}", limit) : std::string();
}

}  // namespace

RateInterval poisson_rate(std::int64_t count, double time) {
  RateInterval result;
  if (!(time > 0.0)) {
    result.high = std::numeric_limits<double>::infinity();
    return result;
  }
  using boost::math::chi_squared;
  const auto n = static_cast<double>(count);
  result.rate = n / time;
  if (count > 0) result.low = 0.5 * quantile(chi_squared(2.0 * n), kTail) / time;
  result.high = 0.5 * quantile(complement(chi_squared(2.0 * n + 2.0), kTail)) / time;
  return result;
}

CampaignQuery::CampaignQuery(const std::string& folder) : reader_(folder) {
  require(reader_.ledger().version(campaign_schema().name) > 0, "the store {} holds no campaign",
          folder);
  reader_.ledger().adopt(campaign_schema());
  block_ = parse_double(meta("block_ps")).value_or(0.0);
  require(block_ > 0.0, "the store {} does not say how long a block is", folder);
}

std::string CampaignQuery::meta(const std::string& name) {
  return reader_.ledger().meta(name).value_or("");
}

Table CampaignQuery::run(const std::string& sql) {
  Statement statement = reader_.ledger().prepare(sql);
  return datastore::table_of(statement);
}

Fields CampaignQuery::summary() {
  const datastore::StoreReader::Snapshot snapshot(reader_);
  auto& ledger = reader_.ledger();
  Statement row = ledger.prepare(
      "SELECT generated_blocks, seconds, dynamics_seconds, dephasing_blocks, segments FROM totals");
  row.step();
  const double generated = row.real(0) * block_, seconds = row.real(1);
  const double dynamics = row.real(2) > 0.0 ? row.real(2) : seconds;
  const double dephasing = row.real(3) * block_;
  const std::int64_t segments = row.integer(4);
  Statement visits =
      ledger.prepare("SELECT start + blocks, id FROM visits ORDER BY id DESC LIMIT 1");
  const bool any = visits.step();
  const double length = any ? static_cast<double>(visits.integer(0)) * block_ : 0.0;
  const std::int64_t transitions = any ? visits.integer(1) : 0;
  Statement sessions = ledger.prepare(
      "SELECT total(wall), total(wall * workers), total(manager_seconds), max(workers), count(*) "
      "FROM sessions");
  sessions.step();
  const double wall = sessions.real(0), offered = sessions.real(1);
  const std::int64_t workers = sessions.is_null(3) ? 0 : sessions.integer(3);
  const auto states = ledger.database().integer("SELECT count(*) FROM states WHERE visits > 0");
  const auto known = ledger.database().integer("SELECT count(*) FROM states");
  const double t_c = block_ * parse_double(meta("decorrelation_blocks")).value_or(0.0);
  const auto per = [](double a, double b) { return b > 0.0 ? a / b : 0.0; };
  const double t_trans = per(length, static_cast<double>(transitions));
  const double plain = per(generated + dephasing, dynamics);  // ps a second of one worker's MD
  return {
      {"title", meta("title")},
      {"kind", meta("kind")},
      {"trajectory_length_ps", length},
      {"generated_ps", generated},
      {"spliced_fraction", per(length, generated)},
      {"transitions", transitions},
      {"states", states.value_or(0)},
      {"states_known", known.value_or(0)},
      {"segments", segments},
      {"failed_segments", count_failures(ledger)},
      {"mean_transition_time_ps", t_trans},
      {"t_trans_over_n_tc", per(t_trans, static_cast<double>(workers) * t_c)},
      {"mean_revisits", per(static_cast<double>(transitions + 1 - states.value_or(0)),
                            static_cast<double>(states.value_or(0)))},
      {"rate_us_per_hour", per(length, wall) * 3600.0 * 1e-6},
      {"speedup", per(per(length, wall), plain)},
      {"worker_utilisation", std::min(1.0, per(seconds, offered))},
      {"dynamics_fraction", per(row.real(2), seconds)},
      {"manager_load", per(sessions.real(2), wall)},
      {"dephasing_ps", dephasing},
      {"wall_seconds", wall},
      {"workers", workers},
      {"sessions", sessions.integer(4)},
      {"block_ps", block_},
      {"decorrelation_ps", t_c},
  };
}

Table CampaignQuery::states(const StateFilter& filter) {
  const char* order = filter.sort == "id"       ? "id"
                      : filter.sort == "energy" ? "energy_eV"
                      : filter.sort == "time"   ? "time_ps DESC, id"
                                                : "visits DESC, id";
  return run(fmt::format(
      "SELECT id, lower(hex(label)) AS label, energy AS energy_eV, visits, blocks * {0} AS "
      "time_ps, "
      "CASE WHEN visits > 0 THEN blocks * {0} / visits END AS mean_stay_ps, first_segment "
      "FROM states WHERE visits >= {1} ORDER BY {2}{3}",
      block_, filter.min_visits, order, limited(filter.limit)));
}

std::int64_t CampaignQuery::find_state(const std::string& name) {
  auto& ledger = reader_.ledger();
  if (const auto number = parse_int(name)) {
    Statement row = ledger.prepare("SELECT id FROM states WHERE id = ?");
    if (row.bind(*number).step()) return *number;
  }
  Statement row = ledger.prepare("SELECT id FROM states WHERE hex(label) LIKE upper(?) || '%'");
  require(row.bind(name).step(), "no state has the number or label '{}'", name);
  const std::int64_t found = row.integer(0);
  require(!row.step(), "several states' labels begin with '{}'", name);
  return found;
}

Fields CampaignQuery::state(const std::string& name) {
  const std::int64_t id = find_state(name);
  Statement row = reader_.ledger().prepare(
      "SELECT lower(hex(label)), energy, visits, blocks, first_segment, "
      "(SELECT total(count) FROM transitions WHERE from_state = id) FROM states WHERE id = ?");
  row.bind(id).step();
  const double time = static_cast<double>(row.integer(3)) * block_;
  const auto left = static_cast<std::int64_t>(row.real(5));
  const RateInterval rate = poisson_rate(left, time);
  return {
      {"id", id},
      {"label", std::string(row.text(0))},
      {"energy_eV", row.real(1)},
      {"visits", row.integer(2)},
      {"time_ps", time},
      {"escapes", left},
      {"escape_rate_per_ps", rate.rate},
      {"escape_rate_low", rate.low},
      {"escape_rate_high", rate.high},
      {"first_segment", row.integer(4)},
  };
}

Table CampaignQuery::neighbours(const std::string& name) {
  const std::int64_t id = find_state(name);
  Statement rows = reader_.ledger().prepare(
      "SELECT t.to_state, t.count, s.energy - a.energy, a.blocks FROM transitions t "
      "JOIN states s ON s.id = t.to_state JOIN states a ON a.id = t.from_state "
      "WHERE t.from_state = ? ORDER BY t.count DESC, t.to_state");
  rows.bind(id);
  Table table({"to", "count", "rate_per_ps", "rate_low", "rate_high", "energy_change_eV"});
  while (rows.step()) {
    const RateInterval rate =
        poisson_rate(rows.integer(1), static_cast<double>(rows.integer(3)) * block_);
    table.add({rows.integer(0), rows.integer(1), rate.rate, rate.low, rate.high, rows.real(2)});
  }
  return table;
}

double CampaignQuery::temperature() {
  const std::string deck = meta("deck");
  for (const std::string_view key : {"dynamics.temperature: ", "markov.temperature: "}) {
    const auto at = deck.find(key);
    if (at == std::string::npos) continue;
    const auto begin = at + key.size();
    const auto value =
        parse_quantity(deck.substr(begin, deck.find('\n', begin) - begin), Dimension::temperature);
    if (value) return *value;
  }
  return 0.0;
}

Table CampaignQuery::transitions(const BarrierModel& barriers, bool generated, std::int64_t limit) {
  const datastore::StoreReader::Snapshot snapshot(reader_);
  const char* trajectory =
      "SELECT t.from_state, t.to_state, t.count, a.blocks FROM transitions t "
      "JOIN states a ON a.id = t.from_state ORDER BY t.count DESC, t.from_state, t.to_state";
  // Stays of all pieces: the first of each, and the others in the table of stays.
  const char* everything =
      "WITH all_stays AS (SELECT id AS segment, piece, 0 AS stay, state, first_stay AS blocks FROM "
      "segments WHERE blocks IS NOT NULL UNION ALL SELECT segment, piece, stay, state, blocks FROM "
      "stays), times AS (SELECT state, sum(blocks) AS blocks FROM all_stays GROUP BY state), "
      "counts AS (SELECT a.state AS from_state, b.state AS to_state, count(*) AS count FROM stays "
      "b "
      "JOIN all_stays a ON a.segment = b.segment AND a.piece = b.piece AND a.stay = b.stay - 1 "
      "GROUP BY 1, 2) SELECT c.from_state, c.to_state, c.count, t.blocks FROM counts c JOIN times "
      "t "
      "ON t.state = c.from_state ORDER BY c.count DESC, c.from_state, c.to_state";
  Statement rows = reader_.ledger().prepare((generated ? everything : trajectory) + limited(limit));
  const double kelvin = barriers.temperature > 0.0 ? barriers.temperature : temperature();
  std::vector<std::string> columns{"from", "to", "count", "rate_per_ps", "rate_low", "rate_high"};
  const bool with_barriers = barriers.prefactor > 0.0;
  if (with_barriers) columns.emplace_back("barrier_eV");
  Table table(columns);
  while (rows.step()) {
    const RateInterval rate =
        poisson_rate(rows.integer(2), static_cast<double>(rows.integer(3)) * block_);
    std::vector<Cell> row{rows.integer(0), rows.integer(1), rows.integer(2),
                          rate.rate,       rate.low,        rate.high};
    if (with_barriers) {
      row.emplace_back(units::kBoltzmann * kelvin * std::log(barriers.prefactor / rate.rate));
    }
    table.add(std::move(row));
  }
  return table;
}

Table CampaignQuery::trajectory(double from, double to, std::int64_t limit) {
  // Visits are numbered in order of time, so the window is a range of the primary key.
  return run(
      fmt::format("SELECT id, start * {0} AS start_ps, blocks * {0} AS stay_ps, state, segment "
                  "FROM visits WHERE "
                  "id >= coalesce((SELECT max(id) FROM visits WHERE start * {0} <= {1}), 0) AND "
                  "start * {0} < {2} ORDER BY id{3}",
                  block_, from, to, limited(limit)));
}

Table CampaignQuery::segments(std::int64_t limit) {
  return run(fmt::format(
      "SELECT id, piece, state AS from_state, end_state, CASE start WHEN 0 THEN 'minimum' WHEN 1 "
      "THEN 'hot point' ELSE 'continuation' END AS start, blocks * {0} AS length_ps, capped, "
      "dephasing_attempts, dephasing_blocks * {0} AS dephasing_ps, seconds, worker FROM segments "
      "ORDER BY id DESC, piece DESC{1}",
      block_, limited(limit)));
}

Table CampaignQuery::timeline(std::int64_t limit) {
  return run(
      "SELECT worker, begun, ended, id AS segment, piece, state, seconds FROM segments WHERE "
      "ended IS NOT NULL ORDER BY id DESC, piece DESC" +
      limited(limit));
}

Table CampaignQuery::metrics(std::int64_t limit) {
  return run("SELECT * FROM metrics ORDER BY time" + limited(limit));
}

std::vector<double> CampaignQuery::stays(std::int64_t state) {
  Statement rows = reader_.ledger().prepare(
      "SELECT blocks FROM visits WHERE state = ? AND id > 0 AND "
      "id < (SELECT max(id) FROM visits)");
  rows.bind(state);
  std::vector<double> result;
  while (rows.step()) result.push_back(static_cast<double>(rows.integer(0)));
  return result;
}

std::string CampaignQuery::graphml() {
  const datastore::StoreReader::Snapshot snapshot(reader_);
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n"
      "  <key id=\"energy\" for=\"node\" attr.name=\"energy_eV\" attr.type=\"double\"/>\n"
      "  <key id=\"time\" for=\"node\" attr.name=\"time_ps\" attr.type=\"double\"/>\n"
      "  <key id=\"count\" for=\"edge\" attr.name=\"count\" attr.type=\"long\"/>\n"
      "  <graph edgedefault=\"directed\">\n";
  Statement states = reader_.ledger().prepare("SELECT id, energy, blocks FROM states ORDER BY id");
  while (states.step()) {
    text += fmt::format(
        "    <node id=\"s{}\"><data key=\"energy\">{}</data><data key=\"time\">{}</data></node>\n",
        states.integer(0), states.real(1), static_cast<double>(states.integer(2)) * block_);
  }
  Statement edges = reader_.ledger().prepare("SELECT from_state, to_state, count FROM transitions");
  while (edges.step()) {
    text += fmt::format(
        "    <edge source=\"s{}\" target=\"s{}\"><data key=\"count\">{}</data></edge>\n",
        edges.integer(0), edges.integer(1), edges.integer(2));
  }
  return text + "  </graph>\n</graphml>";
}

}  // namespace splicemd::parsplice
