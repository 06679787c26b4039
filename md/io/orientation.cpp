// Builds the rotation by Gram–Schmidt on the cell vectors: e1 ∥ a, e2 in the plane of a and b, e3 = e1 × e2.
#include "md/io/orientation.hpp"

#include <algorithm>
#include <cmath>

namespace splicemd::md {

namespace {

double dot(const double a[3], const double b[3]) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

}  // namespace

std::array<double, 3> RestrictedFrame::vector(const double v[3]) const {
  if (identity) return {v[0], v[1], v[2]};
  return {dot(rotation[0], v), dot(rotation[1], v), dot(rotation[2], v)};
}

std::array<double, 3> RestrictedFrame::point(const double p[3]) const {
  if (identity) return {p[0], p[1], p[2]};
  const double d[3] = {p[0] - box.origin[0], p[1] - box.origin[1], p[2] - box.origin[2]};
  const auto rotated = vector(d);
  return {box.origin[0] + rotated[0], box.origin[1] + rotated[1], box.origin[2] + rotated[2]};
}

Box enclosing_box(const Box& box, const std::vector<std::array<double, 3>>& points) {
  double low[3] = {0.0, 0.0, 0.0}, high[3] = {1.0, 1.0, 1.0}, top[3] = {0.0, 0.0, 0.0};
  double margin[3];
  for (int k = 0; k < 3; ++k) margin[k] = 0.5 / box.face_distance(k);
  for (const auto& point : points) {
    double s[3];
    box.to_fractional(point.data(), s);
    for (int k = 0; k < 3; ++k) {
      if (box.periodic[k]) continue;
      if (s[k] < 0.0) low[k] = std::min(low[k], s[k] - margin[k]);
      top[k] = std::max(top[k], s[k]);
    }
  }
  constexpr double kRounding = 1e-12;  // a lower end that moves costs the upper one its last digits
  for (int k = 0; k < 3; ++k) {
    if (top[k] > 1.0 || (low[k] < 0.0 && top[k] > 1.0 - kRounding)) high[k] = top[k] + margin[k];
  }
  Box enclosing = box;
  double rows[3][3];
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k < 3; ++k) rows[i][k] = (high[i] - low[i]) * box.h[i][k];
    if (low[i] == 0.0) continue;
    for (int k = 0; k < 3; ++k) enclosing.origin[k] += low[i] * box.h[i][k];
  }
  enclosing.set_vectors(rows);
  return enclosing;
}

RestrictedFrame restricted_frame(const Box& box) {
  RestrictedFrame frame;
  frame.box = box;
  frame.identity = box.is_restricted();
  double(&e)[3][3] = frame.rotation;
  const double* a = box.h[0];
  const double* b = box.h[1];
  const double* c = box.h[2];
  const double length_a = std::sqrt(dot(a, a));
  for (int k = 0; k < 3; ++k) e[0][k] = a[k] / length_a;
  const double along = dot(b, e[0]);
  double rest[3];
  for (int k = 0; k < 3; ++k) rest[k] = b[k] - along * e[0][k];
  const double length_rest = std::sqrt(dot(rest, rest));
  for (int k = 0; k < 3; ++k) e[1][k] = rest[k] / length_rest;
  for (int k = 0; k < 3; ++k) {
    const int i = (k + 1) % 3;
    const int j = (k + 2) % 3;
    e[2][k] = e[0][i] * e[1][j] - e[0][j] * e[1][i];
  }
  if (frame.identity) return frame;
  const double rows[3][3] = {
      {length_a, 0, 0}, {along, length_rest, 0}, {dot(c, e[0]), dot(c, e[1]), dot(c, e[2])}};
  frame.box.set_vectors(rows);
  return frame;
}

}  // namespace splicemd::md
