// The Kokkos execution and memory spaces every kernel of SpliceMD runs in, and the View types over them.
#pragma once

#include <Kokkos_Core.hpp>

#include <string>

namespace splicemd {

#if defined(SPLICEMD_EXECUTION_SERIAL)
using ExecSpace = Kokkos::Serial;
#else
using ExecSpace = Kokkos::DefaultExecutionSpace;
#endif
using MemSpace = ExecSpace::memory_space;

// True where kernels run on the host's cores, so that device Views can be read directly.
inline constexpr bool kHostExecution =
    Kokkos::SpaceAccessibility<Kokkos::HostSpace, MemSpace>::accessible;

// All Views are row-major on every backend: a row is one atom (or one pair), gathered as a unit.
template <class T>
using DeviceView = Kokkos::View<T, Kokkos::LayoutRight, MemSpace>;
template <class T>
using HostView = Kokkos::View<T, Kokkos::LayoutRight, Kokkos::HostSpace>;

// A range policy on the explicit execution space `space`.
using RangePolicy = Kokkos::RangePolicy<ExecSpace>;

// Grows `view` (one run-time extent) so that it has at least `n` rows, with slack; its content is lost.
template <class T>
void grow(DeviceView<T>& view, size_t n) {
  if (view.extent(0) >= n) return;
  const std::string label = view.label();
  view = DeviceView<T>();  // frees first: the old content is not needed
  view = DeviceView<T>(Kokkos::view_alloc(label, Kokkos::WithoutInitializing), n + n / 8 + 16);
}

// As grow(), but keeps the first rows.
template <class T>
void grow_keep(DeviceView<T>& view, size_t n) {
  if (view.extent(0) < n) Kokkos::resize(view, n + n / 8 + 16);
}

}  // namespace splicemd
