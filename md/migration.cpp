// Wrapping, migration by a non-blocking consensus exchange, and spatial sorting of owned atoms.
//
// The exchange is NBX (Hoefler, Siebert, Lumsdaine, PPoPP 2010): synchronous sends to whoever is
// concerned, probes for what arrives, and a non-blocking barrier that ends once every send was received.
#include "md/migration.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

#include "base/mpi_rounds.hpp"

namespace splicemd::md {

void wrap_atoms(Atoms& atoms, const Box& box) {
  const auto x = atoms.x;
  const auto image = atoms.image;
  Kokkos::parallel_for(
      "migration::wrap", RangePolicy(0, atoms.n_local), KOKKOS_LAMBDA(const int i) {
        const double position[3] = {x(i, 0), x(i, 1), x(i, 2)};
        double s[3], n[3], shift[3];
        box.to_fractional(position, s);
        for (int k = 0; k < 3; ++k) n[k] = box.periodic[k] ? floor(s[k]) : 0.0;
        if (n[0] == 0.0 && n[1] == 0.0 && n[2] == 0.0) return;
        box.lattice_vector(n[0], n[1], n[2], shift);
        for (int k = 0; k < 3; ++k) {
          x(i, k) -= shift[k];
          image(i, k) += static_cast<int>(n[k]);
        }
      });
}

namespace {

// What travels with an atom.
struct AtomRow {
  std::int64_t id;
  double x[3], v[3];
  int image[3];
  int type;
  unsigned group;
};

// The owned part of Atoms on the host. On host backends the mirrors are the arrays themselves.
struct HostAtoms {
  HostView<double*[3]> x, v;
  HostView<int* [3]> image;
  HostView<int*> type;
  HostView<std::int64_t*> id;
  HostView<unsigned*> group;

  explicit HostAtoms(const Atoms& atoms)
      : x(Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), atoms.x)),
        v(Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), atoms.v)),
        image(Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), atoms.image)),
        type(Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), atoms.type)),
        id(Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), atoms.id)),
        group(Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), atoms.group)) {}

  void copy_back(Atoms& atoms) const {
    if constexpr (kHostExecution) return;
    Kokkos::deep_copy(atoms.x, x);
    Kokkos::deep_copy(atoms.v, v);
    Kokkos::deep_copy(atoms.image, image);
    Kokkos::deep_copy(atoms.type, type);
    Kokkos::deep_copy(atoms.id, id);
    Kokkos::deep_copy(atoms.group, group);
  }
  AtomRow row(int i) const {
    return {id(i),
            {x(i, 0), x(i, 1), x(i, 2)},
            {v(i, 0), v(i, 1), v(i, 2)},
            {image(i, 0), image(i, 1), image(i, 2)},
            type(i),
            group(i)};
  }
  void set_row(int i, const AtomRow& row) const {
    id(i) = row.id;
    type(i) = row.type;
    group(i) = row.group;
    for (int k = 0; k < 3; ++k) {
      x(i, k) = row.x[k];
      v(i, k) = row.v[k];
      image(i, k) = row.image[k];
    }
  }
};

using RowsByRank = std::map<int, std::vector<AtomRow>>;

// Sends `outgoing[r]` to each rank r and returns what came, by source rank.
RowsByRank exchange_rows(const RowsByRank& outgoing, const Communicator& comm) {
  // Two rounds may overlap at their edges: alternate tags keep them apart.
  const int tag = 21 + static_cast<int>(next_round(comm) & 1U);
  MPI_Datatype type = MPI_DATATYPE_NULL;
  mpi_check(MPI_Type_contiguous(sizeof(AtomRow), MPI_BYTE, &type), "MPI_Type_contiguous");
  mpi_check(MPI_Type_commit(&type), "MPI_Type_commit");

  std::vector<MPI_Request> sends;
  for (const auto& [rank, rows] : outgoing) {
    sends.emplace_back();
    mpi_check(MPI_Issend(rows.data(), static_cast<int>(rows.size()), type, rank, tag, comm.handle(),
                         &sends.back()),
              "sending atoms");
  }
  RowsByRank incoming;
  MPI_Request barrier = MPI_REQUEST_NULL;
  for (int done = 0; done == 0;) {
    int arrived = 0;
    MPI_Status status;
    mpi_check(MPI_Iprobe(MPI_ANY_SOURCE, tag, comm.handle(), &arrived, &status),
              "probing for atoms");
    if (arrived != 0) {
      int count = 0;
      mpi_check(MPI_Get_count(&status, type, &count), "MPI_Get_count");
      auto& rows = incoming[status.MPI_SOURCE];
      rows.resize(count);
      mpi_check(MPI_Recv(rows.data(), count, type, status.MPI_SOURCE, tag, comm.handle(),
                         MPI_STATUS_IGNORE),
                "receiving atoms");
    }
    if (barrier != MPI_REQUEST_NULL) {
      mpi_check(MPI_Test(&barrier, &done, MPI_STATUS_IGNORE), "ending the exchange of atoms");
    } else {
      int sent = 0;
      mpi_check(
          MPI_Testall(static_cast<int>(sends.size()), sends.data(), &sent, MPI_STATUSES_IGNORE),
          "sending atoms");
      if (sent != 0)
        mpi_check(MPI_Ibarrier(comm.handle(), &barrier), "ending the exchange of atoms");
    }
  }
  mpi_check(MPI_Type_free(&type), "MPI_Type_free");
  return incoming;
}

}  // namespace

void migrate_atoms(Atoms& atoms, const Box& box, const RankGrid& grid, const Communicator& comm) {
  atoms.n_ghost = 0;
  if (comm.size() == 1) return;
  ExecSpace().fence();
  RowsByRank outgoing;
  int kept = 0;
  {
    const HostAtoms host(atoms);
    for (int i = 0; i < atoms.n_local; ++i) {
      const double position[3] = {host.x(i, 0), host.x(i, 1), host.x(i, 2)};
      double s[3];
      box.to_fractional(position, s);
      const int owner = grid.owner(s);
      if (owner != comm.rank()) {
        outgoing[owner].push_back(host.row(i));
      } else {
        if (kept != i) host.set_row(kept, host.row(i));
        ++kept;
      }
    }
    host.copy_back(atoms);
  }
  const RowsByRank incoming = exchange_rows(outgoing, comm);
  std::size_t total = kept;
  for (const auto& [rank, rows] : incoming) total += rows.size();
  atoms.reserve(total);
  if (!incoming.empty()) {
    const HostAtoms host(atoms);
    int next = kept;
    for (const auto& [rank, rows] : incoming) {
      for (const AtomRow& row : rows) host.set_row(next++, row);
    }
    host.copy_back(atoms);
  }
  atoms.n_local = static_cast<int>(total);
}

void sort_atoms(Atoms& atoms, const Box& box, double cell) {
  const int n = atoms.n_local;
  if (n < 2) return;
  ExecSpace().fence();
  const HostAtoms host(atoms);
  // Cells in fractional coordinates; along open axes atoms outside the box are counted to the edge cells.
  int cells[3];
  for (int k = 0; k < 3; ++k) {
    cells[k] = std::clamp(static_cast<int>(std::min(box.face_distance(k) / cell, 1000.0)), 1, 1000);
  }
  std::vector<int> key(n), order(n);
  for (int i = 0; i < n; ++i) {
    const double position[3] = {host.x(i, 0), host.x(i, 1), host.x(i, 2)};
    double s[3];
    box.to_fractional(position, s);
    int c[3];
    for (int k = 0; k < 3; ++k) {
      c[k] = static_cast<int>(std::clamp(s[k] * cells[k], 0.0, cells[k] - 1.0));
    }
    key[i] = (c[0] * cells[1] + c[1]) * cells[2] + c[2];
  }
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return key[a] < key[b]; });
  std::vector<AtomRow> rows(n);
  for (int i = 0; i < n; ++i) rows[i] = host.row(order[i]);
  for (int i = 0; i < n; ++i) host.set_row(i, rows[i]);
  host.copy_back(atoms);
}

}  // namespace splicemd::md
