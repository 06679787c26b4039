// Checkpoints: everything a run needs to continue bit for bit, in one HDF5 file written by all ranks together.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/mpi.hpp"
#include "md/atoms.hpp"
#include "md/box.hpp"

namespace splicemd::md {

struct Checkpoint {
  // The same on all ranks.
  std::int64_t step = 0;
  double time = 0.0;             // ps
  int stage = 0;                 // index of the deck's stage that was running
  std::string deck_fingerprint;  // what the deck was; the caller compares
  int ranks = 1;                 // that wrote it; set by write_checkpoint
  int threads = 1;               // per rank
  Box box;
  Box box_at_build;  // when the neighbour lists were last built
  std::vector<Species> species;
  // Integrator, minimiser, thermostat and run counters, by name.
  std::map<std::string, std::vector<double>> state;
  std::map<std::string, std::vector<std::int64_t>> counters;

  // This rank's atoms in their local order: row i of each array is one atom.
  std::vector<std::int64_t> id;
  std::vector<int> type;
  std::vector<std::array<double, 3>> x;  // Å
  std::vector<std::array<double, 3>> v;  // Å/ps
  std::vector<std::array<double, 3>> f;  // eV/Å
  std::vector<std::array<int, 3>> image;
  std::vector<unsigned> group;
  std::vector<std::array<double, 3>> x_at_build;  // Å, when the neighbour lists were last built

  std::size_t size() const { return id.size(); }
};

// Writes `path` by way of a temporary file: parallel HDF5, fsync, the file that was at `path` kept as
// `path`.previous, rename. At any moment either `path` or `path`.previous is a complete checkpoint.
// A link at `path` is followed. Collective; on failure every rank throws RunError and the older generations
// are untouched.
void write_checkpoint(const std::string& path, const Checkpoint& local, const Communicator& comm);

// Reads a checkpoint and verifies version, completeness and every array's checksum. On the number of
// ranks that wrote it each rank gets its own atoms back in the same order, bit for bit; on any other
// number the rows are dealt out evenly, in file order (atoms are then not where they live: migrate).
// Collective; InputError on every rank, with one clear reason, if the file is missing, truncated,
// corrupted or of another version. Falling back to `path`.previous is the caller's decision.
Checkpoint read_checkpoint(const std::string& path, const Communicator& comm);

// The file that a checkpoint at `path` replaces: links followed. InputError on every rank for a stream, a folder
// or a path in a store. Collective.
std::string checkpoint_target(const std::string& path, const Communicator& comm);

// "path.previous", links followed: where the older generation is kept.
std::string previous_checkpoint(const std::string& path);

}  // namespace splicemd::md
