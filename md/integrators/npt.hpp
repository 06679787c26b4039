// Constant temperature and pressure: the Martyna–Tobias–Klein equations with Nosé–Hoover chains on the
// particles and on the barostat.
//
//   ẋ = v + x·G          v̇ = f/m − v·(Gᵀ + tr G/N_f) − ξ̇ v          ḣ = h·G
//   W_k ṙ_k = B_k : [Σ m v⊗v + Σ x⊗f − V P] + tr B_k · Σ m v²/N_f − ξ̇_b W_k r_k,   G = Σ_k r_k B_k
//   W_k = (N_f + d) k T τ_p²/d · B_k:B_k, d the number of scaled axes
// N_f degrees of freedom, positions relative to the box's origin; the modes B_k are in cell_motion.hpp.
// Sources: Martyna, Tobias, Klein, J. Chem. Phys. 101 (1994) 4177; the reversible splitting follows
// Tuckerman, Alejandre, López-Rendón, Jochim, Martyna, J. Phys. A 39 (2006) 5629. Positions and cell
// move with the exact solution for a constant G.
// Conserved: kinetic + potential energy + ½ Σ W_k r_k² + ∫ V P:G dt + the chains' energies.
#pragma once

#include "md/integrators/cell_motion.hpp"
#include "md/integrators/integrator.hpp"
#include "md/integrators/nose_hoover_chain.hpp"
#include "md/integrators/nvt.hpp"

namespace splicemd::md {

struct NptSettings {
  NvtSettings particles;  // temperature, tau, chain, timestep, steps
  PressureTarget target;
  double tau = 1.0;  // ps, of the barostat
  int chain = 3;     // links of the barostat's chain
};

class Npt : public Integrator {
 public:
  explicit Npt(const NptSettings& settings);
  std::string name() const override { return "npt"; }
  void begin(System& system, const Forces& forces) override;
  void first_half(System& system) override;
  void second_half(System& system, const Forces& forces) override;
  double timestep() const override { return settings_.particles.timestep; }
  bool needs_virial() const override { return true; }
  bool needs_motion() const override { return true; }
  double bath_energy() const override;
  std::vector<double> state() const override;
  void set_state(const std::vector<double>& values) override;

  // Kernel bodies need these to be public.
  // v ← scale·v·decay + f/m·push for all atoms.
  void kick_cell(System& system, double scale) const;
  // x and h over one timestep with constant v and G.
  void drift_cell(System& system);

 private:
  Matrix3 strain_rate() const;
  double mass(int k) const;         // W_k, eV·ps²
  double barostat_kinetic() const;  // twice it, eV
  void set_temperature();
  double run_chains();
  void push_cell(const System& system);

  NptSettings settings_;
  StageClock clock_;
  NoseHooverChain chain_, cell_chain_;
  std::unique_ptr<CellModes> modes_;
  std::vector<double> rates_;  // r_k, 1/ps
  double degrees_ = 0.0;       // N_f
  double kt_ = 0.0;            // eV
  Tensor flux_{}, virial_{};   // of the current velocities and positions, eV
  double work_ = 0.0;          // ∫ V P:G dt, eV
};

std::unique_ptr<Integrator> make_npt(const ConfigNode& stage, const IntegratorContext& context);

}  // namespace splicemd::md
