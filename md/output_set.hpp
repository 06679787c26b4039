// The files a run writes at intervals: trajectories, data files and the machine-readable thermo log.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "md/deck.hpp"
#include "md/snapshot.hpp"
#include "md/thermo.hpp"

namespace splicemd::md {

// InputError, on every rank, for an output, thermo file or restart file of the deck that cannot be written where it
// is to go (no such folder, a folder, inside a store, a device for a format that needs a file) or that two of them
// share. Collective.
void check_targets(const Deck& deck, const std::string& restart_file, const Communicator& comm);

// Owns the open files over all stages; a stage tells it which of them it feeds. Collective calls.
class OutputSet {
 public:
  // `resume_step`: when continuing, files are continued after that step.
  OutputSet(const Deck& deck, const Communicator& comm, std::optional<std::int64_t> resume_step);

  // True if some output of the stage takes a frame at this step.
  bool due(const StageSpec& stage, std::int64_t step) const;
  // Writes the frames due at this step; energies, virials and forces must be current.
  void write_due(const StageSpec& stage, const System& system, const Forces& forces);
  // Writes the outputs that take one frame at the end of the run.
  void write_final(const StageSpec& stage, const System& system, const Forces& forces);

  // What the columns of the machine-readable thermo file need.
  ThermoNeeds thermo_needs() const {
    return thermo_table_ ? thermo_table_->needs() : ThermoNeeds{};
  }
  // One row of the machine-readable thermo file, if the deck asked for one.
  void write_thermo(const ThermoState& state);

 private:
  void write(const OutputSpec& output, const System& system, const Forces& forces);
  void write_data_file(const OutputSpec& output, const Frame& local);
  unsigned group_mask(const OutputSpec& output) const;
  void open_thermo(const ThermoSpec& thermo);

  const Deck& deck_;
  const Communicator& comm_;
  std::optional<std::int64_t> resume_step_;
  std::map<std::string, std::unique_ptr<TrajectoryWriter>> writers_;  // by file
  std::map<std::string, std::int64_t> last_step_;                     // by file: no frame twice
  std::unique_ptr<OutputFile> thermo_file_;                           // on rank 0
  std::optional<ThermoTable> thermo_table_;
  std::int64_t last_thermo_step_ = -1;
};

}  // namespace splicemd::md
