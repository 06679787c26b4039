// Runs a potential without the engine: periodic images as explicit ghosts, neighbours by distance,
// the ghost exchange by copying.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "md/box.hpp"
#include "md/potential.hpp"

namespace splicemd::test {

using Vec3 = std::array<double, 3>;

struct System {
  md::Box box;
  std::vector<Vec3> x;    // Å
  std::vector<int> type;  // 0-based species
  std::vector<std::string> elements;
};

struct Result {
  double energy = 0.0;              // eV
  std::vector<double> atom_energy;  // eV
  std::vector<Vec3> force;          // eV/Å, ghost forces brought home
  std::array<double, 6> virial{};   // xx yy zz xy xz yz, eV
  std::vector<std::array<double, 6>> atom_virial;
};

enum class Split { none, interior_then_boundary };

// Ghosts, lists and arrays of one system for one potential; compute() may be called repeatedly.
class BruteForce {
 public:
  BruteForce(const System& system, double reach);

  // Adds forces (and energies and virials if `observe`) to the arrays.
  void compute(md::Potential& potential, Split split = Split::none, bool observe = true);
  Result result() const;  // what was added since the construction or clear()
  void clear();

  md::ForceInput input;
  md::ForceOutput output;
  int n_interior() const { return static_cast<int>(input.interior.extent(0)); }
  double neighbours_per_atom() const { return neighbours_per_atom_; }

 private:
  void add_ghosts(const System& system, double reach);
  void build_lists(double reach);

  std::vector<Vec3> x_;
  std::vector<int> type_;
  std::vector<int> owner_;  // of each ghost
  double neighbours_per_atom_ = 0.0;
};

// One evaluation of `system` with lists of reach cutoff + skin.
Result evaluate(md::Potential& potential, const System& system, Split split = Split::none,
                double skin = 0.3);

}  // namespace splicemd::test
