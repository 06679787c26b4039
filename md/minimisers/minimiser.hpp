// What a minimiser is: steps towards the nearest minimum of the potential energy, one at a time.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/config.hpp"
#include "md/forces.hpp"
#include "md/minimisers/carried_rows.hpp"
#include "md/system.hpp"

namespace splicemd::md {

// What "the force" of the force tolerance is, over mobile atoms.
enum class ForceMeasure {
  atom,       // the largest |F_i|
  component,  // the largest |F_ik|
  total       // √(Σ_i F_i²)
};

struct MinimiserSettings {
  double force_tolerance = 1e-4;  // eV/Å; 0: off
  ForceMeasure measure = ForceMeasure::atom;
  double energy_tolerance = 0.0;  // relative change per step; 0: off
  std::int64_t max_steps = 10000;
  std::int64_t max_evaluations = 100000;  // of the forces
  double max_displacement = 0.1;          // Å, of any atom in one step
};

// Why a minimisation ended.
enum class MinimiserEnd {
  none,  // it has not
  force_tolerance,
  energy_tolerance,
  max_steps,
  max_evaluations,
  no_descent  // no lower energy can be found: the limit of rounding
};

// Not thread-safe; every call is collective over the system's ranks. Velocities are left as they are.
// A minimiser can be used again and again, each time from begin(); it then allocates nothing unless the
// system has grown.
class Minimiser {
 public:
  explicit Minimiser(const MinimiserSettings& settings) : settings_(settings) {}
  virtual ~Minimiser() = default;
  virtual std::string name() const = 0;

  // Forces and energies of the current positions must be up to date.
  void begin(System& system, const Forces& forces);
  // One step: moves atoms, rebuilds lists where needed; forces and energies are up to date
  // afterwards. Returns true while the minimisation is not finished.
  bool step(System& system, Forces& forces);

  bool finished() const { return end_ != MinimiserEnd::none; }
  // True if it ended at one of the tolerances, or at the limit of rounding.
  bool converged() const;
  MinimiserEnd end() const { return end_; }
  std::string reason() const;  // of the end, for people

  double energy() const { return energy_; }  // eV
  double force() const;                      // eV/Å, by the settings' measure
  std::int64_t steps() const { return steps_; }
  std::int64_t evaluations() const { return evaluations_; }
  const MinimiserSettings& settings() const { return settings_; }

  // Sums over mobile atoms of all ranks, with two per-atom arrays a and b of the minimiser's own.
  struct Sums {
    double ff = 0, fa = 0, fb = 0, aa = 0;           // F·F, F·a, F·b, a·a
    double largest_atom = 0, largest_component = 0;  // |F_i|, |F_ik|
  };
  // Kernel bodies need this to be public.
  static Sums sum_forces(const System& system, const DeviceView<double* [3]>& a,
                         const DeviceView<double* [3]>& b);

 protected:
  virtual void start(System& system) = 0;
  // Moves to the next point, where the energy and forces were last evaluated.
  virtual void advance(System& system, Forces& forces) = 0;
  // The two arrays of sum_forces; both follow their atoms when lists are rebuilt.
  DeviceView<double*[3]> a_ { "minimiser::a", 0 }, b_{"minimiser::b", 0};
  // Energy and forces at the current positions.
  void evaluate(System& system, Forces& forces);
  void stop(MinimiserEnd end) { end_ = end; }

  MinimiserSettings settings_;
  Sums sums_;
  double energy_ = 0.0;
  bool energy_counts_ = true;  // false after steps whose energy change says nothing of convergence

 private:
  void measure(System& system, const Forces& forces);
  void check(double change);

  CarriedRows rows_;
  MinimiserEnd end_ = MinimiserEnd::none;
  std::int64_t steps_ = 0, evaluations_ = 0;
};

// Steps until the minimisation is finished, from begin(). Forces and energies must be up to date.
void minimise(Minimiser& minimiser, System& system, Forces& forces);

// Builds the minimiser of a stage (`method: cg | fire`), which reads its own keys.
std::unique_ptr<Minimiser> make_minimiser(const ConfigNode& stage);
std::vector<std::string> minimiser_methods();

}  // namespace splicemd::md
