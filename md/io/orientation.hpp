// The rotation between a box in any orientation and LAMMPS's restricted form: a along +x, b in the xy plane.
#pragma once

#include <array>
#include <vector>

#include "md/box.hpp"

namespace splicemd::md {

// `box` has the same lengths, angles, origin and boundaries as the original in restricted form.
// A point p of the original is at box.origin + rotation·(p − origin); a vector v is rotation·v.
struct RestrictedFrame {
  Box box;
  double rotation[3][3];
  bool identity =
      false;  // the original was restricted already: nothing is rotated, not even rounded

  std::array<double, 3> vector(const double v[3]) const;
  std::array<double, 3> point(const double p[3]) const;
};

RestrictedFrame restricted_frame(const Box& box);

// The box, stretched along open axes where atoms at `points` (Å) lie outside so that it encloses them with 0.5 Å to
// spare: LAMMPS refuses files with atoms outside.
Box enclosing_box(const Box& box, const std::vector<std::array<double, 3>>& points);

}  // namespace splicemd::md
