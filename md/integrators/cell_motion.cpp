// Reading of pressure targets, and the modes of a cell.
#include "md/integrators/cell_motion.hpp"

#include <cmath>

#include "base/error.hpp"
#include "base/units.hpp"

namespace splicemd::md {

namespace {

constexpr const char* kComponents[6] = {"xx", "yy", "zz", "xy", "xz", "yz"};
constexpr int kFirst[6] = {0, 1, 2, 0, 0, 1};
constexpr int kSecond[6] = {0, 1, 2, 1, 2, 2};

// q0 ∥ a, q1 in the plane of a and b, q2 = q0 × q1.
Matrix3 cell_frame(const Box& box) {
  Matrix3 q;
  double length = 0.0, along = 0.0;
  for (int k = 0; k < 3; ++k) length += box.h[0][k] * box.h[0][k];
  for (int k = 0; k < 3; ++k) q.m[0][k] = box.h[0][k] / std::sqrt(length);
  for (int k = 0; k < 3; ++k) along += box.h[1][k] * q.m[0][k];
  length = 0.0;
  for (int k = 0; k < 3; ++k) {
    q.m[1][k] = box.h[1][k] - along * q.m[0][k];
    length += q.m[1][k] * q.m[1][k];
  }
  for (int k = 0; k < 3; ++k) q.m[1][k] /= std::sqrt(length);
  for (int k = 0; k < 3; ++k) {
    const int i = (k + 1) % 3, j = (k + 2) % 3;
    q.m[2][k] = q.m[0][i] * q.m[1][j] - q.m[0][j] * q.m[1][i];
  }
  return q;
}

void require_perpendicular(const Box& box, int axis) {
  for (int other = 0; other < 3; ++other) {
    if (other == axis) continue;
    double product = 0.0, size = 0.0, other_size = 0.0;
    for (int k = 0; k < 3; ++k) {
      product += box.h[axis][k] * box.h[other][k];
      size += box.h[axis][k] * box.h[axis][k];
      other_size += box.h[other][k] * box.h[other][k];
    }
    require(std::abs(product) <= 1e-9 * std::sqrt(size * other_size),
            "npt: cell vector {} is open, so it must be perpendicular to {}", "abc"[axis],
            "abc"[other]);
  }
}

}  // namespace

PressureTarget read_pressure_target(const ConfigNode& stage, const Box& box) {
  PressureTarget target;
  if (const auto cell = stage.find("cell")) {
    const std::string name = cell->choice({"iso", "aniso", "tri"});
    target.kind = name == "iso" ? CellKind::iso : name == "aniso" ? CellKind::aniso : CellKind::tri;
  }
  const auto node = stage.find("pressure");
  if (!node) return target;
  if (!node->is_map()) {
    const Ramp ramp = read_ramp(*node, Dimension::pressure);
    for (int c = 0; c < 3; ++c) target.pressure[c] = ramp;
    return target;
  }
  if (target.kind == CellKind::iso) {
    node->fail("components can be controlled apart only with `cell: aniso` or `cell: tri`");
  }
  bool any = false;
  for (int c = 0; c < 6; ++c) {
    target.controlled[c] = false;
    if (c >= 3 && target.kind == CellKind::aniso) continue;
    const auto component = node->find(kComponents[c]);
    if (!component) continue;
    for (const int axis : {kFirst[c], kSecond[c]}) {
      if (box.periodic[axis]) continue;
      component->fail("{} cannot be controlled: the box is open along {}", kComponents[c],
                      "abc"[axis]);
    }
    target.controlled[c] = any = true;
    target.pressure[c] = read_ramp(*component, Dimension::pressure);
  }
  if (!any) {
    node->fail("expected a pressure, [start, stop], or a map of {}",
               target.kind == CellKind::aniso ? "xx, yy, zz" : "xx, yy, zz, xy, xz, yz");
  }
  return target;
}

CellModes::CellModes(const PressureTarget& target, const Box& box) : target_(target) {
  for (int k = 0; k < 3; ++k) {
    periodic_[k] = box.periodic[k];
    if (!periodic_[k]) require_perpendicular(box, k);
  }
  set_frame(cell_frame(box));
  require(!modes_.empty(), "npt: no periodic axis of the box is left to scale");
}

void CellModes::set_frame(const Matrix3& frame) {
  frame_ = frame;
  modes_.clear();
  axes_ = 0;
  Matrix3 all;
  for (int c = 0; c < 6; ++c) {
    const int k = kFirst[c], i = kSecond[c];
    if (!target_.controlled[c] || !periodic_[i] || !periodic_[k]) continue;
    if (c >= 3 && target_.kind != CellKind::tri) continue;
    Matrix3 mode;
    for (int r = 0; r < 3; ++r) {
      for (int s = 0; s < 3; ++s) mode.m[r][s] = frame_.m[i][r] * frame_.m[k][s];
    }
    if (c < 3) ++axes_;
    if (target_.kind == CellKind::iso) {
      all = all + mode;
    } else {
      modes_.push_back(mode);
    }
  }
  if (target_.kind == CellKind::iso && axes_ > 0) modes_.push_back(all);
}

Matrix3 CellModes::pressure(double fraction) const {
  Matrix3 in_frame;
  for (int c = 0; c < 6; ++c) {
    if (!target_.controlled[c]) continue;
    const double value = target_.pressure[c].at(fraction) / units::kEvPerA3ToBar;
    in_frame.m[kFirst[c]][kSecond[c]] = in_frame.m[kSecond[c]][kFirst[c]] = value;
  }
  return frame_.transposed() * in_frame * frame_;
}

}  // namespace splicemd::md
