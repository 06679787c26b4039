// What an integrator is: the two halves of a step around the force evaluation.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/config.hpp"
#include "md/forces.hpp"
#include "md/measure.hpp"
#include "md/system.hpp"

namespace splicemd::md {

// The time loop of a stage, for every integrator:
//   begin(system, forces)                 once, with forces, energies and virials of the start
//   each step:  first_half(system)        velocities and positions (and box) up to the new positions
//               forces.rebuild_if_needed(), forces.compute(...)
//               second_half(system, forces)
// Not thread-safe; every call is collective over the system's ranks.
class Integrator {
 public:
  virtual ~Integrator() = default;
  virtual std::string name() const = 0;  // the deck's style, e.g. "langevin"

  // Called at the start of a stage and after a restart (then followed by set_state()).
  virtual void begin(System& system, const Forces& forces) = 0;
  virtual void first_half(System& system) = 0;
  virtual void second_half(System& system, const Forces& forces) = 0;

  virtual double timestep() const = 0;                      // ps
  virtual bool needs_virial() const { return false; }       // on every step (barostats)
  virtual bool conserves_momentum() const { return true; }  // then 3N − 3 degrees of freedom
  // True if it can only scale velocities, so that atoms at rest on their sites stay at rest.
  virtual bool needs_motion() const { return false; }
  // Energy of thermostat and barostat (eV): added to the total energy it gives the conserved quantity.
  virtual double bath_energy() const { return 0.0; }
  // Everything begin() does not recompute, for checkpoints: a restored run continues bit for bit.
  virtual std::vector<double> state() const { return {}; }
  virtual void set_state(const std::vector<double>& /*values*/) {}
};

// How an integrator is built: the deck's stage, the system it will move, the number of steps of the
// stage (for ramps), and the run's seed.
struct IntegratorContext {
  const System& system;
  std::int64_t steps;
  double timestep;  // ps
  std::uint64_t seed;
};

// Builds the integrator a stage names (`style: nve | langevin | nvt | npt`); each reads its own keys.
std::unique_ptr<Integrator> make_integrator(const ConfigNode& stage,
                                            const IntegratorContext& context);
std::vector<std::string> integrator_styles();

}  // namespace splicemd::md
