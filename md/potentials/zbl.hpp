// The Ziegler–Biersack–Littmark screened nuclear repulsion with a switching function (style "zbl").
//
//   E(r) = k Z_i Z_j/r · φ(r/a) + S(r),   a = 0.46850 Å/(Z_i^0.23 + Z_j^0.23),   k = e²/4πε0
//   φ(x) = Σ_k c_k exp(−d_k x)
//   S(r) = C for r < inner;  C + A(r − inner)³/3 + B(r − inner)⁴/4 up to outer,
// with A, B, C such that E, E′ and E″ vanish at `outer`.
// Source: Ziegler, Biersack & Littmark, The Stopping and Range of Ions in Matter, Vol. 1 (1985);
// switching: LAMMPS documentation, `pair_style zbl`.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "base/config.hpp"
#include "md/atoms.hpp"
#include "md/potential.hpp"
#include "md/potentials/pair_loop.hpp"
#include "md/potentials/pair_math.hpp"

namespace splicemd::md {

// Coefficients of one pair of species: energies eV, lengths Å.
struct ZblCoefficients {
  double decay[4] = {0, 0, 0, 0};      // d_k/a, 1/Å
  double strength[4] = {0, 0, 0, 0};   // k Z_i Z_j c_k, eV·Å
  double a3 = 0.0, b4 = 0.0, c = 0.0;  // A/3, B/4, C
};

struct ZblTerm {
  double inner = 0.0, outer_sq = 0.0;         // Å, Å²
  DeviceView<const ZblCoefficients**> pairs;  // (n_species, n_species)

  KOKKOS_INLINE_FUNCTION const ZblCoefficients& pair(int ti, int tj) const { return pairs(ti, tj); }
  KOKKOS_INLINE_FUNCTION double cutoff_sq(const ZblCoefficients&) const { return outer_sq; }
  KOKKOS_INLINE_FUNCTION PairValue operator()(double r_sq, const ZblCoefficients& pair) const {
    const double r = ::sqrt(r_sq), inv_r = 1.0 / r;
    double s = 0.0, ds = 0.0;
    for (int k = 0; k < 4; ++k) {
      const double part = pair.strength[k] * pair_exp(-pair.decay[k] * r);
      s += part;
      ds -= pair.decay[k] * part;
    }
    const double t = r > inner ? r - inner : 0.0;
    const double e = s * inv_r + pair.c + t * t * t * (pair.a3 + pair.b4 * t);
    const double de = (ds - s * inv_r) * inv_r + t * t * (3.0 * pair.a3 + 4.0 * pair.b4 * t);
    return {e, -de * inv_r};
  }
};

class Zbl : public Potential {
 public:
  // `atomic_numbers[k]` of species k; 0 < inner < outer, Å.
  Zbl(const std::vector<double>& atomic_numbers, double inner, double outer);

  std::string name() const override { return "zbl"; }
  double cutoff() const override { return outer_; }
  void compute(const ForceInput& in, Phase phase, const ForceOutput& out) override;

 private:
  double outer_;
  ZblTerm term_;
};

// The pair energy (eV) and its first two derivatives with respect to r, without the switching.
struct ZblEnergy {
  double e, de, d2e;
};
ZblEnergy zbl_unswitched(double z_i, double z_j, double r);

std::unique_ptr<Potential> make_zbl(const ConfigNode& term, const std::vector<Species>& species);

}  // namespace splicemd::md
