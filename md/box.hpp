// The simulation cell: a general triclinic box with periodic or open axes.
#pragma once

#include <Kokkos_Core.hpp>

#include <array>

namespace splicemd::md {

// Cell vectors a, b, c are the rows of `h` (Å), in any orientation with det(h) > 0.
// A point is x = origin + s0·a + s1·b + s2·c; `hinv` satisfies s = (x − origin)·hinv.
// Along a periodic axis owned atoms are kept in 0 ≤ s < 1 at neighbour rebuilds; along an open axis
// atoms may lie anywhere and have no images.
struct Box {
  double origin[3] = {0, 0, 0};                           // Å
  double h[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};     // rows a, b, c; Å
  double hinv[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};  // 1/Å
  bool periodic[3] = {true, true, true};

  // Throws InputError unless the vectors are finite and right-handed with a positive volume.
  static Box from_vectors(const std::array<std::array<double, 3>, 3>& rows,
                          const std::array<double, 3>& corner,
                          const std::array<bool, 3>& boundaries);
  // LAMMPS's restricted form: a = (lx,0,0), b = (xy,ly,0), c = (xz,yz,lz).
  static Box restricted(const std::array<double, 3>& lo, const std::array<double, 3>& hi, double xy,
                        double xz, double yz, const std::array<bool, 3>& boundaries);

  // Replaces the cell vectors (same origin and boundaries) and recomputes hinv.
  void set_vectors(const double rows[3][3]);
  // True if a ∥ x and b ⟂ z, so that LAMMPS formats can hold the box without rotating it.
  bool is_restricted() const;

  KOKKOS_INLINE_FUNCTION void to_fractional(const double x[3], double s[3]) const {
    const double d0 = x[0] - origin[0], d1 = x[1] - origin[1], d2 = x[2] - origin[2];
    for (int k = 0; k < 3; ++k) s[k] = d0 * hinv[0][k] + d1 * hinv[1][k] + d2 * hinv[2][k];
  }
  KOKKOS_INLINE_FUNCTION void to_cartesian(const double s[3], double x[3]) const {
    for (int k = 0; k < 3; ++k) x[k] = origin[k] + s[0] * h[0][k] + s[1] * h[1][k] + s[2] * h[2][k];
  }
  // n0·a + n1·b + n2·c.
  KOKKOS_INLINE_FUNCTION void lattice_vector(double n0, double n1, double n2, double out[3]) const {
    for (int k = 0; k < 3; ++k) out[k] = n0 * h[0][k] + n1 * h[1][k] + n2 * h[2][k];
  }
  KOKKOS_INLINE_FUNCTION double volume() const {  // Å³
    return h[0][0] * (h[1][1] * h[2][2] - h[1][2] * h[2][1]) -
           h[0][1] * (h[1][0] * h[2][2] - h[1][2] * h[2][0]) +
           h[0][2] * (h[1][0] * h[2][1] - h[1][1] * h[2][0]);
  }
  // Distance between the two faces normal to axis `k`'s reciprocal vector (Å): 1/|column k of hinv|.
  double face_distance(int k) const;
};

}  // namespace splicemd::md
