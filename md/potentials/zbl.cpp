// ZBL repulsion: coefficients per pair of species and the pair term.
#include "md/potentials/zbl.hpp"

#include <cmath>

#include "base/error.hpp"
#include "md/potentials/species_map.hpp"

namespace splicemd::md {

namespace {

constexpr double kCoulomb = 14.399645;  // e²/4πε0, eV·Å (LAMMPS's metal units)
constexpr double kScreeningLength = 0.46850;
constexpr double kScreeningPower = 0.23;
constexpr double kStrength[4] = {0.02817, 0.28022, 0.50986, 0.18175};
constexpr double kDecay[4] = {0.20162, 0.40290, 0.94229, 3.19980};

ZblCoefficients unswitched(double z_i, double z_j) {
  ZblCoefficients result;
  const double inv_a =
      (std::pow(z_i, kScreeningPower) + std::pow(z_j, kScreeningPower)) / kScreeningLength;
  for (int k = 0; k < 4; ++k) {
    result.decay[k] = kDecay[k] * inv_a;
    result.strength[k] = kCoulomb * z_i * z_j * kStrength[k];
  }
  return result;
}

ZblCoefficients switched(double z_i, double z_j, double inner, double outer) {
  ZblCoefficients result = unswitched(z_i, z_j);
  const ZblEnergy at = zbl_unswitched(z_i, z_j, outer);
  const double t = outer - inner;
  result.a3 = (-3.0 * at.de + t * at.d2e) / (t * t) / 3.0;
  result.b4 = (2.0 * at.de - t * at.d2e) / (t * t * t) / 4.0;
  result.c = -at.e + t * at.de / 2.0 - t * t * at.d2e / 12.0;
  return result;
}

}  // namespace

ZblEnergy zbl_unswitched(double z_i, double z_j, double r) {
  const ZblCoefficients pair = unswitched(z_i, z_j);
  double s = 0.0, ds = 0.0, d2s = 0.0;
  for (int k = 0; k < 4; ++k) {
    const double part = pair.strength[k] * std::exp(-pair.decay[k] * r);
    s += part;
    ds -= pair.decay[k] * part;
    d2s += pair.decay[k] * pair.decay[k] * part;
  }
  return {s / r, (ds - s / r) / r, (d2s - 2.0 * ds / r + 2.0 * s / (r * r)) / r};
}

Zbl::Zbl(const std::vector<double>& atomic_numbers, double inner, double outer) : outer_(outer) {
  require(inner > 0.0 && outer > inner, "zbl: needs 0 < inner < outer, found {} and {} Å", inner,
          outer);
  const std::size_t n = atomic_numbers.size();
  DeviceView<ZblCoefficients**> pairs("zbl::pairs", n, n);
  const auto host = Kokkos::create_mirror_view(pairs);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j)
      host(i, j) = switched(atomic_numbers[i], atomic_numbers[j], inner, outer);
  }
  Kokkos::deep_copy(pairs, host);
  term_.inner = inner;
  term_.outer_sq = outer * outer;
  term_.pairs = pairs;
}

void Zbl::compute(const ForceInput& in, Phase phase, const ForceOutput& out) {
  add_pair_forces("md::zbl", term_, in, phase, out);
}

std::unique_ptr<Potential> make_zbl(const ConfigNode& term, const std::vector<Species>& species) {
  const double inner = term.at("inner").number(Dimension::length, 1e-3, 100.0);
  const double outer = term.at("outer").number(Dimension::length, 1e-3, 100.0);
  if (outer <= inner) term.at("outer").fail("must be larger than inner ({} Å)", inner);
  return std::make_unique<Zbl>(atomic_numbers_of(term, species), inner, outer);
}

}  // namespace splicemd::md
