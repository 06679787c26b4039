// Construction and checks of the simulation cell.
#include "md/box.hpp"

#include <cmath>

#include "base/error.hpp"

namespace splicemd::md {

void Box::set_vectors(const double rows[3][3]) {
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k < 3; ++k) h[i][k] = rows[i][k];
  }
  const double inverse_volume = 1.0 / volume();
  for (int i = 0; i < 3; ++i) {
    // Column i of hinv is the reciprocal vector of axis i: (h_j × h_k) / V.
    const double* u = h[(i + 1) % 3];
    const double* w = h[(i + 2) % 3];
    hinv[0][i] = (u[1] * w[2] - u[2] * w[1]) * inverse_volume;
    hinv[1][i] = (u[2] * w[0] - u[0] * w[2]) * inverse_volume;
    hinv[2][i] = (u[0] * w[1] - u[1] * w[0]) * inverse_volume;
  }
}

Box Box::from_vectors(const std::array<std::array<double, 3>, 3>& rows,
                      const std::array<double, 3>& corner, const std::array<bool, 3>& boundaries) {
  Box box;
  double vectors[3][3];
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k < 3; ++k) {
      vectors[i][k] = rows[i][k];
      require(std::isfinite(rows[i][k]), "the box has a component that is not a finite number");
    }
    box.origin[i] = corner[i];
    box.periodic[i] = boundaries[i];
  }
  box.set_vectors(vectors);
  const double volume = box.volume();
  require(std::isfinite(volume) && volume > 0.0,
          "the box vectors must be right-handed with a positive volume (a · b × c = {:.6g} Å³)",
          volume);
  return box;
}

Box Box::restricted(const std::array<double, 3>& lo, const std::array<double, 3>& hi, double xy,
                    double xz, double yz, const std::array<bool, 3>& boundaries) {
  for (int k = 0; k < 3; ++k) {
    require(hi[k] > lo[k], "the box has no extent along {}: lo = {}, hi = {}", "xyz"[k], lo[k],
            hi[k]);
  }
  return from_vectors({{{hi[0] - lo[0], 0, 0}, {xy, hi[1] - lo[1], 0}, {xz, yz, hi[2] - lo[2]}}},
                      lo, boundaries);
}

bool Box::is_restricted() const { return h[0][1] == 0.0 && h[0][2] == 0.0 && h[1][2] == 0.0; }

double Box::face_distance(int k) const {
  return 1.0 /
         std::sqrt(hinv[0][k] * hinv[0][k] + hinv[1][k] * hinv[1][k] + hinv[2][k] * hinv[2][k]);
}

}  // namespace splicemd::md
