// Charts and tables of the report.
#include "parsplice/report.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "parsplice/svg_chart.hpp"

namespace splicemd::parsplice {
namespace {

using datastore::Statement;

constexpr const char* kBlue = "#1f5fa8";
constexpr const char* kRed = "#b8402a";
constexpr const char* kStyle =
    "body{font:15px/1.5 sans-serif;color:#222;max-width:60em;margin:2em auto;padding:0 1em}"
    "svg{width:100%;max-width:640px;height:auto;font:12px sans-serif;fill:#333}"
    "svg .frame{fill:none;stroke:#888}svg .tick{stroke:#888}"
    "table{border-collapse:collapse}td,th{padding:.15em .8em;text-align:left;border-bottom:1px "
    "solid #ddd}"
    "pre{background:#f5f5f5;padding:1em;overflow-x:auto}h2{margin-top:2em}";

std::string section(const std::string& title, const std::string& body, const std::string& note) {
  return fmt::format("<h2>{}</h2>\n{}<p>{}</p>\n", html_text(title), body, note);
}

std::string chart_of_progress(CampaignQuery& query) {
  Statement rows = query.reader().ledger().prepare(
      "SELECT wall, trajectory_ps, rate_us_per_hour FROM metrics ORDER BY time");
  Points length{{0.0, 0.0}}, rate;
  std::vector<double> walls{0.0}, lengths{0.0}, rates{0.0};
  while (rows.step()) {
    length.emplace_back(rows.real(0), rows.real(1));
    rate.emplace_back(rows.real(0), rows.real(2));
    walls.push_back(rows.real(0));
    lengths.push_back(rows.real(1));
    rates.push_back(rows.real(2));
  }
  const auto [w0, w1] = range_of(walls);
  const auto [l0, l1] = range_of(lengths);
  const auto [r0, r1] = range_of(rates);
  SvgChart first("progress", {"wall time (s)", w0, w1}, {"trajectory (ps)", l0, l1});
  first.line(length, kBlue);
  first.dots(length, kBlue);
  SvgChart second("rate", {"wall time (s)", w0, w1}, {"rate (µs/hour)", r0, r1});
  second.line(rate, kRed);
  second.dots(rate, kRed);
  return first.finish() + second.finish();
}

std::string chart_of_energies(CampaignQuery& query) {
  constexpr std::int64_t kMost = 4000;  // steps drawn: more than there are pixels
  auto& database = query.reader().ledger().database();
  const std::int64_t visits = database.integer("SELECT max(id) + 1 FROM visits").value_or(0);
  const std::int64_t stride = std::max<std::int64_t>(1, visits / kMost);
  Statement rows = query.reader().ledger().prepare(
      "SELECT v.start, v.blocks, s.energy FROM visits v JOIN states s ON s.id = v.state "
      "WHERE v.id % ? = 0 ORDER BY v.id");
  rows.bind(stride);
  Points points;
  std::vector<double> times{0.0}, energies;
  while (rows.step()) {
    const double begin = static_cast<double>(rows.integer(0)) * query.block();
    const double end = begin + static_cast<double>(rows.integer(1)) * query.block();
    points.emplace_back(begin, rows.real(2));
    points.emplace_back(end, rows.real(2));
    times.push_back(end);
    energies.push_back(rows.real(2));
  }
  // Totals of thousands of eV would hide the differences.
  const double lowest =
      energies.empty() ? 0.0 : *std::min_element(energies.begin(), energies.end());
  for (auto& [time, energy] : points) energy -= lowest;
  for (double& energy : energies) energy -= lowest;
  const auto [t0, t1] = range_of(times);
  const auto [e0, e1] = range_of(energies);
  SvgChart chart("energies", {"trajectory time (ps)", t0, t1},
                 {"energy (eV) above the lowest", e0, e1});
  chart.line(points, kBlue);
  return chart.finish();
}

// P(D ≥ distance) of Kolmogorov and Smirnov for n values, asymptotic.
double kolmogorov(double distance, double n) {
  const double x = distance * (std::sqrt(n) + 0.12 + 0.11 / std::sqrt(n));
  double p = 0.0;
  for (int j = 1; j < 100; ++j) p += (j % 2 == 1 ? 2.0 : -2.0) * std::exp(-2.0 * j * j * x * x);
  return x < 0.2 ? 1.0 : std::clamp(p, 0.0, 1.0);
}

std::string chart_of_stays(CampaignQuery& query, std::string& note) {
  const auto state = query.reader().ledger().database().integer(
      "SELECT id FROM states ORDER BY visits DESC, id LIMIT 1");
  std::vector<double> stays = query.stays(state.value_or(0));
  for (double& stay : stays) stay *= query.block();
  std::sort(stays.begin(), stays.end());
  const auto n = static_cast<double>(stays.size());
  double mean = 0.0;
  for (const double stay : stays) mean += stay / n;
  const double longest = stays.empty() ? 1.0 : stays.back();
  SvgChart chart("stays", {"time in the state (ps)", 0.0, 1.05 * longest},
                 {"share of longer stays", stays.empty() ? -1.0 : std::log10(0.5 / n), 0.1, true});
  // An exponential distribution looked at block by block: P(stay > t) = exp(−t/τ) at whole blocks, whose mean is
  // block/(1 − exp(−block/τ)).
  const double block = query.block();
  const double tau = mean > block ? -block / std::log1p(-block / mean) : 0.1 * block;
  const auto model = [&](double t) { return -std::expm1(-t / tau); };
  Points seen, fit;
  double distance = 0.0;
  std::size_t shorter = 0;
  for (std::size_t k = 0; k < stays.size(); ++k) {
    if (k + 1 < stays.size() && stays[k + 1] < stays[k] + 0.5 * block)
      continue;  // the last of equal ones
    const auto left = n - static_cast<double>(k) - 1.0;
    if (left > 0.0) seen.emplace_back(stays[k], std::log10(left / n));
    distance = std::max({distance, std::abs(model(stays[k]) - static_cast<double>(k + 1) / n),
                         std::abs(model(stays[k] - block) - static_cast<double>(shorter) / n)});
    shorter = k + 1;
  }
  if (!stays.empty()) {
    const double end = std::min(longest, tau * std::log(2.0 * n));
    fit = {{0.0, 0.0}, {end, -end / tau / std::log(10.0)}};
  }
  chart.dots(seen, kBlue);
  chart.line(fit, kRed, true);
  note = stays.size() < 2
             ? "Too few whole stays for a fit."
             : fmt::format(
                   "{} stays in state {}, the most visited one, {:.4g} ps on average. Dashed: the "
                   "exponential distribution that has this mean when looked at once a block, decay "
                   "time {:.4g} ps; Kolmogorov–Smirnov distance {:.3f}, p ≈ {:.2g} (approximate, "
                   "and rather too large: the mean is fitted, and times are whole blocks).",
                   stays.size(), state.value_or(0), mean, tau, distance, kolmogorov(distance, n));
  return chart.finish();
}

std::string chart_of_graph(CampaignQuery& query) {
  constexpr std::int64_t kMost = 40;
  Statement states = query.reader().ledger().prepare(
      "SELECT id, blocks FROM states WHERE visits > 0 ORDER BY blocks DESC, id LIMIT ?");
  states.bind(kMost);
  std::vector<std::pair<std::int64_t, double>> nodes;
  while (states.step()) {
    nodes.emplace_back(states.integer(0), static_cast<double>(states.integer(1)));
  }
  std::map<std::int64_t, std::pair<double, double>> places;
  std::string edges, circles;
  const double most = nodes.empty() ? 1.0 : std::max(nodes.front().second, 1.0);
  for (std::size_t k = 0; k < nodes.size(); ++k) {
    const double angle =
        6.283185307179586 * static_cast<double>(k) / static_cast<double>(nodes.size());
    const double radius = nodes.size() == 1 ? 0.0 : 160.0;
    const std::pair<double, double> at{320 + radius * std::cos(angle),
                                       200 + radius * std::sin(angle)};
    places[nodes[k].first] = at;
    circles += fmt::format(
        "<circle cx=\"{0:.1f}\" cy=\"{1:.1f}\" r=\"{2:.1f}\" fill=\"{3}\"/>"
        "<text x=\"{0:.1f}\" y=\"{4:.1f}\" text-anchor=\"middle\">{5}</text>\n",
        at.first, at.second, 3.0 + 12.0 * std::sqrt(nodes[k].second / most), kBlue, at.second - 17,
        nodes[k].first);
  }
  Statement rows = query.reader().ledger().prepare(
      "SELECT from_state, to_state, count FROM transitions ORDER BY count DESC");
  std::size_t drawn = 0;
  while (rows.step()) {
    const auto from = places.find(rows.integer(0)), to = places.find(rows.integer(1));
    if (from == places.end() || to == places.end()) continue;
    const double width = 0.5 + std::log10(1.0 + static_cast<double>(rows.integer(2)));
    if (from == to) {
      edges += fmt::format(
          "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"22\" fill=\"none\" stroke=\"#999\" "
          "stroke-width=\"{:.2f}\"/>\n",
          from->second.first, from->second.second + 16, width);
    } else {
      edges += fmt::format(
          "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#999\" "
          "stroke-width=\"{:.2f}\"/>\n",
          from->second.first, from->second.second, to->second.first, to->second.second, width);
    }
    ++drawn;
  }
  return fmt::format(
      "<svg id=\"graph\" data-marks=\"{}\" viewBox=\"0 0 640 400\" role=\"img\">\n{}{}</svg>\n",
      nodes.size() + drawn, edges, circles);
}

std::string chart_of_workers(CampaignQuery& query) {
  constexpr std::int64_t kMost = 3000;
  Statement rows = query.reader().ledger().prepare(
      "SELECT worker, begun, ended, state <> end_state FROM segments WHERE ended IS NOT NULL "
      "ORDER BY id DESC, piece DESC LIMIT ?");
  rows.bind(kMost);
  struct Bar {
    std::int64_t worker;
    double begun, ended;
    bool moved;
  };
  std::vector<Bar> bars;
  while (rows.step()) {
    bars.push_back({rows.integer(0), rows.real(1), rows.real(2), rows.integer(3) != 0});
  }
  if (bars.empty()) return SvgChart("workers", {"time (s)", 0, 1}, {"worker", 0, 1}).finish();
  double first = bars.front().begun, last = bars.front().ended;
  std::int64_t low = bars.front().worker, high = low;
  for (const Bar& bar : bars) {
    first = std::min(first, bar.begun);
    last = std::max(last, bar.ended);
    low = std::min(low, bar.worker);
    high = std::max(high, bar.worker);
  }
  SvgChart chart("workers", {"time (s)", 0.0, last - first},
                 {"worker", static_cast<double>(low) - 0.6, static_cast<double>(high) + 0.6});
  for (const Bar& bar : bars) {
    const auto row = static_cast<double>(bar.worker);
    chart.box(bar.begun - first, row - 0.4, bar.ended - first, row + 0.4,
              bar.moved ? kRed : (bar.begun < bar.ended ? "#7fa8d4" : kBlue));
  }
  return chart.finish();
}

std::string figures_to_cite(const Fields& summary) {
  std::string table = "<table>\n";
  for (const auto& [name, cell] : summary) {
    const auto* number = std::get_if<double>(&cell);
    const auto* text = std::get_if<std::string>(&cell);
    const std::string value = number != nullptr ? fmt::format("{:.6g}", *number)
                              : text != nullptr ? html_text(*text)
                                                : json_value(cell);
    table += fmt::format("<tr><td>{}</td><td>{}</td></tr>\n", html_text(name), value);
  }
  return table + "</table>\n";
}

}  // namespace

std::string campaign_report(CampaignQuery& query) {
  const Fields summary = query.summary();
  const std::string title =
      query.meta("title").empty() ? "ParSplice campaign" : query.meta("title");
  std::string page = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<title>{0}</title>\n"
      "<style>{1}</style></head><body>\n<h1>{0}</h1>\n",
      html_text(title), kStyle);
  page += section("Figures", figures_to_cite(summary),
                  "Keys as in <code>splicemd query STORE summary</code>.");
  page += section("Progress", chart_of_progress(query),
                  "Length of the spliced trajectory, and its length over the wall time so far.");
  page += section("Energy along the trajectory", chart_of_energies(query),
                  "Energy of the minimum of the state the trajectory is in.");
  std::string note;
  const std::string stays = chart_of_stays(query, note);
  page += section("Time in the most visited state", stays, note);
  page +=
      section("States", chart_of_graph(query),
              "The states with the longest residence (area) and the transitions between them "
              "(width: logarithm of the count); a ring is a transition to an equivalent state.");
  page += section("Workers", chart_of_workers(query),
                  "The latest segments of each worker; red: those that end in another state than "
                  "they started in.");
  page += fmt::format("<h2>Settings</h2>\n<pre>{}</pre>\n", html_text(query.meta("deck")));
  page +=
      "<p>Method: D. Perez, E. D. Cubuk, A. Waterland, E. Kaxiras, A. F. Voter, J. Chem. Theory "
      "Comput. 12, 18 (2016).</p>\n</body></html>\n";
  return page;
}

}  // namespace splicemd::parsplice
