// Constant energy: velocity Verlet (Swope, Andersen, Berens, Wilson, J. Chem. Phys. 76 (1982) 637).
#pragma once

#include "md/integrators/integrator.hpp"

namespace splicemd::md {

class Nve : public Integrator {
 public:
  explicit Nve(double timestep) : timestep_(timestep) {}
  std::string name() const override { return "nve"; }
  void begin(System&, const Forces&) override {}
  void first_half(System& system) override;
  void second_half(System& system, const Forces& forces) override;
  double timestep() const override { return timestep_; }

 private:
  double timestep_;  // ps
};

}  // namespace splicemd::md
