// Random configurations and a plain pair potential for tests of the MD core.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "md/configuration.hpp"
#include "md/potential.hpp"

namespace splicemd::md {

// `n` atoms of mass 10 g/mol at random places in `box`, at least `separation` Å apart (images included
// along periodic axes), the same on every rank.
Configuration random_configuration(const Box& box, int n, double separation, unsigned seed);

// A soft repulsion E = ½ Σ_{i≠j} (1 − r/r_c)² for r < r_c (eV), over full or half lists.
std::unique_ptr<Potential> make_soft_potential(double cutoff, ListKind kind);

// The same energy and forces summed over all periodic images by brute force, atoms in input order.
struct SoftResult {
  double energy = 0.0;
  std::vector<std::array<double, 3>> forces;
  std::array<double, 6> virial{};
};
SoftResult soft_brute_force(const Configuration& configuration, double cutoff);

}  // namespace splicemd::md
