// The tables of the SNAP kernels in the memory of the execution space.
#pragma once

#include <vector>

#include "base/execution.hpp"
#include "snap/device_forms.hpp"

namespace splicemd::snap {

// Threads of a tile the forms can be shared among: a team, twice and four times as many (small systems).
inline constexpr int kSpreads = 3;

// OwnedForms and their shares as plain pointers.
struct DeviceForms {
  const CouplingForm* forms;
  const FormRun* runs;
  const FormOwner* owners;
  const int* share_first[kSpreads];   // (team·2^spread + 1)
  const int* share_owners[kSpreads];  // (number of owners)
};

// Real is double, or float for mixed precision. `team`: rows of threads of a team that couples.
template <class Real>
class DeviceTables {
 public:
  DeviceTables(const TableStorage& tables, const std::vector<int>& type_to_element, int team);
  DeviceTables(const DeviceTables&) = delete;
  DeviceTables& operator=(const DeviceTables&) = delete;

  BasicTables<Real> view{};  // adjoint and bispectrum are empty: see below
  const double* energy0;     // (n_elements) eV
  const int* element;        // type → element
  DeviceForms adjoint, bispectrum;
  const int* beta_first;  // (n_beta + 1) range in view.beta_terms of each entry of betas

 private:
  template <class T>
  const T* put(const std::vector<T>& values);
  const Real* put_reals(const std::vector<double>& values);
  DeviceForms put_forms(const OwnedForms& forms, int team);
  std::vector<DeviceView<char*>> memory_;
};

}  // namespace splicemd::snap
