// Which deformations of the cell a barostat may make, and what drives them.
//
// The strain rate is G = Σ_k r_k B_k with ẋ = v + x·G and ḣ = h·G (rows are vectors). The modes B_k are
// fixed in the frame q0 ∥ a, q1 in the plane of a and b, q2 normal to it:
//   iso    one mode, the sum of q_i q_iᵀ over the periodic axes
//   aniso  q_i q_iᵀ for each periodic axis
//   tri    q_i q_kᵀ, i ≥ k: the cell stays lower triangular in the frame, so it cannot rotate
// Along open axes, which must be perpendicular to the others, nothing is scaled.
#pragma once

#include <string>
#include <vector>

#include "base/config.hpp"
#include "md/box.hpp"
#include "md/integrators/matrix3.hpp"
#include "md/integrators/ramp.hpp"
#include "md/measure.hpp"

namespace splicemd::md {

enum class CellKind { iso, aniso, tri };

// What a deck asks for. Components are in the order xx yy zz xy xz yz, in the frame above.
struct PressureTarget {
  CellKind kind = CellKind::iso;
  bool controlled[6] = {true, true, true, true, true, true};
  Ramp pressure[6];  // bar
};

// Reads `cell` and `pressure` of a stage. InputError if a component along an open axis of the box is asked for.
PressureTarget read_pressure_target(const ConfigNode& stage, const Box& box);

class CellModes {
 public:
  // The modes of `target` for this box. InputError if the box or the target leave none.
  CellModes(const PressureTarget& target, const Box& box);

  int count() const { return static_cast<int>(modes_.size()); }
  const Matrix3& mode(int k) const { return modes_[k]; }
  // B_k : B_k, the mode's share of the barostat's mass.
  double weight(int k) const { return contract(modes_[k], modes_[k]); }
  // The number of axes that are scaled.
  int axes() const { return axes_; }
  // The pressure to hold at `fraction` of the stage, in eV/Å³ and Cartesian axes.
  Matrix3 pressure(double fraction) const;

  // The frame's three unit vectors, row by row; restored so that a continued run is the same to the bit.
  const Matrix3& frame() const { return frame_; }
  void set_frame(const Matrix3& frame);

 private:
  PressureTarget target_;
  bool periodic_[3];
  Matrix3 frame_;
  std::vector<Matrix3> modes_;
  int axes_ = 0;
};

}  // namespace splicemd::md
