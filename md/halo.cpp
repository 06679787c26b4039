// Choosing links and atoms, and the messages of the halo.
#include "md/halo.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.hpp"

namespace splicemd::md {

namespace {

constexpr double kUnbounded = 1e300;
constexpr int kMaxImagesPerAxis = 64;

enum Tag { kTagCount = 11, kTagIdentity, kTagPositions, kTagScalars, kTagForces };

struct Link {
  int rank;
  int image[3];
  double lo[3], hi[3];
};

// The interval of fractional coordinates (in this rank's frame) that brick `position` of an axis with
// `bricks` bricks needs: its own extent and `reach` on either side; edges of open axes are unbounded.
void needed_interval(int position, int bricks, bool periodic, double reach, double& lo,
                     double& hi) {
  lo = static_cast<double>(position) / bricks - reach;
  hi = static_cast<double>(position + 1) / bricks + reach;
  if (!periodic && position == 0) lo = -kUnbounded;
  if (!periodic && position == bricks - 1) hi = kUnbounded;
}

}  // namespace

void Halo::choose_links(const Box& box, const RankGrid& grid, double width) {
  int range[3];
  double reach[3];
  for (int k = 0; k < 3; ++k) {
    reach[k] = width / box.face_distance(k);
    const double steps = std::ceil(reach[k] * grid.dims[k]);
    require(
        steps <= kMaxImagesPerAxis,
        "the box is {:.3g} Å thick along axis {}: too thin for an interaction range of {:.3g} Å",
        box.face_distance(k), "abc"[k], width);
    range[k] = static_cast<int>(steps);
    image_range_[k] = 0;
    const double lo = static_cast<double>(grid.coords[k]) / grid.dims[k];
    const double hi = static_cast<double>(grid.coords[k] + 1) / grid.dims[k];
    const bool open_lo = !box.periodic[k] && grid.coords[k] == 0;
    const bool open_hi = !box.periodic[k] && grid.coords[k] == grid.dims[k] - 1;
    near_lo_[k] = open_lo ? -kUnbounded : lo + reach[k];
    near_hi_[k] = open_hi ? kUnbounded : hi - reach[k];
  }
  std::vector<Link> links;
  for (int i = -range[0]; i <= range[0]; ++i) {
    for (int j = -range[1]; j <= range[1]; ++j) {
      for (int k = -range[2]; k <= range[2]; ++k) {
        if (i == 0 && j == 0 && k == 0) continue;
        const int offset[3] = {i, j, k};
        Link link;
        int target[3];
        bool exists = true;
        for (int a = 0; a < 3; ++a) {
          const int position = grid.coords[a] + offset[a];
          const int bricks = grid.dims[a];
          link.image[a] = static_cast<int>(std::floor(static_cast<double>(position) / bricks));
          target[a] = position - link.image[a] * bricks;
          if (!box.periodic[a] && link.image[a] != 0) exists = false;
          needed_interval(position, bricks, box.periodic[a], reach[a], link.lo[a], link.hi[a]);
        }
        if (!exists) continue;
        link.rank = grid.rank_of(target[0], target[1], target[2]);
        links.push_back(link);
      }
    }
  }
  std::stable_sort(links.begin(), links.end(),
                   [](const Link& a, const Link& b) { return a.rank < b.rank; });

  const auto n_links = links.size();
  Kokkos::realloc(link_bounds_, n_links);
  Kokkos::realloc(link_image_, n_links);
  const auto bounds = Kokkos::create_mirror_view(link_bounds_);
  const auto image = Kokkos::create_mirror_view(link_image_);
  partners_.clear();
  for (std::size_t l = 0; l < n_links; ++l) {
    if (partners_.empty() || partners_.back().rank != links[l].rank) {
      Partner partner;
      partner.rank = links[l].rank;
      partner.link_begin = static_cast<int>(l);
      partners_.push_back(partner);
    }
    partners_.back().link_end = static_cast<int>(l) + 1;
    for (int a = 0; a < 3; ++a) {
      bounds(l, a) = links[l].lo[a];
      bounds(l, 3 + a) = links[l].hi[a];
      image(l, a) = links[l].image[a];
      image_range_[a] = std::max(image_range_[a], std::abs(links[l].image[a]));
    }
  }
  Kokkos::deep_copy(link_bounds_, bounds);
  Kokkos::deep_copy(link_image_, image);
}

void Halo::select_atoms(const Atoms& atoms, const Box& box) {
  const int n_local = atoms.n_local;
  const auto n_partners = partners_.size();
  if (entry_offset_.extent(0) < n_partners ||
      entry_offset_.extent(1) < static_cast<size_t>(n_local) + 1) {
    entry_offset_ =
        DeviceView<int**>(Kokkos::view_alloc("halo::entry_offset", Kokkos::WithoutInitializing),
                          n_partners, static_cast<size_t>(n_local) + n_local / 8 + 17);
  }
  const auto x = atoms.x;
  const auto bounds = link_bounds_;
  const Kokkos::Array<double, 3> near_lo = {near_lo_[0], near_lo_[1], near_lo_[2]};
  const Kokkos::Array<double, 3> near_hi = {near_hi_[0], near_hi_[1], near_hi_[2]};
  n_send_ = 0;
  // First pass counts and fixes each atom's offset, second pass (sizes now known) fills.
  for (Partner& partner : partners_) {
    const auto offset = Kokkos::subview(entry_offset_, &partner - partners_.data(), Kokkos::ALL);
    const int begin = partner.link_begin, end = partner.link_end, base = n_send_;
    int count = 0;
    Kokkos::parallel_scan(
        "halo::count", RangePolicy(0, n_local),
        KOKKOS_LAMBDA(const int i, int& sum, const bool final) {
          if (final) offset(i) = base + sum;
          const double position[3] = {x(i, 0), x(i, 1), x(i, 2)};
          double s[3];
          box.to_fractional(position, s);
          bool far = true;
          for (int a = 0; a < 3; ++a) far = far && s[a] >= near_lo[a] && s[a] < near_hi[a];
          if (!far) {
            for (int l = begin; l < end; ++l) {
              bool inside = true;
              for (int a = 0; a < 3; ++a)
                inside = inside && s[a] >= bounds(l, a) && s[a] < bounds(l, 3 + a);
              if (inside) ++sum;
            }
          }
          if (final && i == n_local - 1) offset(n_local) = base + sum;
        },
        count);
    partner.send_begin = n_send_;
    partner.send_count = count;
    n_send_ += count;
  }
  grow(entry_atom_, n_send_);
  grow(entry_link_, n_send_);
  grow(buffer_, n_send_);
  grow(scalar_buffer_, n_send_);
  const auto entry_atom = entry_atom_;
  const auto entry_link = entry_link_;
  for (const Partner& partner : partners_) {
    const auto offset = Kokkos::subview(entry_offset_, &partner - partners_.data(), Kokkos::ALL);
    const int begin = partner.link_begin, end = partner.link_end;
    Kokkos::parallel_for(
        "halo::select", RangePolicy(0, n_local), KOKKOS_LAMBDA(const int i) {
          int e = offset(i);
          if (e == offset(i + 1)) return;
          const double position[3] = {x(i, 0), x(i, 1), x(i, 2)};
          double s[3];
          box.to_fractional(position, s);
          for (int l = begin; l < end; ++l) {
            bool inside = true;
            for (int a = 0; a < 3; ++a)
              inside = inside && s[a] >= bounds(l, a) && s[a] < bounds(l, 3 + a);
            if (inside) {
              entry_atom(e) = i;
              entry_link(e) = l;
              ++e;
            }
          }
        });
  }
  ExecSpace().fence();
}

void Halo::exchange_counts() {
  std::vector<MPI_Request> requests;
  for (Partner& partner : partners_) {
    if (partner.rank == comm_.rank()) {
      partner.recv_count = partner.send_count;
      continue;
    }
    requests.resize(requests.size() + 2);
    mpi_check(MPI_Irecv(&partner.recv_count, 1, MPI_INT, partner.rank, kTagCount, comm_.handle(),
                        &requests[requests.size() - 2]),
              "exchanging halo sizes");
    mpi_check(MPI_Isend(&partner.send_count, 1, MPI_INT, partner.rank, kTagCount, comm_.handle(),
                        &requests.back()),
              "exchanging halo sizes");
  }
  mpi_check(MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE),
            "exchanging halo sizes");
  n_ghost_ = 0;
  for (Partner& partner : partners_) {
    partner.recv_begin = n_ghost_;
    n_ghost_ += partner.recv_count;
  }
}

void Halo::exchange_identities(Atoms& atoms) {
  // Type and id of each entry, as two 64-bit integers, staged on the host: once per rebuild.
  const auto atom = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), entry_atom_);
  const auto type = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), atoms.type);
  const auto id = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), atoms.id);
  std::vector<std::int64_t> send(2 * static_cast<std::size_t>(n_send_));
  std::vector<std::int64_t> receive(2 * static_cast<std::size_t>(n_ghost_));
  for (int e = 0; e < n_send_; ++e) {
    send[2 * e] = type(atom(e));
    send[2 * e + 1] = id(atom(e));
  }
  std::vector<MPI_Request> requests;
  for (const Partner& partner : partners_) {
    std::int64_t* to = send.data() + 2 * static_cast<std::size_t>(partner.send_begin);
    std::int64_t* from = receive.data() + 2 * static_cast<std::size_t>(partner.recv_begin);
    if (partner.rank == comm_.rank()) {
      std::copy_n(to, 2 * static_cast<std::size_t>(partner.send_count), from);
      continue;
    }
    requests.resize(requests.size() + 2);
    mpi_check(MPI_Irecv(from, 2 * partner.recv_count, MPI_INT64_T, partner.rank, kTagIdentity,
                        comm_.handle(), &requests[requests.size() - 2]),
              "exchanging ghost identities");
    mpi_check(MPI_Isend(to, 2 * partner.send_count, MPI_INT64_T, partner.rank, kTagIdentity,
                        comm_.handle(), &requests.back()),
              "exchanging ghost identities");
  }
  mpi_check(MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE),
            "exchanging ghost identities");
  for (int g = 0; g < n_ghost_; ++g) {
    type(atoms.n_local + g) = static_cast<int>(receive[2 * g]);
    id(atoms.n_local + g) = receive[2 * g + 1];
  }
  if constexpr (!kHostExecution) {
    Kokkos::deep_copy(atoms.type, type);
    Kokkos::deep_copy(atoms.id, id);
  }
}

void Halo::build(Atoms& atoms, const Box& box, const RankGrid& grid, double width) {
  n_local_ = atoms.n_local;
  choose_links(box, grid, width);
  select_atoms(atoms, box);
  exchange_counts();
  atoms.n_ghost = n_ghost_;
  atoms.reserve(static_cast<std::size_t>(n_local_) + n_ghost_);
  exchange_identities(atoms);
  begin_positions(atoms, box);
  finish_positions();
}

Halo::Block Halo::source(const Partner& partner, bool forward) {
  return forward ? Block{partner.send_begin, partner.send_count}
                 : Block{partner.recv_begin, partner.recv_count};
}

Halo::Block Halo::target(const Partner& partner, bool forward) { return source(partner, !forward); }

namespace {

// Copies `count` doubles between memory spaces (or within one).
template <class ToSpace, class FromSpace>
void copy_doubles(double* to, const double* from, std::size_t count) {
  if (count == 0) return;
  using Unmanaged = Kokkos::MemoryTraits<Kokkos::Unmanaged>;
  Kokkos::deep_copy(Kokkos::View<double*, ToSpace, Unmanaged>(to, count),
                    Kokkos::View<const double*, FromSpace, Unmanaged>(from, count));
}

}  // namespace

void Halo::start(const Transfer& transfer) {
  transfer_ = transfer;
  const auto width = static_cast<std::size_t>(transfer.width);
  const double* from = transfer.from;
  double* to = transfer.to;
  if constexpr (!kHostExecution) {
    const std::size_t rows_from = transfer.forward ? n_send_ : n_ghost_;
    const std::size_t rows_to = transfer.forward ? n_ghost_ : n_send_;
    if (host_from_.extent(0) < rows_from * width) Kokkos::realloc(host_from_, rows_from * width);
    if (host_to_.extent(0) < rows_to * width) Kokkos::realloc(host_to_, rows_to * width);
    copy_doubles<Kokkos::HostSpace, MemSpace>(host_from_.data(), transfer.from, rows_from * width);
    from = host_from_.data();
    to = host_to_.data();
  }
  requests_.clear();
  for (const Partner& partner : partners_) {
    const Block block = target(partner, transfer.forward);
    if (partner.rank == comm_.rank() || block.count == 0) continue;
    requests_.emplace_back();
    mpi_check(MPI_Irecv(to + width * block.begin, transfer.width * block.count, MPI_DOUBLE,
                        partner.rank, transfer.tag, comm_.handle(), &requests_.back()),
              "exchanging ghosts");
  }
  for (const Partner& partner : partners_) {
    const Block block = source(partner, transfer.forward);
    if (block.count == 0) continue;
    if (partner.rank == comm_.rank()) {
      const Block own = target(partner, transfer.forward);
      copy_doubles<MemSpace, MemSpace>(transfer.to + width * own.begin,
                                       transfer.from + width * block.begin, width * block.count);
      continue;
    }
    requests_.emplace_back();
    mpi_check(MPI_Isend(from + width * block.begin, transfer.width * block.count, MPI_DOUBLE,
                        partner.rank, transfer.tag, comm_.handle(), &requests_.back()),
              "exchanging ghosts");
  }
}

void Halo::wait() {
  mpi_check(MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE),
            "exchanging the halo");
  requests_.clear();
  if constexpr (!kHostExecution) {
    const auto width = static_cast<std::size_t>(transfer_.width);
    for (const Partner& partner : partners_) {
      const Block block = target(partner, transfer_.forward);
      if (partner.rank == comm_.rank()) continue;
      copy_doubles<MemSpace, Kokkos::HostSpace>(transfer_.to + width * block.begin,
                                                host_to_.data() + width * block.begin,
                                                width * block.count);
    }
  }
}

void Halo::pack_positions(const Atoms& atoms, const Box& box) {
  const auto x = atoms.x;
  const auto buffer = buffer_;
  const auto atom = entry_atom_;
  const auto link = entry_link_;
  const auto image = link_image_;
  for_rows(
      "halo::pack", n_send_, KOKKOS_LAMBDA(const int e) {
        double shift[3];
        const int l = link(e), i = atom(e);
        box.lattice_vector(image(l, 0), image(l, 1), image(l, 2), shift);
        for (int k = 0; k < 3; ++k) buffer(e, k) = x(i, k) - shift[k];
      });
  ExecSpace().fence();
}

void Halo::begin_positions(const Atoms& atoms, const Box& box) {
  pack_positions(atoms, box);
  start({buffer_.data(), atoms.x.data() + 3 * static_cast<std::size_t>(n_local_), 3, true,
         kTagPositions});
}

void Halo::finish_positions() { wait(); }

void Halo::pack_scalars(const DeviceView<double*>& values) {
  const auto buffer = scalar_buffer_;
  const auto atom = entry_atom_;
  for_rows(
      "halo::pack_scalars", n_send_, KOKKOS_LAMBDA(const int e) { buffer(e) = values(atom(e)); });
  ExecSpace().fence();
}

void Halo::begin(const DeviceView<double*>& values) {
  pack_scalars(values);
  start({scalar_buffer_.data(), values.data() + n_local_, 1, true, kTagScalars});
}

void Halo::finish(const DeviceView<double*>&) { wait(); }

void Halo::return_forces(Atoms& atoms) {
  ExecSpace().fence();
  start({atoms.f.data() + 3 * static_cast<std::size_t>(n_local_), buffer_.data(), 3, false,
         kTagForces});
  wait();
  add_returned(atoms);
}

void Halo::add_returned(const Atoms& atoms) {
  const auto f = atoms.f;
  const auto buffer = buffer_;
  const auto offsets = entry_offset_;
  const int n_partners = static_cast<int>(partners_.size());
  // Owner-centred sum in a fixed order: the same result whatever the number of threads.
  for_rows(
      "halo::add_forces", n_local_, KOKKOS_LAMBDA(const int i) {
        for (int p = 0; p < n_partners; ++p) {
          for (int e = offsets(p, i); e < offsets(p, i + 1); ++e) {
            for (int k = 0; k < 3; ++k) f(i, k) += buffer(e, k);
          }
        }
      });
}

int Halo::neighbour_ranks() const {
  int count = 0;
  for (const Partner& partner : partners_) count += partner.rank != comm_.rank() ? 1 : 0;
  return count;
}

double Halo::bytes() const {
  return 4.0 * (entry_offset_.size() + entry_atom_.size() + entry_link_.size()) +
         8.0 * (buffer_.size() + scalar_buffer_.size());
}

}  // namespace splicemd::md
