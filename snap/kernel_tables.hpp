// Plain structs the SNAP kernels read: index tables and coefficients by raw pointer, so that kernels
// built for one instruction set (or a GPU) include nothing else. Filled by snap/tables.cpp.
//
// All angular momenta are doubled. Notation of the kernels:
//   S³ point      a = cosθ − i sinθ ẑ, b = sinθ (ŷ − i x̂), t = |a|² − |b|²
//   cell (p, q)   u_j(mb, ma) with p = ma + mb − j, q = mb − ma carries the phase a^p b^q (powers of a*
//                 or b* for negative exponents), so u_j = a^p b^q · polynomial(t): all j of a cell,
//                 j = |p|+|q|, |p|+|q|+2, … 2J, form its chain.
//   half space    p > 0, or p = 0 and q ≥ 0; u_j(j−mb, j−ma) = (−1)^q conj u_j(mb, ma) gives the rest.
#pragma once

namespace splicemd::snap {

// Cells (p, Q) and (p, −Q) together: real monomials {Re a^p, Im a^p} × {Re b^Q, Im b^Q} × T_k(t),
// k = 0 … k_max, T_k Chebyshev. Their real coefficients start at `poly`, k slowest.
struct PolyBlock {
  int p, q;
  int k_max;
  int n_real;       // monomials per k: 4, or 2 if p or Q is 0, or 1
  int poly;         // first coefficient
  int plus, minus;  // first chain entries of cells (p, Q) and (p, −Q); minus < 0 if there is none
  int to_plus, to_minus;  // (k_max+1)² matrices in PolyTables::chain: u_{chain n} = Σ_k C[n][k] T_k
};

// One bilinear form: the coupling of u_{j1} of one density and u_{j2} of another to one cell, for n_j values
// of j at once, from the largest down.
//   Z^j = Σ_b cg_b[b][j] Σ_a cg_a[a][j] U[x + b·dx + a] U[y − b·dy − a]
struct CouplingForm {
  int x, y;  // complex index into the full U of all densities
  // Into SnapTables::cg: (nb, n_j), doubled if half of the sum stands for all; (na, n_j).
  int cg_b, cg_a;
  int out;  // chain entry of the largest j; smaller ones are out − 1, out − 2, …
  // Where Z goes, for the largest j of density 0; other densities follow at steps of n_targets.
  // Adjoint: an entry of betas. Bispectrum: an entry of SnapTables::b_index.
  int target, n_targets;
  short dx, dy;  // j1 + 1, j2 + 1
  short nb, na;  // number of terms in the row and column sums
};

// Forms of one shape, so that all loops of a group have the same lengths.
struct CouplingGroup {
  int na, nb, n_j;
  int half;         // both operands are the same u: use the symmetry of the double sum
  int first, last;  // range of forms
};

// All forms of one purpose, sorted by shape.
struct CouplingList {
  const CouplingForm* forms;
  const CouplingGroup* groups;
  int n_groups;
};

// betas[target] += factor · (β + α B)[source]
struct BetaTerm {
  int target, source;
  double factor;
};

// What all precisions of the tables share.
struct TableSizes {
  int twojmax;
  int channels;  // densities per atom: number of elements with chemflag, else 1
  int n_elements;
  int n_u;      // complex numbers in all u_j
  int n_chain;  // complex numbers in all cells of the half space
  int n_poly;   // real polynomial coefficients
  int n_blocks, n_beta, n_beta_terms, n_bispectrum, n_equal;
  int switchflag, inner, quadratic, wselfall;
};

// Real is double, or float for mixed precision.
template <class Real>
struct BasicTables : TableSizes {
  const PolyBlock* blocks;
  const Real* chain;
  const int* u_index;       // (n_chain) place of a chain entry in the full U
  const int* u_mirror;      // (n_chain) place of its mirror image, −1 for (0, 0)
  const Real* u_sign;       // (n_chain) (−1)^q
  CouplingList adjoint;     // every form
  CouplingList bispectrum;  // those with j ≥ j1
  const Real* cg;
  const BetaTerm* beta_terms;
  const int* b_index;  // (n_equal, 2) component of B, and its equal with e1, e2 exchanged or −1
  const Real* b_norm;  // (n_bispectrum) 1 or 1/(j+1)

  // Per element.
  const Real* energy0;  // (n_elements) β_0 − Σ β B_isolated (linear), β_0 (quadratic)
  const Real* betas;    // (n_elements, n_beta) linear: what multiplies Z^j in Y
  const Real* beta;     // (n_elements, n_bispectrum)
  const Real* alpha;    // (n_elements, n_bispectrum, n_bispectrum) symmetric; quadratic only
  const Real* b_zero;   // (n_elements, n_bispectrum) bispectrum of the isolated atom if bzeroflag
  // Per pair of elements, (n_elements, n_elements): Å, Å².
  const Real* cutsq;
  const Real* kappa;          // π / (rcut − rmin0)
  const Real* inner_centre;   // Å
  const Real* inner_inverse;  // 1/Å, 1 / width
  const Real* weight;         // (n_elements)

  Real rmin0, rfac0;
};
using SnapTables = BasicTables<double>;
using MixedTables = BasicTables<float>;

// What one call computes. Atom arrays as in md/potential.hpp; row-major.
struct KernelInput {
  const SnapTables* tables;
  const MixedTables* mixed;  // what kernels of mixed precision read instead
  const double* x;           // (n_all, 3) Å
  const int* type;           // (n_all)
  const int* element;        // type → element of the potential
  const int* count;          // neighbours of each atom
  const int* neighbours;     // rows of `stride` entries
  long stride;
  const int* centres;  // atoms to compute, or null for 0 … n − 1
  int n_centres;
  int max_count;   // largest number of listed neighbours, or more
  double* f;       // (n_all, 3) added to
  double* energy;  // (n_local) added to, or null
  double* virial;  // (n_local, 6) added to, or null
};

}  // namespace splicemd::snap
