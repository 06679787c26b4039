// Trajectory files: one interface for H5MD, extended XYZ and LAMMPS dump.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/mpi.hpp"
#include "md/atoms.hpp"
#include "md/box.hpp"

namespace splicemd::md {

// One rank's part of the system at one step, on the host; row i of each array is one owned atom.
// Arrays that are not to be written may stay empty.
struct Frame {
  std::int64_t step = 0;
  double time = 0.0;  // ps
  Box box;
  std::vector<Species> species;           // the same on all ranks
  std::vector<std::int64_t> id;           // 1-based
  std::vector<int> type;                  // 0-based species index
  std::vector<std::array<double, 3>> x;   // Å, within the box or near it
  std::vector<std::array<int, 3>> image;  // periodic crossings
  std::vector<std::array<double, 3>> v;   // Å/ps
  std::vector<std::array<double, 3>> f;   // eV/Å
  std::vector<double> energy;             // eV per atom
  bool has_totals = false;                // the two totals below are set
  bool has_virial = true;                 // of the totals; false: the energy alone is known
  double potential_energy = 0.0;          // eV, whole system
  std::array<double, 6> virial{};         // eV, whole system, no kinetic part: xx yy zz xy xz yz

  std::size_t size() const { return id.size(); }
};

// All ranks' atoms in one Frame, sorted by id, on the root; on the other ranks the header only. Collective.
Frame gather_frame(const Frame& local, const Communicator& comm);

struct TrajectoryOptions {
  bool velocities = true;
  bool forces = false;
  bool energies = false;          // per-atom energies (dump and extended XYZ columns, H5MD element)
  bool images = true;             // periodic image counts
  bool single_precision = false;  // H5MD: positions, velocities and forces as 32-bit floats
  int compression = 0;            // H5MD: deflate level 0–9
  std::string author = "unknown";  // H5MD
  // Continue a file that exists: frames after `resume_step`, and one a crash left unfinished, are dropped.
  bool append = false;
  std::int64_t resume_step = 0;
};

// Writes one file. Created and used by all ranks together; rank 0 holds the file, so the whole system
// must fit its memory. Each frame is handed to the operating system before write() returns. An error
// is thrown on every rank: InputError for a file that cannot be continued, RunError for a failed write.
class TrajectoryWriter {
 public:
  virtual ~TrajectoryWriter() = default;
  // Collective. After resuming, a frame whose step the file already holds is skipped.
  virtual void write(const Frame& local, const Communicator& comm) = 0;
};

// "h5md", "extxyz", "dump".
std::vector<std::string> trajectory_formats();
// The format a file name suggests: .h5md .h5 / .extxyz .xyz / .dump .lammpstrj; "" if none.
std::string trajectory_format_of(const std::string& path);
std::unique_ptr<TrajectoryWriter> make_trajectory_writer(const std::string& format,
                                                         const std::string& path,
                                                         const TrajectoryOptions& options,
                                                         const Communicator& comm);

}  // namespace splicemd::md
