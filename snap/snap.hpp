// The SNAP potential on Views: positions, types and a full neighbour list in; forces, energies and
// virials added.
#pragma once

#include <memory>
#include <vector>

#include "base/execution.hpp"
#include "snap/kernel_ops.hpp"
#include "snap/parameters.hpp"

namespace splicemd::snap {

// Rows [0, n_local) are owned atoms, [n_local, n_all) ghosts.
struct SnapInput {
  int n_all = 0;
  DeviceView<const double* [3]> x;     // (≥ n_all, 3) Å
  DeviceView<const int*> type;         // (≥ n_all) index into the constructor's type_to_element
  DeviceView<const int*> count;        // (n_local) listed neighbours of each owned atom
  DeviceView<const int**> neighbours;  // (n_local, stride) their rows; every pair from both sides
  DeviceView<const int*> centres;      // (n_centres) owned atoms to compute
  int n_centres = 0;
  bool all = true;  // centres are 0 … n_centres − 1 and the View is not read
};

// Rows are added to. Views that are not asked for may be empty.
struct SnapOutput {
  DeviceView<double* [3]> f;   // (≥ n_all, 3) eV/Å, ghosts too
  DeviceView<double*> energy;  // (≥ n_local) eV
  DeviceView<double* [6]>
      virial;  // (≥ n_local, 6) xx yy zz xy xz yz, Σ r_ik ⊗ F_k of the atom's pairs, eV
  bool want_energy = false;
  bool want_virial = false;
};

// Owns the tables and the work memory, which is kept between calls. Not thread-safe: one compute() at
// a time. The kernel is chosen at construction (select_kernel()). Results are the same bit for bit from call to
// call with the same number of threads; of the kernels for GPUs, which add forces atomically and return before they
// end, up to rounding.
class Snap {
 public:
  // `type_to_element[t]` is the index in parameters.elements of atoms of type t. Mixed precision: docs/snap_kernel.md.
  Snap(const Parameters& parameters, const std::vector<int>& type_to_element,
       Precision precision = Precision::full);
  ~Snap();
  Snap(Snap&&) noexcept;
  Snap& operator=(Snap&&) noexcept;

  double cutoff() const;  // Å, the largest over pairs of elements
  void compute(const SnapInput& in, const SnapOutput& out);

  const char* kernel() const;       // name of the kernel compute() uses
  double bytes_per_worker() const;  // work memory of each thread after the last compute()
  // Estimated bytes of work memory of a compute() for so many atoms with so many listed neighbours each.
  double bytes(double centres, double n_all, int neighbours) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace splicemd::snap
