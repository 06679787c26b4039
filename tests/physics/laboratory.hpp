// A system, its potentials and a time loop for tests of physics, and the statistics they judge by.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "md/build/lattice.hpp"
#include "md/forces.hpp"
#include "md/integrators/integrator.hpp"
#include "md/system.hpp"
#include "md/velocities.hpp"

namespace splicemd::test {

// Potentials by the deck's own text, with data files from inputs/potentials.
std::vector<std::unique_ptr<md::Potential>> potentials(const std::vector<std::string>& terms,
                                                       const std::vector<md::Species>& species);

inline const std::string kArgon =
    "{style: lj/cut, cutoff: 8, shift: yes, pairs: [{species: [Ar, Ar], epsilon: 0.0104, sigma: "
    "3.4}]}";
inline const std::string kCopper = "{style: eam/alloy, file: Cu_mishin1.eam.alloy}";
inline constexpr double kCopperLattice = 3.615;  // Å

// Collective over the communicator's ranks, with the same arguments everywhere.
class Laboratory {
 public:
  Laboratory(const md::Configuration& configuration, const std::vector<std::string>& terms,
             const std::vector<unsigned>& group = {}, md::NeighbourSettings neighbour = {},
             MPI_Comm communicator = MPI_COMM_WORLD);

  // Velocities of temperature `t` (K) with zero momentum, and forces.
  void heat(double t, std::uint64_t seed);
  std::unique_ptr<md::Integrator> integrator(const std::string& keys, double timestep,
                                             std::int64_t steps, std::uint64_t seed = 11) const;
  // Steps after begin(), with energies on every step; `observe` after each.
  void run(
      md::Integrator& integrator, std::int64_t steps, const std::function<void()>& observe = [] {});
  // The same without begin().
  void resume(
      md::Integrator& integrator, std::int64_t steps, const std::function<void()>& observe = [] {});

  double kinetic() const;                        // eV
  double total_energy() const;                   // eV: potential and kinetic
  std::vector<double> positions_by_id() const;   // unwrapped, 3 per id, on the root; else empty
  std::vector<double> velocities_by_id() const;  // likewise

  Communicator comm;
  md::System system;
  md::Timers timers;
  std::unique_ptr<md::Forces> forces;

 private:
  std::vector<double> by_id(bool velocities) const;
};

// A crystal of one or two species.
md::Configuration crystal(const std::string& lattice, double a,
                          const std::vector<std::string>& elements, int repeats);

// The mean of a correlated series and its standard error, from the integrated autocorrelation time
// (window of 5 times that time; Sokal, in "Functional Integration", NATO ASI B 361 (1997) 131).
struct Estimate {
  double mean = 0.0, error = 0.0;
  double correlation = 0.0;  // integrated autocorrelation time, samples
};
Estimate estimate(const std::vector<double>& series);

// A two-sided test at |z| < 5 rejects a correct program with probability 6e-7.
inline constexpr double kSigmas = 5.0;

double standard_deviation(const std::vector<double>& series);

}  // namespace splicemd::test
