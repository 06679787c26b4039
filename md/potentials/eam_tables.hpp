// EAM tables as the kernels read them: piecewise cubic Hermite polynomials on uniform knots.
//
//   E = Σ_i F_ti(ρ_i) + ½ Σ_i Σ_j φ_titj(r_ij),   ρ_i = Σ_j ρ_tj→ti(r_ij),   φ = z(r)/r.
//
// Between knots m and m+1 with p ∈ [0, 1]: f = ((a·p + b)·p + c)·p + d. Slopes at the knots:
// s_m = [f_{m−2} − f_{m+2} + 8(f_{m+1} − f_{m−1})]/12, central differences one knot from the ends, one-sided
// ones at the ends. Source of the method: Daw & Baskes, Phys. Rev. B 29 (1984) 6443; of the
// interpolation: LAMMPS documentation, `pair_style eam`.
#pragma once

#include <string>
#include <vector>

#include "base/execution.hpp"
#include "md/potentials/eam_file.hpp"

namespace splicemd::md {

// The coefficients d, c, b, a … of one interval of the density and of r·φ: one cache line.
inline constexpr int kPairRow = 8;       // rho: a b c d, z: a b c d
inline constexpr int kEmbeddingRow = 4;  // a b c d

// What kernels capture. Pair tables are indexed by donor·n_species + site: `rho` is the density the
// donor makes at the site, z is symmetric.
struct EamTables {
  int n_species = 0;
  int n_r = 0, n_rho = 0;  // knots
  double inv_dr = 0.0, inv_drho = 0.0;
  double cutoff_sq = 0.0;                                // Å²
  double rho_max = 0.0;                                  // F is continued linearly above it
  DeviceView<const double** [kPairRow]> pair;            // (n_species², n_r) eV·Å and densities
  DeviceView<const double** [kEmbeddingRow]> embedding;  // (n_species, n_rho) eV

  // The interval of `x` (in units of the spacing) among `knots` knots, and the position p inside it.
  KOKKOS_INLINE_FUNCTION static int interval(double x, int knots, double& p) {
    int m = static_cast<int>(x);
    m = m < 0 ? 0 : (m > knots - 2 ? knots - 2 : m);
    p = x - m;
    p = p < 1.0 ? p : 1.0;
    return m;
  }
  KOKKOS_INLINE_FUNCTION static double value(const double* c, double p) {
    return ((c[0] * p + c[1]) * p + c[2]) * p + c[3];
  }
  KOKKOS_INLINE_FUNCTION static double slope(const double* c, double p) {  // per spacing
    return (3.0 * c[0] * p + 2.0 * c[1]) * p + c[2];
  }

  // F(ρ) in eV and F′(ρ).
  KOKKOS_INLINE_FUNCTION double embed(int species, double rho, double& derivative) const {
    double p;
    const int m = interval(rho * inv_drho, n_rho, p);
    const double* c = &embedding(species, m, 0);
    derivative = slope(c, p) * inv_drho;
    const double excess = rho > rho_max ? rho - rho_max : 0.0;
    return value(c, p) + derivative * excess;
  }
};

// Largest number of bytes the tables of a potential may take.
inline constexpr double kMaxTableBytes = 8e9;

// Tables for the species `names[k]` of `file`, in that order. Throws InputError for a name the file
// does not have.
EamTables make_eam_tables(const EamFile& file, const std::vector<std::string>& names);

// The rows [a, b, c, d] of each interval of `f`; the last row is the constant f.back().
std::vector<double> hermite_rows(const std::vector<double>& f);

}  // namespace splicemd::md
