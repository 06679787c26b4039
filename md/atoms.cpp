// Growth of the per-atom arrays.
#include "md/atoms.hpp"

namespace splicemd::md {

void Atoms::reserve(std::size_t n) {
  if (n <= capacity()) return;
  const std::size_t size = n + n / 10 + 64;
  Kokkos::resize(x, size);
  Kokkos::resize(v, size);
  Kokkos::resize(f, size);
  Kokkos::resize(type, size);
  Kokkos::resize(id, size);
  Kokkos::resize(image, size);
  Kokkos::resize(group, size);
  Kokkos::resize(energy, size);
  Kokkos::resize(virial, size);
}

}  // namespace splicemd::md
