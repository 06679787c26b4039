// Cells of files made fit for a Box by vector algebra on their rows.
#include "md/io/file_cell.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "md/io/reader_text.hpp"

namespace splicemd::md {

namespace {

using Vector = std::array<double, 3>;

constexpr double kMargin = 10.0;  // Å around atoms along an axis without a vector

double dot(const Vector& a, const Vector& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

Vector cross(const Vector& a, const Vector& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

// Left as it is if it has no length: the volume then is zero, which Box reports.
Vector unit(Vector v) {
  const double length = std::sqrt(dot(v, v));
  for (double& component : v) component /= length > 0.0 ? length : 1.0;
  return v;
}

// A unit vector normal to `v`: of the Cartesian axis that is least along it.
Vector any_normal(const Vector& v) {
  const Vector along = unit(v);
  std::size_t axis = 1;
  for (const std::size_t other : {std::size_t{2}, std::size_t{0}}) {
    if (std::abs(along[other]) < std::abs(along[axis])) axis = other;
  }
  Vector normal{};
  normal[axis] = 1.0;
  for (std::size_t k = 0; k < 3; ++k) normal[k] -= along[axis] * along[k];
  return unit(normal);
}

}  // namespace

void FileCell::make_right_handed(const TextFile& file, std::size_t line) {
  if (!(dot(vectors[0], cross(vectors[1], vectors[2])) < 0.0)) return;
  std::swap(vectors[0], vectors[1]);
  std::swap(periodic[0], periodic[1]);
  exchanged = true;
  warn_at(
      file, line,
      "the cell vectors are left-handed: a and b are exchanged, which leaves the crystal as it is");
}

void FileCell::complete() {
  for (std::size_t k = 0; k < 3; ++k) without_vector[k] = vectors[k] == Vector{};
  const auto missing = std::count(without_vector.begin(), without_vector.end(), true);
  if (missing == 3) vectors = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  for (std::size_t k = 0; k < 3; ++k) {
    Vector& next = vectors[(k + 1) % 3];
    Vector& last = vectors[(k + 2) % 3];
    if (missing == 1 && without_vector[k]) vectors[k] = unit(cross(next, last));
    if (missing == 2 && !without_vector[k]) {
      next = any_normal(vectors[k]);
      last = unit(cross(vectors[k], next));
    }
  }
}

void enclose_atoms(Configuration& configuration, const std::array<bool, 3>& axes) {
  const Box old = configuration.box;
  std::array<Vector, 3> rows{};
  Vector corner{};
  for (std::size_t k = 0; k < 3; ++k) {
    double low = std::numeric_limits<double>::max();
    double high = -low;
    for (const AtomRecord& atom : configuration.atoms) {
      double s[3];
      old.to_fractional(atom.x, s);
      low = std::min(low, s[k] - kMargin);
      high = std::max(high, s[k] + kMargin);
    }
    if (!axes[k]) std::tie(low, high) = std::pair(0.0, 1.0);
    for (std::size_t m = 0; m < 3; ++m) {
      rows[k][m] = (high - low) * old.h[k][m];
      corner[m] += low * old.h[k][m];
    }
  }
  for (std::size_t m = 0; m < 3; ++m) corner[m] += old.origin[m];
  configuration.box =
      Box::from_vectors(rows, corner, {old.periodic[0], old.periodic[1], old.periodic[2]});
}

}  // namespace splicemd::md
