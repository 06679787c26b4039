// Classes of components that are equal by exchange, and the spread of their coefficients.
#include "snap/exchange_symmetry.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "snap/coupling.hpp"

namespace splicemd::snap {

namespace {

// For every linear coefficient the number of its class of equal components.
std::vector<int> component_classes(const Parameters& parameters) {
  using Role = std::pair<int, int>;  // (j, element)
  std::map<std::array<Role, 3>, int> known;
  std::vector<int> classes;
  const int channels = parameters.channels();
  for (int e1 = 0; e1 < channels; ++e1) {
    for (int e2 = 0; e2 < channels; ++e2) {
      for (int e3 = 0; e3 < channels; ++e3) {
        for (int j1 = 0; j1 <= parameters.twojmax; ++j1) {
          for (int j2 = 0; j2 <= j1; ++j2) {
            const int last = largest_coupled(parameters.twojmax, j1, j2);
            for (int j = j1 - j2; j <= last; j += 2) {
              if (j < j1) continue;
              std::array<Role, 3> roles = {Role{j1, e1}, Role{j2, e2}, Role{j, e3}};
              std::sort(roles.begin(), roles.end());
              classes.push_back(known.emplace(roles, static_cast<int>(known.size())).first->second);
            }
          }
        }
      }
    }
  }
  return classes;
}

// The spread of `values` within classes, relative to nothing.
double spread(const std::vector<double>& values, const std::vector<int>& classes) {
  std::map<int, std::pair<double, double>> range;
  for (std::size_t k = 0; k < values.size(); ++k) {
    auto& [low, high] = range.emplace(classes[k], std::pair{values[k], values[k]}).first->second;
    low = std::min(low, values[k]);
    high = std::max(high, values[k]);
  }
  double largest = 0.0;
  for (const auto& [number, bounds] : range)
    largest = std::max(largest, bounds.second - bounds.first);
  return largest;
}

// Σ over each class of components of the symmetric matrix of quadratic coefficients: (row, class).
std::vector<std::vector<double>> class_sums(const Element& element,
                                            const std::vector<int>& classes) {
  const std::size_t n = classes.size();
  const int count = *std::max_element(classes.begin(), classes.end()) + 1;
  std::vector<std::vector<double>> sums(static_cast<std::size_t>(count),
                                        std::vector<double>(n, 0.0));
  std::size_t next = 1 + n;
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = a; b < n; ++b) {
      const double value = element.beta[next++];
      sums[static_cast<std::size_t>(classes[b])][a] += value;
      if (a != b) sums[static_cast<std::size_t>(classes[a])][b] += value;
      // ½·α_aa·B_a² has the derivative α_aa·B_a, like an off-diagonal term.
    }
  }
  return sums;
}

}  // namespace

double exchange_asymmetry(const Parameters& parameters) {
  if (!parameters.chemflag) return 0.0;
  const std::vector<int> classes = component_classes(parameters);
  double asymmetry = 0.0;
  for (const Element& element : parameters.elements) {
    double scale = 0.0;
    for (std::size_t k = 1; k < element.beta.size(); ++k)
      scale = std::max(scale, std::abs(element.beta[k]));
    if (scale == 0.0) continue;
    const std::vector<double> linear(
        element.beta.begin() + 1,
        element.beta.begin() + 1 + static_cast<std::ptrdiff_t>(classes.size()));
    asymmetry = std::max(asymmetry, spread(linear, classes) / scale);
    if (!parameters.quadraticflag) continue;
    for (const std::vector<double>& column : class_sums(element, classes)) {
      asymmetry = std::max(asymmetry, spread(column, classes) / scale);
    }
  }
  return asymmetry;
}

}  // namespace splicemd::snap
