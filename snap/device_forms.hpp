// Coupling forms by owner: each cell of Y (or component of B) is added to by one thread alone, so that the
// coupling needs no atomics on a GPU.
#pragma once

#include <vector>

#include "snap/tables.hpp"

namespace splicemd::snap {

// Consecutive forms of one shape whose Z goes to the same entries: added up in registers.
struct FormRun {
  int first, last;  // range of forms
  int n_j;
  int half;  // both operands are the same u
};

// What one thread computes by itself: all forms of a cell of Y, or all of one target of B.
struct FormOwner {
  int first, last;        // range of runs
  int zero_first, zeros;  // entries to clear: of the chain, or of SnapTables::b_index
};

// Owners shared among the threads of a tile so that all have about the same work.
struct FormShares {
  std::vector<int> first;   // (threads + 1) ranges of `owners`
  std::vector<int> owners;  // (number of owners)
};

struct OwnedForms {
  std::vector<CouplingForm> forms;
  std::vector<FormRun> runs;
  std::vector<FormOwner> owners;
  std::vector<double> work;  // (number of owners) multiply-adds

  FormShares share(int threads) const;
};

// Forms of tables.adjoint by cell.
OwnedForms forms_by_cell(const TableStorage& tables);
// Forms of tables.bispectrum by target.
OwnedForms forms_by_target(const TableStorage& tables);

}  // namespace splicemd::snap
