// What a potential is: positions, types and neighbours in; forces, energies and virials added.
#pragma once

#include <string>

#include "base/execution.hpp"
#include "md/neighbour_list.hpp"

namespace splicemd::md {

// Sends one value per owned atom to the ghosts of that atom: EAM's mid-force exchange.
// A potential calls begin() once the owned rows are final, may work meanwhile, and calls finish()
// before it reads ghost rows.
class GhostExchange {
 public:
  virtual ~GhostExchange() = default;
  // `values` has n_all rows; rows [0, n_local) are sent, rows [n_local, n_all) will be filled.
  virtual void begin(const DeviceView<double*>& values) = 0;
  virtual void finish(const DeviceView<double*>& values) = 0;
};

// Which owned atoms a call covers. A force evaluation is either one call with `all`, or a call with
// `interior` (made while ghost positions are still in flight: touches no ghost row) followed by one
// with `boundary` (everything else; ghosts are up to date; totals are complete on return).
enum class Phase { all, interior, boundary };

struct ForceInput {
  int n_local = 0;
  int n_all = 0;                    // n_local + ghosts
  DeviceView<const double* [3]> x;  // (≥ n_all, 3) Å
  DeviceView<const int*> type;      // (≥ n_all) 0-based species index
  NeighbourList full;               // set if the potential's list() is ListKind::full
  NeighbourList half;               // set if it is ListKind::half
  // Both ascending. Interior: owned atoms all of whose neighbours are owned, as many as fill whole vectors;
  // boundary: the other owned atoms.
  DeviceView<const int*> interior;
  DeviceView<const int*> boundary;
  GhostExchange* exchange = nullptr;
  bool energy = false;       // add per-atom energies
  bool virial = false;       // add per-atom virials
  std::int64_t list_id = 0;  // changes when the lists (or atom order) were rebuilt
};

// Rows are added to, never overwritten. A potential may add forces to ghost rows; the caller brings
// them home. Virial of atom i: Σ over the pairs assigned to it of r_ij ⊗ f_ij with the sign such that
// pressure = (N k T + Σ virial trace / 3) / V (the LAMMPS convention), components xx yy zz xy xz yz.
struct ForceOutput {
  DeviceView<double* [3]> f;       // (≥ n_all, 3) eV/Å
  DeviceView<double*> energy;      // (≥ n_local) eV
  DeviceView<double* [6]> virial;  // (≥ n_local, 6) eV
};

// The work of one rank, for estimates of memory before anything runs.
struct WorkSize {
  double owned = 0.0;       // atoms
  double ghosts = 0.0;      // atoms
  double neighbours = 0.0;  // listed per owned atom
};

// A term of the total energy. Built for a fixed list of species; knows no box and no rank.
// Not thread-safe: one thread calls compute(), which launches kernels on ExecSpace and may return
// before they end (the caller fences).
class Potential {
 public:
  virtual ~Potential() = default;
  virtual std::string name() const = 0;  // the deck's style name, e.g. "eam/alloy"
  virtual double cutoff() const = 0;     // Å, the largest over pairs of species
  virtual ListKind list() const { return ListKind::full; }
  virtual bool adds_ghost_forces() const { return false; }  // then f of ghosts must be sent home
  virtual void compute(const ForceInput& in, Phase phase, const ForceOutput& out) = 0;
  // Estimated bytes of tables and work memory for that much work, neighbour lists not counted.
  virtual double bytes(const WorkSize&) const { return 0.0; }
};

}  // namespace splicemd::md
