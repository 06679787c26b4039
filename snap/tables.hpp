// Builds the index tables and coefficients of the SNAP kernels from the parameters.
#pragma once

#include <compare>
#include <map>
#include <vector>

#include "snap/kernel_tables.hpp"
#include "snap/parameters.hpp"

namespace splicemd::snap {

// Owns what a SnapTables points to, on the host.
struct TableStorage {
  std::vector<PolyBlock> blocks;
  std::vector<double> chain;
  std::vector<int> u_index, u_mirror;
  std::vector<double> u_sign;
  std::vector<double> cg;
  struct FormList {
    std::vector<CouplingForm> forms;
    std::vector<CouplingGroup> groups;
    CouplingList view() const {
      return {forms.data(), groups.data(), static_cast<int>(groups.size())};
    }
  };
  FormList adjoint, bispectrum;
  std::vector<BetaTerm> beta_terms;
  std::vector<int> b_index;
  std::vector<double> b_norm;
  std::vector<double> energy0, betas, beta, alpha, b_zero;
  std::vector<double> cutsq, kappa, inner_centre, inner_inverse, weight;
  SnapTables view{};  // points into the vectors above

  explicit TableStorage(const Parameters& parameters);
  TableStorage(const TableStorage&) = delete;
  TableStorage& operator=(const TableStorage&) = delete;

 private:
  // Momenta j1 ≥ j2 and the j they couple to: jmax, jmax − 2, …
  struct Pair {
    int j1, j2;
    int jmax;
    int n_j;          // number of j
    int n_b;          // number of j ≥ j1
    int first, last;  // range in cells_
  };
  // A pair of densities coupled at (j1, j2): e1 ≤ e2 where j1 = j2.
  struct Job {
    int pair;
    int e1, e2;
    bool half;  // both operands are the same
    int beta;   // first of channels·n_j entries of betas: [e3][j descending]
    int b;      // first of channels·n_b entries of b_index
  };
  // A pair coupled to one cell (mb, ma): what the forms of all its jobs share.
  struct CoupledCell {
    CouplingForm form;  // operands relative to their densities, coefficients in all_cg_
    int n_j, n_b;
    int stride_b, stride_a;  // of the coefficients: j along a row
  };
  void build_cells(int twojmax);
  void build_couplings(int twojmax);
  void build_betas(const Parameters& parameters);
  void build_elements(const Parameters& parameters);
  void build_forms();
  // Where coefficients lie in all_cg_, and which of them a form needs: n_j of each row, times a factor.
  struct CgBlock {
    int first, rows, stride, n_j, factor;
    auto operator<=>(const CgBlock&) const = default;
  };
  int pack_cg(const CgBlock& block);
  std::vector<double> all_cg_;  // per pair and projection: [m1][j descending]
  std::map<CgBlock, int> packed_cg_;
  std::vector<Pair> pairs_;
  std::vector<CoupledCell> coupled_cells_;
  std::vector<Job> jobs_;
  std::vector<int> chain_first_;  // per block pair, see build_cells
};

// The same tables in single precision, for kernels of mixed precision. Shares the indices of `tables`, which must
// outlive it.
struct MixedTableStorage {
  std::vector<float> chain, u_sign, cg, b_norm;
  std::vector<float> energy0, betas, beta, alpha, b_zero;
  std::vector<float> cutsq, kappa, inner_centre, inner_inverse, weight;
  MixedTables view{};

  explicit MixedTableStorage(const TableStorage& tables);
  MixedTableStorage(const MixedTableStorage&) = delete;
  MixedTableStorage& operator=(const MixedTableStorage&) = delete;
};

}  // namespace splicemd::snap
