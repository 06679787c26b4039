// Conjugate gradients with a line search on the slope.
//
//   d ← F + β d,  β = max(0, F·(F − F_before) / F_before·F_before):
// Polak, Ribière, Rev. Fr. Inform. Rech. Opér. 16 (1969) 35, kept non-negative as in Gilbert, Nocedal,
// SIAM J. Optim. 2 (1992) 21. The line search brackets the zero of the slope φ′(α) = −F·d by secants and
// ends where |φ′| has fallen to `slope_drop` of its first value without a gain in energy beyond rounding
// (the strong curvature condition; near the minimum slopes are far more exact than energy differences:
// Hager, Zhang, SIAM J. Optim. 16 (2005) 170).
#pragma once

#include "md/minimisers/minimiser.hpp"

namespace splicemd::md {

class ConjugateGradient : public Minimiser {
 public:
  explicit ConjugateGradient(const MinimiserSettings& settings) : Minimiser(settings) {}
  std::string name() const override { return "cg"; }

  // Kernel bodies need these to be public.
  // d ← f + β d and f_before ← f; returns d·d and the largest |d_i| on all ranks.
  struct Direction {
    double dd = 0.0, largest = 0.0;
  };
  Direction turn(const System& system, double beta) const;
  void move(System& system, double length) const;

 protected:
  void start(System& system) override;
  void advance(System& system, Forces& forces) override;

 private:
  // A point of the line search.
  struct Point {
    double alpha = 0.0;  // Å²/eV, distance in units of d
    double energy = 0.0;
    double slope = 0.0;  // dE/dα
  };
  Point go_to(System& system, Forces& forces, double alpha);
  bool search(System& system, Forces& forces, double longest);

  double alpha_ = 0.0;         // where the line search stands
  double first_step_ = 0.0;    // Å²/eV, of the next line search; 0 if nothing is known
  double ff_before_ = 0.0;     // F·F where the last direction was made
  double slope_before_ = 0.0;  // and the slope there
};

std::unique_ptr<Minimiser> make_conjugate_gradient(const ConfigNode& stage,
                                                   const MinimiserSettings& settings);

}  // namespace splicemd::md
