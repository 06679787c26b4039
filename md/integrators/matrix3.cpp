// 3×3 products and the matrix exponential.
#include "md/integrators/matrix3.hpp"

#include <algorithm>
#include <cmath>

namespace splicemd::md {

Matrix3 Matrix3::transposed() const {
  Matrix3 out;
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k < 3; ++k) out.m[i][k] = m[k][i];
  }
  return out;
}

double Matrix3::largest() const {
  double most = 0.0;
  for (const auto& row : m) {
    for (const double value : row) most = std::max(most, std::abs(value));
  }
  return most;
}

Matrix3 operator*(const Matrix3& a, const Matrix3& b) {
  Matrix3 out;
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k < 3; ++k) {
      for (int j = 0; j < 3; ++j) out.m[i][k] += a.m[i][j] * b.m[j][k];
    }
  }
  return out;
}

Matrix3 operator*(double factor, const Matrix3& a) {
  Matrix3 out;
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k < 3; ++k) out.m[i][k] = factor * a.m[i][k];
  }
  return out;
}

Matrix3 operator+(const Matrix3& a, const Matrix3& b) {
  Matrix3 out;
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k < 3; ++k) out.m[i][k] = a.m[i][k] + b.m[i][k];
  }
  return out;
}

double contract(const Matrix3& a, const Matrix3& b) {
  double sum = 0.0;
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k < 3; ++k) sum += a.m[i][k] * b.m[i][k];
  }
  return sum;
}

Exponential exponential(const Matrix3& a) {
  // Scaling and squaring around a Taylor series that has converged to rounding for |A| ≤ 1/2.
  int halvings = 0;
  double size = 3.0 * a.largest();
  while (size > 0.5 && halvings < 60) {
    size *= 0.5;
    ++halvings;
  }
  const Matrix3 small = std::ldexp(1.0, -halvings) * a;
  Exponential out{Matrix3::identity(), Matrix3::identity()};
  Matrix3 term = Matrix3::identity();
  for (int k = 1; k <= 15; ++k) {
    term = (1.0 / k) * (term * small);
    out.exp = out.exp + term;
    out.phi = out.phi + (1.0 / (k + 1)) * term;
  }
  for (; halvings > 0; --halvings) {
    out.phi = 0.5 * ((Matrix3::identity() + out.exp) * out.phi);
    out.exp = out.exp * out.exp;
  }
  return out;
}

}  // namespace splicemd::md
