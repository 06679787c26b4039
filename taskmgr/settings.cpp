// The `workflow:` map of a deck.
#include "taskmgr/settings.hpp"

namespace splicemd::taskmgr {

namespace {

constexpr std::int64_t kMiB = 1 << 20;
constexpr std::int64_t kMostMiB = 1 << 20;

std::size_t mebibytes(const ConfigNode& node, std::string_view key, std::size_t fallback) {
  const auto default_mib = static_cast<std::int64_t>(fallback) / kMiB;
  return static_cast<std::size_t>(node.integer(key, default_mib, 1, kMostMiB) * kMiB);
}

}  // namespace

Settings read_settings(const ConfigNode& node) {
  constexpr double year = 3.2e7;
  Settings s;
  s.lease = node.number("lease", Dimension::none, s.lease, 0.1, year);
  s.heartbeat = node.number("heartbeat", Dimension::none, s.lease / 12.0, 0.01, year);
  if (s.heartbeat > s.lease / 3.0) {
    node.fail("heartbeat ({} s) must be at most a third of lease ({} s)", s.heartbeat, s.lease);
  }
  s.deaths = static_cast<int>(node.integer("deaths", s.deaths, 1, 1000));
  s.worker_ahead = node.number("worker ahead", Dimension::none, s.worker_ahead, 0.0, year);
  s.manager_ahead = node.number("manager ahead", Dimension::none, s.manager_ahead, 0.0, year);
  s.cache_bytes = mebibytes(node, "cache MiB", s.cache_bytes);
  s.output_bytes = mebibytes(node, "output MiB", s.output_bytes);
  s.report = node.number("report", Dimension::none, s.report, 0.1, year);
  s.patience = node.number("patience", Dimension::none, s.patience, 0.1, year);
  return s;
}

}  // namespace splicemd::taskmgr
