// Recomputes a reference case with SpliceMD and measures the deviations: behind `splicemd verify` and
// the reference tests.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "md/forces.hpp"
#include "md/reference_case.hpp"

namespace splicemd::md {

// One compared quantity.
struct Deviation {
  std::string quantity;    // "energy", "forces", "pressure", "nve energy", ...
  double largest = 0.0;    // largest deviation, relative to `scale`
  double tolerance = 0.0;  // relative
  bool passed() const { return largest <= tolerance; }
};

// How the system is disguised before it is computed; the results are turned back before they are
// compared, so every disguise must give the same numbers.
struct Disguise {
  std::array<double, 3> shift{};  // Å: added to every position (and wrapped along periodic axes)
  std::array<double, 3> box_shift{};      // Å: added to the box's corner and every position
  std::array<double, 3> rotation_axis{};  // any length
  double rotation_angle = 0.0;            // radians: of box, positions, velocities, forces
  bool permute = false;                   // atoms in another order with other ids
};

struct VerificationOptions {
  std::vector<std::string> potential_directories;
  NeighbourSettings neighbour;
  std::array<int, 3> grid{0, 0, 0};
  Disguise disguise;
  bool nve = true;  // also the NVE run, if the case has one
};

// Relative tolerances: those the reference data were published with.
inline constexpr double kForceTolerance = 1e-9;  // of the largest force or energy
inline constexpr double kRegriddedTolerance =
    1e-5;  // EAM from several funcfl files: tables are resampled
inline constexpr double kPressureTolerance = 1e-6;     // of the largest component
inline constexpr double kNveEnergyTolerance = 1e-6;    // relative
inline constexpr double kNvePositionTolerance = 1e-6;  // Å and Å/ps, relative to the largest

// Computes the case on all ranks of `comm`; the deviations are the same on every rank. Collective.
std::vector<Deviation> verify_case(const ReferenceCase& reference,
                                   const VerificationOptions& options, const Communicator& comm);

}  // namespace splicemd::md
