// Coupling coefficients by Racah's sum.
#include "snap/coupling.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace splicemd::snap {

long double factorial(int n) {
  long double value = 1.0L;
  for (int k = 2; k <= n; ++k) value *= k;
  return value;
}

long double binomial(int n, int k) {
  if (k < 0 || k > n) return 0.0L;
  long double value = 1.0L;
  for (int i = 1; i <= k; ++i) value = value * (n - k + i) / i;
  return std::round(value);
}

double coupling(int j1, int m1, int j2, int m2, int j) {
  const int m = m1 + m2;
  if (std::abs(m1) > j1 || std::abs(m2) > j2 || std::abs(m) > j) return 0.0;
  if ((j1 + m1) % 2 != 0 || (j2 + m2) % 2 != 0 || (j1 + j2 + j) % 2 != 0) return 0.0;
  if (j > j1 + j2 || j < std::abs(j1 - j2)) return 0.0;
  const int first = std::max({0, -(j - j2 + m1) / 2, -(j - j1 - m2) / 2});
  const int last = std::min({(j1 + j2 - j) / 2, (j1 - m1) / 2, (j2 + m2) / 2});
  long double sum = 0.0L;
  for (int z = first; z <= last; ++z) {
    const long double term = factorial(z) * factorial((j1 + j2 - j) / 2 - z) *
                             factorial((j1 - m1) / 2 - z) * factorial((j2 + m2) / 2 - z) *
                             factorial((j - j2 + m1) / 2 + z) * factorial((j - j1 - m2) / 2 + z);
    sum += (z % 2 == 0 ? 1.0L : -1.0L) / term;
  }
  const long double triangle = factorial((j1 + j2 - j) / 2) * factorial((j1 - j2 + j) / 2) *
                               factorial((j2 - j1 + j) / 2) / factorial((j1 + j2 + j) / 2 + 1);
  const long double norm = factorial((j1 + m1) / 2) * factorial((j1 - m1) / 2) *
                           factorial((j2 + m2) / 2) * factorial((j2 - m2) / 2) *
                           factorial((j + m) / 2) * factorial((j - m) / 2) * (j + 1);
  return static_cast<double>(std::sqrt(triangle) * std::sqrt(norm) * sum);
}

}  // namespace splicemd::snap
