// Questions to a campaign's store, finished or running: read-only.
#pragma once

#include <optional>
#include <string>

#include "base/table.hpp"
#include "datastore/reader.hpp"
#include "parsplice/tables.hpp"

namespace splicemd::parsplice {

// The exact 95 % confidence interval of the rate of a Poisson process that gave `count` events in `time`
// (Garwood, Biometrika 28 (1936) 437).
struct RateInterval {
  double rate = 0.0, low = 0.0, high = 0.0;
};
RateInterval poisson_rate(std::int64_t count, double time);

struct StateFilter {
  std::string sort = "visits";  // id, energy, visits, time
  std::int64_t limit = 0;       // 0: all
  std::int64_t min_visits = 0;
};

struct BarrierModel {
  double prefactor = 0.0;    // 1/ps; 0: no barriers
  double temperature = 0.0;  // K; 0: the deck's
};

// Used by one thread. Every answer is of one moment.
class CampaignQuery {
 public:
  // InputError if the folder holds no campaign.
  explicit CampaignQuery(const std::string& folder);

  Fields summary();
  Table states(const StateFilter& filter);
  // One state and where it goes. `name`: its number, or the beginning of its label.
  Fields state(const std::string& name);
  Table neighbours(const std::string& name);
  // Of the trajectory, or of all generated segments.
  Table transitions(const BarrierModel& barriers, bool generated, std::int64_t limit);
  // Visits between two times (ps).
  Table trajectory(double from, double to, std::int64_t limit);
  Table segments(std::int64_t limit);
  Table timeline(std::int64_t limit);
  Table metrics(std::int64_t limit);
  std::string graphml();

  datastore::StoreReader& reader() { return reader_; }
  double block() const { return block_; }
  std::int64_t find_state(const std::string& name);
  std::string meta(const std::string& name);
  // Lengths of stays in a state that were seen from beginning to end, blocks.
  std::vector<double> stays(std::int64_t state);

 private:
  Table run(const std::string& sql);
  double temperature();

  datastore::StoreReader reader_;
  double block_ = 1.0;  // ps
};

}  // namespace splicemd::parsplice
