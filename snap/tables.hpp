// Builds the index tables and coefficients of the SNAP kernels from the parameters.
#pragma once

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
  std::vector<CouplingPair> pairs;
  std::vector<Coupling> couplings;
  std::vector<double> cg;
  std::vector<CouplingJob> jobs;
  std::vector<BetaTerm> beta_terms;
  std::vector<int> b_index;
  std::vector<double> b_norm;
  std::vector<int> cell_jobs, cell_first;
  std::vector<double> energy0, betas, beta, alpha, b_zero;
  std::vector<double> cutsq, kappa, inner_centre, inner_inverse, weight;
  SnapTables view{};  // points into the vectors above

  explicit TableStorage(const Parameters& parameters);
  TableStorage(const TableStorage&) = delete;
  TableStorage& operator=(const TableStorage&) = delete;

 private:
  void build_cells(int twojmax);
  void build_couplings(int twojmax);
  void build_betas(const Parameters& parameters);
  void build_elements(const Parameters& parameters);
  void build_cell_order();
  std::vector<int> chain_first_;  // per block pair, see build_cells
};

}  // namespace splicemd::snap
