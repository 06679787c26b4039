// SNAP straight from its equations: slow, clear, host only; what the fast kernels are tested against.
//
// Thompson et al., J. Comput. Phys. 285 (2015) 316 (equations numbered as there);
// quadratic: Wood & Thompson, J. Chem. Phys. 148 (2018) 241721; several densities (chemflag):
// Cusentino et al., J. Phys. Chem. A 124 (2020) 5456. Angular momenta are doubled: j = 0 … twojmax.
//
// | equation                                    | here                                     |
// |---------------------------------------------|------------------------------------------|
// | θ0 = rfac0 π (r − rmin0)/(rcut − rmin0)      | theta0                                   |
// | a = cosθ0 − i sinθ0 z/r, b = sinθ0 (y − ix)/r | a, b: the point on the 3-sphere          |
// | u_j(m,m′), eq. 9 by recursion                | u[j][mb][ma], mb, ma = 0 … j             |
// | U = self + Σ w f_c u, eq. 8                  | density[channel]                         |
// | B = U*_j · (U_j1 ⊗ U_j2), eq. 12             | bispectrum, order e1, e2, e3, (j1,j2,j)  |
// | E = β_0 + β·B + ½ BᵀαB                       | energy                                   |
#pragma once

#include <array>
#include <complex>
#include <vector>

#include "snap/parameters.hpp"

namespace splicemd::snap {

// A neighbour inside the cutoff or not (the reference checks).
struct ReferenceNeighbour {
  std::array<double, 3> r;  // r_j − r_i, Å
  int element = 0;          // index into Parameters::elements
};

struct ReferenceAtom {
  double energy = 0.0;             // eV
  std::vector<double> bispectrum;  // linear_count values, less the isolated atom's if bzeroflag
  std::vector<std::array<double, 3>> gradient;  // dE_i/dr_j for each neighbour, eV/Å
};

class Reference {
 public:
  explicit Reference(const Parameters& parameters);
  // Energy of one atom and its derivatives with respect to the positions of its neighbours.
  ReferenceAtom compute(int element, const std::vector<ReferenceNeighbour>& neighbours) const;

 private:
  using Complex = std::complex<double>;
  using Matrices = std::vector<Complex>;  // all u_j, j = 0 … twojmax, row-major, one after another
  struct Triple {
    int j1, j2, j;
  };
  struct Expansion {
    Matrices u;
    std::array<Matrices, 3> du;  // derivatives with respect to r_j
  };

  std::size_t index(int j, int mb, int ma) const;
  Expansion expand(int element, const ReferenceNeighbour& neighbour) const;
  // Adds `scale` times the derivatives of B(e1, e2, e3; triple) to `gradient`; returns B.
  double component(const Triple& triple, const Matrices& u1, const Matrices& u2, const Matrices& u3,
                   double scale, Matrices* g1, Matrices* g2, Matrices* g3) const;
  std::vector<double> effective_beta(int element, const std::vector<double>& b,
                                     double* energy) const;

  Parameters parameters_;
  std::vector<std::size_t> offset_;
  std::vector<Triple> triples_;
  std::size_t size_ = 0;
};

}  // namespace splicemd::snap
