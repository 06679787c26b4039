// Frames to write in tests: the same whole system however many ranks share it.
#pragma once

#include <cmath>
#include <string>

#include "base/mpi.hpp"
#include "md/io/trajectory.hpp"

namespace splicemd::md::testing {

inline constexpr int kSampleAtoms = 23;

// The box of step `step`: general if `rotated`, else in restricted form; it breathes with time.
inline Box sample_box(std::int64_t step, bool rotated) {
  const double g = 1.0 + 0.001 * static_cast<double>(step);
  if (rotated) {
    return Box::from_vectors({{{7 * g, 1, 0.5}, {-0.5, 8, 0.25}, {0.5, -1, 9}}}, {1, 2, -3},
                             {true, true, false});
  }
  return Box::from_vectors({{{7 * g, 0, 0}, {1.5, 8, 0}, {-0.5, 2, 9}}}, {1, 2, -3},
                           {true, true, false});
}

// This rank's atoms, in an order that is not that of the ids.
inline Frame sample_frame(const Communicator& comm, std::int64_t step, bool rotated = false) {
  Frame frame;
  frame.step = step;
  frame.time = 0.002 * static_cast<double>(step);
  frame.box = sample_box(step, rotated);
  frame.species = {{"Ni", 58.6934}, {"Al", 26.9815384}};
  frame.has_totals = true;
  frame.potential_energy = -100.5 - static_cast<double>(step);
  frame.virial = {1.25, 2.5, -3.0, 0.5, -0.25, 0.125};
  const auto t = static_cast<double>(step);
  for (int k = 0; k < kSampleAtoms; ++k) {
    const int i = (k * 10 + 3) % kSampleAtoms;
    if (i % comm.size() != comm.rank()) continue;
    const double u = i + 1;
    const double s[3] = {std::fmod(0.37 * u, 1.0), std::fmod(0.61 * u, 1.0),
                         std::fmod(0.13 * u, 1.0)};
    std::array<double, 3> x{};
    frame.box.to_cartesian(s, x.data());
    frame.id.push_back(i + 1);
    frame.type.push_back(i % 3 == 0 ? 1 : 0);
    frame.x.push_back(x);
    frame.v.push_back({std::sin(u + t), std::cos(u), -std::sin(2 * u)});
    frame.f.push_back({0.1 * u, -0.2 * u, std::cos(u + t)});
    frame.image.push_back({i % 3 - 1, 0, i});
    frame.energy.push_back(-4.0 - 0.01 * u);
  }
  return frame;
}

inline TrajectoryOptions everything() {
  TrajectoryOptions options;
  options.forces = true;
  options.energies = true;
  options.author = "A. Tester";
  return options;
}

}  // namespace splicemd::md::testing
