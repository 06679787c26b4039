// The halo: ghost copies of other ranks' atoms and of periodic images, and the exchanges that keep
// them up to date.
//
// One stage instead of three axis sweeps: every owned atom is sent straight to each brick (rank and
// periodic image) whose surroundings within the halo width it lies in, so all messages are in flight
// at once and boxes smaller than the cutoff just have more links. Ghost rows are grouped by source
// rank; copies from this rank to itself take the same path without MPI.
#pragma once

#include <vector>

#include "base/mpi.hpp"
#include "md/atoms.hpp"
#include "md/box.hpp"
#include "md/potential.hpp"
#include "md/rank_grid.hpp"

namespace splicemd::md {

// Not thread-safe. build() is collective; begin/finish pairs are collective in the same order on all ranks.
class Halo : public GhostExchange {
 public:
  explicit Halo(const Communicator& comm) : comm_(comm) {}

  // Chooses what to send for ghosts within `width` Å of each brick and creates the ghost rows of
  // `atoms` (x, type, id). Owned atoms must be in their bricks. Buffers are reused between builds.
  void build(Atoms& atoms, const Box& box, const RankGrid& grid, double width);

  // Refreshes ghost positions from the owners' current ones (and the current box: images move with it).
  void begin_positions(const Atoms& atoms, const Box& box);
  void finish_positions();

  // Adds the forces of ghost rows to their owners' rows.
  void return_forces(Atoms& atoms);

  // GhostExchange: one double per atom.
  void begin(const DeviceView<double*>& values) override;
  void finish(const DeviceView<double*>& values) override;

  // The largest |image index| of any link along each axis: how far ghosts move when the box changes.
  const int* image_range() const { return image_range_; }
  int neighbour_ranks() const;  // other ranks this one exchanges with
  double bytes() const;         // memory held by buffers and lists

  // Kernel bodies need these to be public.
  void choose_links(const Box& box, const RankGrid& grid, double width);
  void select_atoms(const Atoms& atoms, const Box& box);
  void pack_positions(const Atoms& atoms, const Box& box);
  void pack_scalars(const DeviceView<double*>& values);
  void add_returned(const Atoms& atoms);

 private:
  // One partner rank (possibly this one): a block of send entries and a block of ghost rows.
  struct Partner {
    int rank = 0;
    int link_begin = 0, link_end = 0;  // its links
    int send_begin = 0, send_count = 0;
    int recv_begin = 0, recv_count = 0;  // ghost row = n_local + recv_begin
  };

  // Rows of `width` doubles moved between entries (owner side) and ghost rows (receiver side):
  // forward from entries to ghosts, backward from ghosts to entries.
  struct Transfer {
    const double* from = nullptr;  // device pointer to the first row sent
    double* to = nullptr;          // device pointer to the first row received
    int width = 0;
    bool forward = true;
    int tag = 0;
  };
  struct Block {
    int begin, count;
  };
  static Block source(const Partner& partner, bool forward);
  static Block target(const Partner& partner, bool forward);

  void exchange_counts();
  void exchange_identities(Atoms& atoms);
  void start(const Transfer& transfer);
  void wait();

  const Communicator& comm_;
  std::vector<Partner> partners_;
  int n_local_ = 0, n_send_ = 0, n_ghost_ = 0;
  int image_range_[3] = {0, 0, 0};
  double near_lo_[3],
      near_hi_[3];  // fractional positions that concern no link lie in [near_lo, near_hi)

  DeviceView<double* [6]> link_bounds_ {
    "halo::link_bounds", 0
  };  // (links, 6) fractional lo xyz, hi xyz
  DeviceView<int* [3]> link_image_ {
    "halo::link_image", 0
  };  // (links, 3) target image n: ghost at x − n·h
  DeviceView<int**> entry_offset_{"halo::entry_offset", 0,
                                  0};  // (partners, n_local + 1) entries of an atom
  DeviceView<int*> entry_atom_{"halo::entry_atom", 0};  // (n_send) owned row
  DeviceView<int*> entry_link_{"halo::entry_link", 0};  // (n_send)
  DeviceView<double* [3]> buffer_ {
    "halo::buffer", 0
  };  // (n_send, 3) packed rows or returned forces
  DeviceView<double*> scalar_buffer_{"halo::scalar_buffer", 0};  // (n_send)
  std::vector<MPI_Request> requests_;
  Transfer transfer_;  // the one in flight
  HostView<double*> host_from_{"halo::host_from", 0},
      host_to_{"halo::host_to", 0};  // staging for device memory
};

}  // namespace splicemd::md
