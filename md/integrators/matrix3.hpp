// Small dense 3×3 algebra for the motion of the cell.
#pragma once

namespace splicemd::md {

struct Matrix3 {
  double m[3][3] = {{0, 0, 0}, {0, 0, 0}, {0, 0, 0}};

  static Matrix3 identity() { return {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}; }
  double trace() const { return m[0][0] + m[1][1] + m[2][2]; }
  Matrix3 transposed() const;
  // The largest |component|.
  double largest() const;
};

Matrix3 operator*(const Matrix3& a, const Matrix3& b);
Matrix3 operator*(double factor, const Matrix3& a);
Matrix3 operator+(const Matrix3& a, const Matrix3& b);
// Σ a_ij b_ij.
double contract(const Matrix3& a, const Matrix3& b);

// exp(A) and φ(A) = ∫₀¹ exp(A s) ds = Σ Aᵏ/(k+1)!, to rounding.
struct Exponential {
  Matrix3 exp, phi;
};
Exponential exponential(const Matrix3& a);

}  // namespace splicemd::md
