// Constant temperature by a Nosé–Hoover chain: deterministic and time-reversible.
//
// One step: chain over dt/2, velocity Verlet over dt, chain over dt/2 (Martyna, Tuckerman, Tobias,
// Klein, Mol. Phys. 87 (1996) 1117, section 3).
#pragma once

#include "md/integrators/integrator.hpp"
#include "md/integrators/nose_hoover_chain.hpp"
#include "md/integrators/ramp.hpp"

namespace splicemd::md {

struct NvtSettings {
  Ramp temperature;         // K, > 0
  double tau = 0.1;         // ps
  int chain = 3;            // links
  double timestep = 0.001;  // ps
  std::int64_t steps = 0;   // of the stage, for the ramp
};

class Nvt : public Integrator {
 public:
  explicit Nvt(const NvtSettings& settings);
  std::string name() const override { return "nvt"; }
  void begin(System& system, const Forces& forces) override;
  void first_half(System& system) override;
  void second_half(System& system, const Forces& forces) override;
  double timestep() const override { return settings_.timestep; }
  bool needs_motion() const override { return true; }
  double bath_energy() const override { return chain_.energy(); }
  std::vector<double> state() const override;
  void set_state(const std::vector<double>& values) override;

 private:
  void thermostat(System& system);

  NvtSettings settings_;
  StageClock clock_;
  NoseHooverChain chain_;
  double degrees_ = 0.0;
  double twice_kinetic_ = 0.0;  // eV, of the current velocities
};

// `temperature`, `tau_t` and `chain` of a stage, for nvt and npt.
NvtSettings read_nvt(const ConfigNode& stage, const IntegratorContext& context);
std::unique_ptr<Integrator> make_nvt(const ConfigNode& stage, const IntegratorContext& context);

}  // namespace splicemd::md
