// Constant temperature by a Langevin bath: the BAOAB splitting.
//
//   m dv = f dt − γ m v dt + √(2 γ m k T) dW, one step of length h as
//   B: v += h/2 · f/m     A: x += h/2 · v     O: v ← c v + √(k T (1 − c²)/m) R, c = exp(−γ h)
//   in the order B A O A B, with R three normal numbers per atom and step.
// Source: Leimkuhler, Matthews, Appl. Math. Res. Express 2013, 34; J. Chem. Phys. 138 (2013) 174102.
// Configurational averages are exact in a harmonic potential at any stable step; kinetic ones of a mode
// of angular frequency ω are low by the factor 1 − (ωh)²/4.
#pragma once

#include "md/integrators/integrator.hpp"
#include "md/integrators/ramp.hpp"

namespace splicemd::md {

struct LangevinSettings {
  Ramp temperature;         // K
  double friction = 1.0;    // γ, 1/ps
  std::uint64_t seed = 0;   // of the noise, which is keyed by atom id and step
  double timestep = 0.001;  // ps
  std::int64_t steps = 0;   // of the stage, for the ramp
};

class Langevin : public Integrator {
 public:
  explicit Langevin(const LangevinSettings& settings);
  std::string name() const override { return "langevin"; }
  void begin(System& system, const Forces& forces) override;
  void first_half(System& system) override;
  void second_half(System& system, const Forces& forces) override;
  double timestep() const override { return settings_.timestep; }
  bool conserves_momentum() const override { return false; }
  // The heat given to the bath since the stage began. Collective.
  double bath_energy() const override;
  std::vector<double> state() const override;
  void set_state(const std::vector<double>& values) override;

  // Kernel bodies need this to be public. A O A; returns the heat this rank's atoms took up (eV).
  double drift_with_noise(System& system, double target) const;

 private:
  LangevinSettings settings_;
  StageClock clock_;
  const Communicator* comm_ = nullptr;
  double heat_ = 0.0;  // eV given to this rank's atoms since the stage began
};

std::unique_ptr<Integrator> make_langevin(const ConfigNode& stage,
                                          const IntegratorContext& context);

}  // namespace splicemd::md
