// The `workflow:` map of a deck.
#include "taskmgr/settings.hpp"

namespace splicemd::taskmgr {

namespace {

constexpr double kYear = 3.2e7;  // s
constexpr double kFewBytes = 1 << 20;
constexpr double kManyBytes = 1e15;

double seconds(const ConfigNode& node, std::string_view key, double fallback, double least) {
  return node.number(key, Dimension::wall_time, fallback, least, kYear);
}

std::size_t bytes(const ConfigNode& node, std::string_view key, std::size_t fallback) {
  return static_cast<std::size_t>(
      node.number(key, Dimension::bytes, static_cast<double>(fallback), kFewBytes, kManyBytes));
}

}  // namespace

Settings read_settings(const ConfigNode& node, const Settings& defaults) {
  Settings s = defaults;
  s.lease = seconds(node, "lease", s.lease, 0.1);
  s.heartbeat = seconds(node, "heartbeat", s.lease / 12.0, 0.01);
  if (s.heartbeat > s.lease / 3.0) {
    node.fail("heartbeat ({} s) must be at most a third of lease ({} s)", s.heartbeat, s.lease);
  }
  s.deaths = static_cast<int>(node.integer("deaths", s.deaths, 1, 1000));
  s.worker_ahead = seconds(node, "worker_ahead", s.worker_ahead, 0.0);
  s.manager_ahead = seconds(node, "manager_ahead", s.manager_ahead, 0.0);
  s.cache_bytes = bytes(node, "cache", s.cache_bytes);
  s.output_bytes = bytes(node, "outputs", s.output_bytes);
  s.report = seconds(node, "report", s.report, 0.1);
  s.grace = seconds(node, "grace", s.grace, 0.1);
  s.patience = seconds(node, "patience", s.patience, 0.1);
  return s;
}

}  // namespace splicemd::taskmgr
