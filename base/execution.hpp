// The Kokkos execution and memory spaces every kernel of SpliceMD runs in, the View types over them, and the loops
// over rows that run in every step.
#pragma once

#include <Kokkos_Core.hpp>

#include <string>
#include <tuple>

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

// A range policy on the execution space of all kernels.
using RangePolicy = Kokkos::RangePolicy<ExecSpace>;

// True where kernels run on one thread of the host.
inline bool one_host_thread() {
  if constexpr (kHostExecution) {
    static const bool one = ExecSpace().concurrency() == 1;
    return one;
  } else {
    return false;
  }
}

// body(i) for i in [0, n): Kokkos::parallel_for for loops that run in every step. On one host thread it is a plain
// loop: a launch costs as much as some hundred atoms there, since every OpenMP region ends in a system call, even with
// one thread.
template <class Body>
void for_rows(const char* label, int n, const Body& body) {
  if (one_host_thread()) {
    for (int i = 0; i < n; ++i) body(i);
  } else {
    Kokkos::parallel_for(label, RangePolicy(0, n), body);
  }
}

// body(i, partial...) in the same way; each result is a reducer (Kokkos::Sum, Kokkos::Max, …) around what receives it.
template <class Body, class... Reducers>
void reduce_rows(const char* label, int n, const Body& body, const Reducers&... results) {
  if (one_host_thread()) {
    std::tuple<typename Reducers::value_type...> partials;
    std::apply(
        [&](auto&... partial) {
          (results.init(partial), ...);
          for (int i = 0; i < n; ++i) body(i, partial...);
          ((results.reference() = partial), ...);
        },
        partials);
  } else {
    Kokkos::parallel_reduce(label, RangePolicy(0, n), body, results...);
  }
}

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
