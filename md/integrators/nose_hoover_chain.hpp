// A Nosé–Hoover chain coupled to any kinetic energy: the particles' or the barostat's.
//
//   ξ1 is driven by 2K − N k T, each next link by the one before; the velocities are damped by dξ1/dt.
//   Masses Q1 = N k T τ², Qj = k T τ².
// Integrated by third-order Suzuki–Yoshida factorisation: Martyna, Klein, Tuckerman, J. Chem. Phys. 97
// (1992) 2635; Martyna, Tuckerman, Tobias, Klein, Mol. Phys. 87 (1996) 1117.
#pragma once

#include <vector>

#include "md/integrators/saved_state.hpp"

namespace splicemd::md {

class NoseHooverChain {
 public:
  // `length` ≥ 1 links; `tau` (ps) is the relaxation time.
  NoseHooverChain(int length, double tau);

  // Degrees of freedom and k T (eV) of the coupled system. When k T changes the links keep their
  // kinetic energies.
  void set_target(double degrees, double kt);
  // At rest, with no heat taken up.
  void reset();
  // Advances by `dt` ps for a coupled kinetic energy K (eV); returns the factor by which the coupled
  // velocities have been scaled meanwhile.
  double advance(double twice_kinetic, double dt);
  // The chain's kinetic energy and the heat it took up (eV).
  double energy() const;

  void save(std::vector<double>& values) const;
  void restore(SavedState& saved);

 private:
  double mass(std::size_t link) const;
  double drive(std::size_t link, double twice_kinetic) const;
  double advance_once(double& twice_kinetic, double dt);

  double tau_;                       // ps
  double degrees_ = 0.0, kt_ = 0.0;  // –, eV
  std::vector<double> rate_;         // dξ/dt of each link, 1/ps
  double heat_ = 0.0;                // ∫ N k T dξ1 + Σ ∫ k T dξj, eV
};

}  // namespace splicemd::md
