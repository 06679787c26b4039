// The triad kernel and its clock.
#include "bench/memory_bandwidth.hpp"

#include <algorithm>

#include "base/execution.hpp"

namespace splicemd::bench {

double triad_bandwidth_gbs() {
  constexpr int kElements = 1 << 23;  // 64 MiB per array
  constexpr int kPasses = 5;
  const DeviceView<double*> a("bench::a", kElements), b("bench::b", kElements),
      c("bench::c", kElements);
  double best = 0.0;
  for (int pass = 0; pass < kPasses; ++pass) {
    const Kokkos::Timer timer;
    Kokkos::parallel_for(
        "bench::triad", RangePolicy(0, kElements),
        KOKKOS_LAMBDA(const int i) { a(i) = b(i) + 1.5 * c(i); });
    ExecSpace().fence();
    best = std::max(best, 24e-9 * kElements / timer.seconds());
  }
  return best;
}

}  // namespace splicemd::bench
