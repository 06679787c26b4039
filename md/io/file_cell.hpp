// From the cell vectors that a file gives to a Box: left-handed ones, and axes that have no vector.
#pragma once

#include <array>
#include <utility>

#include "base/parse.hpp"
#include "md/configuration.hpp"

namespace splicemd::md {

// The cell of a file while it is read. Å.
struct FileCell {
  std::array<std::array<double, 3>, 3> vectors{};  // a, b, c; zero: the axis has none
  std::array<double, 3> origin{};
  std::array<bool, 3> periodic{};
  std::array<bool, 3> without_vector{};  // these axes are open, and the box grows around the atoms
  bool exchanged =
      false;  // a and b changed places: image counts and fractional coordinates must too

  // Exchanges a and b if the vectors are left-handed, and says so: the same crystal, with c, along which
  // slabs lie open, in its place. `line` of `file` is where the vectors are.
  void make_right_handed(const TextFile& file, std::size_t line);
  // Gives axes whose vector is zero a unit vector normal to the others.
  void complete();
  // Throws InputError if the vectors span no volume.
  Box box() const { return Box::from_vectors(vectors, origin, periodic); }
  // The components that belong to a and b change places if the vectors did.
  template <class Triple>
  void reorder(Triple& along_axes) const {
    if (exchanged) std::swap(along_axes[0], along_axes[1]);
  }
};

// Lays the box around the atoms along the axes without a vector, with a margin of 10 Å on either side.
void enclose_atoms(Configuration& configuration, const std::array<bool, 3>& axes);

}  // namespace splicemd::md
