// Evaluates all potentials of a system: keeps atoms with their owners, ghosts and lists up to date,
// overlaps the halo exchange with the interior atoms' forces, and brings ghost forces home.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "md/halo.hpp"
#include "md/neighbour_builder.hpp"
#include "md/potential.hpp"
#include "md/system.hpp"
#include "md/timers.hpp"

namespace splicemd::md {

// What to do about atoms that are more than 100 Å outside the box along an open axis.
enum class LostAtoms { warn, error, ignore };

struct NeighbourSettings {
  double skin = 1.0;  // Å
  int every = 1;      // check displacements every this many steps
  bool check = true;  // false: rebuild every `every` steps whatever the displacements
  LostAtoms lost = LostAtoms::warn;
};

// Not thread-safe; every call is collective over the system's communicator.
class Forces {
 public:
  Forces(System& system, std::vector<std::unique_ptr<Potential>> potentials,
         NeighbourSettings settings, Timers& timers);

  // Wraps, migrates and sorts atoms, rebuilds halo and lists. Positions at this moment become the
  // reference of the displacement check.
  void rebuild();
  // Rebuilds if some pair may have come into range since the last rebuild. True if it did.
  bool rebuild_if_needed();
  // Restores the lists of an interrupted run: builds them from the positions and box of its last
  // rebuild (already in `x_at_build`, in local order), leaving order and ownership as they are.
  void restore(const DeviceView<double* [3]>& x_at_build, const Box& box_at_build);

  // Forces on owned atoms at the current positions; per-atom energies and virials if asked.
  void compute(bool energy, bool virial);
  // The last compute()'s totals over all ranks; valid only if it was asked for them.
  double potential_energy() const;       // eV
  std::array<double, 6> virial() const;  // eV, xx yy zz xy xz yz

  double cutoff() const { return cutoff_; }  // Å, the largest of the potentials
  const NeighbourSettings& settings() const { return settings_; }
  const NeighbourBuilder& lists() const { return builder_; }
  const Halo& halo() const { return halo_; }
  const std::vector<std::unique_ptr<Potential>>& potentials() const { return potentials_; }
  const DeviceView<double* [3]>& x_at_build() const {
    return x_at_build_;
  } const Box& box_at_build() const {
    return box_at_build_;
  }
  std::int64_t builds = 0, dangerous_builds = 0;
  int steps_since_build = 0;

  // Kernel bodies need these to be public.
  double largest_displacement() const;  // Å, this rank's, since the last rebuild
  void zero_outputs(bool energy, bool virial);
  void save_positions();
  double farthest_outside(
      int axis) const;  // Å, this rank's atom farthest beyond the faces of an open axis

 private:
  void look_for_lost_atoms();
  void report_lost_atom(int axis, double distance) const;
  [[noreturn]] void report_runaway() const;
  void build_lists();
  double box_change() const;
  ForceInput input(bool energy, bool virial);

  System& system_;
  std::vector<std::unique_ptr<Potential>> potentials_;
  NeighbourSettings settings_;
  Timers& timers_;
  Halo halo_;
  NeighbourBuilder builder_;
  double cutoff_ = 0.0;
  bool any_half_ = false, any_ghost_forces_ = false;
  std::int64_t list_id_ = 0;
  bool warned_of_lost_ = false;
  DeviceView<double* [3]> x_at_build_ { "forces::x_at_build", 0 };  // (n_local, 3) Å
  Box box_at_build_;
};

}  // namespace splicemd::md
