// The Lennard-Jones potential, truncated (style "lj/cut").
//
//   E(r) = 4ε[(σ/r)¹² − (σ/r)⁶] for r < cutoff, less its value there if shifted.
// Source: Lennard-Jones, Proc. Phys. Soc. 43 (1931) 461.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/config.hpp"
#include "md/atoms.hpp"
#include "md/potential.hpp"
#include "md/potentials/pair_loop.hpp"

namespace splicemd::md {

// One pair of species as a user gives it.
struct LjPair {
  double epsilon = 0.0;  // eV
  double sigma = 0.0;    // Å
  double cutoff = 0.0;   // Å
};

// The same as the kernel reads it: E = s12/r¹² − s6/r⁶ − shift.
struct LjCoefficients {
  double s12 = 0.0, s6 = 0.0;  // eV·Å¹², eV·Å⁶
  double shift = 0.0;          // eV
  double cutoff_sq = 0.0;      // Å²
};

struct LjTerm {
  DeviceView<const LjCoefficients**> pairs;  // (n_species, n_species)

  KOKKOS_INLINE_FUNCTION const LjCoefficients& pair(int ti, int tj) const { return pairs(ti, tj); }
  KOKKOS_INLINE_FUNCTION double cutoff_sq(const LjCoefficients& pair) const {
    return pair.cutoff_sq;
  }
  KOKKOS_INLINE_FUNCTION PairValue operator()(double r_sq, const LjCoefficients& pair) const {
    const double inv = 1.0 / r_sq, inv6 = inv * inv * inv;
    return {(pair.s12 * inv6 - pair.s6) * inv6 - pair.shift,
            (12.0 * pair.s12 * inv6 - 6.0 * pair.s6) * inv6 * inv};
  }
};

class LennardJones : public Potential {
 public:
  // pairs[i][j], symmetric.
  LennardJones(const std::vector<std::vector<LjPair>>& pairs, bool shift);

  std::string name() const override { return "lj/cut"; }
  double cutoff() const override { return cutoff_; }
  void compute(const ForceInput& in, Phase phase, const ForceOutput& out) override;

 private:
  double cutoff_ = 0.0;
  LjTerm term_;
};

std::unique_ptr<Potential> make_lj_cut(const ConfigNode& term, const std::vector<Species>& species);

}  // namespace splicemd::md
