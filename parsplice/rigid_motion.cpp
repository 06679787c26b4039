// Polar decomposition of bond vectors, and displacements in the frame of a system that moves as a whole.
#include "parsplice/rigid_motion.hpp"

#include <algorithm>
#include <cmath>

#include "md/system.hpp"

namespace splicemd::parsplice {
namespace {

// The cofactor matrix: det(a)·a⁻ᵀ.
Matrix3 cofactors(const Matrix3& a) {
  Matrix3 c{};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      const std::size_t i1 = (i + 1) % 3, i2 = (i + 2) % 3, j1 = (j + 1) % 3, j2 = (j + 2) % 3;
      c[i][j] = a[i1][j1] * a[i2][j2] - a[i1][j2] * a[i2][j1];
    }
  }
  return c;
}

// The orthogonal factor of the polar decomposition, by Newton's iteration Q ← (Q + Q⁻ᵀ)/2.
Matrix3 orthogonal_factor(Matrix3 q) {
  for (int iteration = 0; iteration < 60; ++iteration) {
    const Matrix3 c = cofactors(q);
    const double determinant = q[0][0] * c[0][0] + q[0][1] * c[0][1] + q[0][2] * c[0][2];
    if (std::abs(determinant) < 1e-12) return kUnitMatrix;  // flat or linear: no unique answer
    double change = 0.0;
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 3; ++j) {
        const double next = 0.5 * (q[i][j] + c[i][j] / determinant);
        change = std::max(change, std::abs(next - q[i][j]));
        q[i][j] = next;
      }
    }
    if (change < 1e-14) break;
  }
  return q;
}

}  // namespace

Matrix3 multiply(const Matrix3& a, const Matrix3& b) {
  Matrix3 c{};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      for (std::size_t k = 0; k < 3; ++k) c[i][j] += a[i][k] * b[k][j];
    }
  }
  return c;
}

Matrix3 transposed(const Matrix3& a) {
  Matrix3 t{};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) t[i][j] = a[j][i];
  }
  return t;
}

Vector3 rotated(const Matrix3& a, const Vector3& x) {
  Vector3 y{};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t k = 0; k < 3; ++k) y[i] += a[i][k] * x[k];
  }
  return y;
}

Vector3 difference(const Vector3& a, const Vector3& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}

double square(const Vector3& x) { return x[0] * x[0] + x[1] * x[1] + x[2] * x[2]; }

Vector3 nearest(const md::Box& box, const Vector3& d) {
  double n[3];
  for (int k = 0; k < 3; ++k) {
    const double s = d[0] * box.hinv[0][k] + d[1] * box.hinv[1][k] + d[2] * box.hinv[2][k];
    n[k] = box.periodic[k] ? std::round(s) : 0.0;
  }
  double shift[3];
  box.lattice_vector(n[0], n[1], n[2], shift);
  return {d[0] - shift[0], d[1] - shift[1], d[2] - shift[2]};
}

bool has_frozen(const AtomicConfiguration& atoms) {
  return std::any_of(atoms.group.begin(), atoms.group.end(),
                     [](std::uint32_t bits) { return (bits & md::kFrozenBit) != 0; });
}

void remove_drift(std::vector<Vector3>& displacement) {
  Vector3 mean{};
  for (const Vector3& d : displacement) {
    for (std::size_t c = 0; c < 3; ++c) mean[c] += d[c] / static_cast<double>(displacement.size());
  }
  for (Vector3& d : displacement) d = difference(d, mean);
}

Matrix3 bond_rotation(const AtomicConfiguration& reference, const std::vector<Vector3>& to,
                      double* residual) {
  constexpr double kReach2 = 16.0;  // Å²: first and second neighbours
  Matrix3 sum{};
  std::vector<std::pair<Vector3, Vector3>> bonds;
  for (std::size_t a = 0; a < to.size(); ++a) {
    for (std::size_t b = a + 1; b < to.size(); ++b) {
      const Vector3 before =
          nearest(reference.box, difference(reference.minimum[b], reference.minimum[a]));
      if (square(before) > kReach2) continue;
      const Vector3 after = nearest(reference.box, difference(to[b], to[a]));
      bonds.emplace_back(before, after);
      for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 3; ++j) sum[i][j] += after[i] * before[j];
      }
    }
  }
  if (bonds.empty()) return kUnitMatrix;
  for (auto& row : sum) {
    for (double& x : row) x /= static_cast<double>(bonds.size());
  }
  const Matrix3 q = orthogonal_factor(sum);
  double rest = 0.0;
  for (const auto& [before, after] : bonds) rest += square(difference(rotated(q, before), after));
  if (residual != nullptr) *residual = std::sqrt(rest / static_cast<double>(bonds.size()));
  return q;
}

std::vector<Vector3> displacements(const AtomicConfiguration& atoms,
                                   const std::vector<Vector3>& places,
                                   const std::vector<Vector3>& x) {
  const bool held = has_frozen(atoms);
  const bool* periodic = atoms.box.periodic;
  Matrix3 turn = kUnitMatrix;
  if (!held && !periodic[0] && !periodic[1] && !periodic[2]) {
    AtomicConfiguration reference;
    reference.box = atoms.box;
    reference.minimum = places;
    turn = bond_rotation(reference, x, nullptr);
  }
  // The system may have drifted by more than the box: what counts is how atoms moved against the first.
  std::vector<Vector3> moved(x.size());
  for (std::size_t k = 0; k < x.size(); ++k) moved[k] = difference(x[k], rotated(turn, places[k]));
  const Vector3 drift = held || moved.empty() ? Vector3{} : moved.front();
  for (Vector3& d : moved) d = nearest(atoms.box, difference(d, drift));
  if (!held) remove_drift(moved);
  return moved;
}

}  // namespace splicemd::parsplice
