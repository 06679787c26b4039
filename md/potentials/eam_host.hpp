// EAM on CPU cores: eight pairs at a time, pairs of atoms of one thread computed once.
//
// Owned atoms are cut into as many contiguous ranges as there are threads. A pair inside one range is
// computed once, by that range's thread, which adds to both atoms; any other pair (with a ghost or with an
// atom of another range) is computed from both sides. So no two threads write to the same row, nothing is
// atomic, and the result depends on the number of threads only by rounding.
//
// First pass: distances to the listed neighbours; those inside the cutoff are packed; densities and pair
// forces of the packed ones; ρ′/r is kept for the second pass, which needs F′ of both atoms and adds
// (F′_i ρ′_j→i + F′_j ρ′_i→j) r̂. Positions and forces are kept as rows of four doubles, the fourth being F′
// and the density, so that a neighbour is one load and one store.
#pragma once

#include <cstdint>

#include "md/lanes.hpp"
#include "md/potential.hpp"
#include "md/potentials/eam_tables.hpp"

namespace splicemd::md {

#if defined(SPLICEMD_HOST_LANES)

namespace eam_host {
struct Work;
}

class EamHost {
 public:
  explicit EamHost(const EamTables& tables) : tables_(tables) {}
  void compute(const ForceInput& in, Phase phase, const ForceOutput& out);
  // Estimated bytes of work memory (see Potential::bytes).
  double bytes(const WorkSize& work) const;

 private:
  // Runs stage(range, first owned row, one past the last) for each thread's range.
  template <class Stage>
  void for_ranges(const char* label, const Stage& stage);
  template <bool multi, bool observe>
  void run(const ForceInput& in, Phase phase, const ForceOutput& out);
  eam_host::Work pointers(const ForceInput& in, const ForceOutput& out) const;
  void load_positions(const eam_host::Work& w, const ForceInput& in, Phase phase);
  template <bool multi, bool observe>
  void densities(const eam_host::Work& w, const ForceInput& in, Phase phase);
  void load_ghost_slopes(const eam_host::Work& w, const ForceInput& in);
  template <bool multi, bool observe>
  void forces(const eam_host::Work& w, const ForceInput& in, Phase phase, const ForceOutput& out);

  void prepare_lists(const ForceInput& in);
  void cut_into_ranges(const ForceInput& in);
  std::int64_t fill_lists(const ForceInput& in);
  void size_work_arrays(int n_local, std::int64_t longest_row);
  bool lists_are_current(const ForceInput& in) const;

  EamTables tables_;
  int ranges_ = 0;
  HostView<int*> range_start_{"eam::range_start", 0};  // (ranges + 1) owned rows
  // Per row: neighbours that are computed for both atoms, then the others; each part is padded to a
  // multiple of eight with the index of a row that lies out of reach of everything.
  HostView<std::int64_t*> row_start_{"eam::row_start", 0};  // (n_local + 1) into list_
  HostView<int*> row_shared_{"eam::row_shared", 0};         // (n_local) entries of the first part
  HostView<int*> list_{"eam::list", 0};
  // The neighbours inside the cutoff: each range's atoms one after another, in the order they were met.
  HostView<int*> packed_{"eam::packed", 0};
  HostView<std::int64_t*> packed_start_{"eam::packed_start", 0};  // (n_local) into packed_
  HostView<int* [2]> packed_count_ { "eam::packed_count", 0 };    // (n_local) all, the first part
  HostView<std::int64_t*> packed_end_{"eam::packed_end", 0};      // (ranges) into packed_
  HostView<double*> slope_r_{"eam::slope_r", 0};              // as packed_: ρ′_j→i/r, 1/Å²
  HostView<double*> slope_r_other_{"eam::slope_r_other", 0};  // as packed_: ρ′_i→j/r; species > 1

  HostView<double* [4]> x_ { "eam::x", 0 };               // (n_all + 1) x y z (Å) and F′ (eV)
  HostView<double* [4]> f_ { "eam::f", 0 };               // (n_local) force (eV/Å) and density
  DeviceView<double*> slope_{"eam::embedding_slope", 0};  // (n_all) F′, eV: for the exchange
  HostView<double**> batches_{"eam::batches", 0, 0};      // (ranges, doubles of a batch)
  std::int64_t batch_capacity_ = 0;                       // pairs

  // What the lists were made from.
  std::int64_t list_id_ = -1;
  const int* list_data_ = nullptr;
  int n_local_ = -1, n_all_ = -1;
};

#else

class EamHost {
 public:
  explicit EamHost(const EamTables&) {}
  void compute(const ForceInput&, Phase, const ForceOutput&) {}
  double bytes(const WorkSize&) const { return 0.0; }
};

#endif

}  // namespace splicemd::md
