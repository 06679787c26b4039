// Copies the tables of the SNAP kernels to the execution space.
#include "snap/device_tables.hpp"

namespace splicemd::snap {

template <class Real>
template <class T>
const T* DeviceTables<Real>::put(const std::vector<T>& values) {
  const std::size_t bytes = values.size() * sizeof(T);
  DeviceView<char*> copy(Kokkos::view_alloc("snap::tables", Kokkos::WithoutInitializing), bytes);
  using Source = Kokkos::View<const char*, Kokkos::LayoutRight, Kokkos::HostSpace,
                              Kokkos::MemoryTraits<Kokkos::Unmanaged>>;
  if (bytes > 0) {
    Kokkos::deep_copy(copy, Source(reinterpret_cast<const char*>(values.data()), bytes));
  }
  memory_.push_back(copy);
  return reinterpret_cast<const T*>(copy.data());
}

template <class Real>
const Real* DeviceTables<Real>::put_reals(const std::vector<double>& values) {
  return put(std::vector<Real>(values.begin(), values.end()));
}

template <class Real>
DeviceForms DeviceTables<Real>::put_forms(const OwnedForms& forms, int team) {
  DeviceForms out{};
  out.forms = put(forms.forms);
  out.runs = put(forms.runs);
  out.owners = put(forms.owners);
  for (int spread = 0; spread < kSpreads; ++spread) {
    const FormShares shares = forms.share(team << spread);
    out.share_first[spread] = put(shares.first);
    out.share_owners[spread] = put(shares.owners);
  }
  return out;
}

template <class Real>
DeviceTables<Real>::DeviceTables(const TableStorage& tables,
                                 const std::vector<int>& type_to_element, int team) {
  const SnapTables& host = tables.view;
  static_cast<TableSizes&>(view) = host;
  view.rmin0 = static_cast<Real>(host.rmin0);
  view.rfac0 = static_cast<Real>(host.rfac0);

  view.blocks = put(tables.blocks);
  view.u_index = put(tables.u_index);
  view.u_mirror = put(tables.u_mirror);
  view.beta_terms = put(tables.beta_terms);
  view.b_index = put(tables.b_index);
  view.chain = put_reals(tables.chain);
  view.u_sign = put_reals(tables.u_sign);
  view.cg = put_reals(tables.cg);
  view.b_norm = put_reals(tables.b_norm);
  view.energy0 = put_reals(tables.energy0);
  view.betas = put_reals(tables.betas);
  view.beta = put_reals(tables.beta);
  view.alpha = put_reals(tables.alpha);
  view.b_zero = put_reals(tables.b_zero);
  view.cutsq = put_reals(tables.cutsq);
  view.kappa = put_reals(tables.kappa);
  view.inner_centre = put_reals(tables.inner_centre);
  view.inner_inverse = put_reals(tables.inner_inverse);
  view.weight = put_reals(tables.weight);

  energy0 = put(tables.energy0);
  element = put(type_to_element);
  adjoint = put_forms(forms_by_cell(tables), team);
  bispectrum = put_forms(forms_by_target(tables), team);
  // Terms are sorted by target.
  std::vector<int> first(static_cast<std::size_t>(host.n_beta) + 1, 0);
  for (const BetaTerm& term : tables.beta_terms) ++first[static_cast<std::size_t>(term.target) + 1];
  for (std::size_t n = 1; n < first.size(); ++n) first[n] += first[n - 1];
  beta_first = put(first);
}

template class DeviceTables<double>;
template class DeviceTables<float>;

}  // namespace splicemd::snap
