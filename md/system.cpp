// Distribution of a configuration over the ranks.
#include "md/system.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "md/migration.hpp"

namespace splicemd::md {

namespace {

void check_ids(const std::vector<AtomRecord>& atoms) {
  std::vector<std::int64_t> ids(atoms.size());
  std::transform(atoms.begin(), atoms.end(), ids.begin(), [](const AtomRecord& a) { return a.id; });
  std::sort(ids.begin(), ids.end());
  require(ids.empty() || ids.front() >= 1, "atom ids must be positive; found {}", ids.front());
  const auto twin = std::adjacent_find(ids.begin(), ids.end());
  require(twin == ids.end(), "atom id {} appears more than once", twin == ids.end() ? 0 : *twin);
}

// Everything but the atoms, from rank 0 to all.
void broadcast_frame(System& system, const Configuration& configuration) {
  const Communicator& comm = system.comm;
  system.box = configuration.box;
  static_assert(std::is_trivially_copyable_v<Box>);
  comm.broadcast(&system.box, 1, 0);
  std::vector<double> masses;
  std::string names;
  for (const Species& species : configuration.species) {
    masses.push_back(species.mass);
    names += species.symbol + '\n';
  }
  comm.broadcast(masses);
  comm.broadcast(names);
  system.species.clear();
  std::size_t start = 0;
  for (const double mass : masses) {
    const std::size_t end = names.find('\n', start);
    system.species.push_back({names.substr(start, end - start), mass});
    start = end + 1;
  }
}

}  // namespace

void System::set_masses() {
  mass = DeviceView<double*>("system::mass", species.size());
  const auto host = Kokkos::create_mirror_view(mass);
  for (std::size_t t = 0; t < species.size(); ++t) {
    require(species[t].mass > 0.0, "species '{}' has no mass: give one under `masses:`",
            species[t].symbol);
    host(t) = species[t].mass;
  }
  Kokkos::deep_copy(mass, host);
}

void System::distribute(const Configuration& configuration, const std::vector<unsigned>& group,
                        const std::array<int, 3>& requested_grid) {
  comm.on_root([&] {
    check_ids(configuration.atoms);
    require(configuration.atoms.size() < (1u << 31),
            "more than 2³¹ atoms cannot be read through one rank");
  });
  broadcast_frame(*this, configuration);
  set_masses();
  grid = choose_rank_grid(comm.size(), comm.rank(), box, requested_grid);

  const int n = comm.is_root() ? static_cast<int>(configuration.atoms.size()) : 0;
  atoms.n_local = n;
  atoms.n_ghost = 0;
  atoms.reserve(static_cast<std::size_t>(n) + 1);
  const auto x = Kokkos::create_mirror_view(atoms.x);
  const auto v = Kokkos::create_mirror_view(atoms.v);
  const auto type = Kokkos::create_mirror_view(atoms.type);
  const auto id = Kokkos::create_mirror_view(atoms.id);
  const auto image = Kokkos::create_mirror_view(atoms.image);
  const auto bits = Kokkos::create_mirror_view(atoms.group);
  for (int i = 0; i < n; ++i) {
    const AtomRecord& atom = configuration.atoms[i];
    id(i) = atom.id;
    type(i) = atom.type;
    bits(i) = group.empty() ? 0u : group[i];
    for (int k = 0; k < 3; ++k) {
      x(i, k) = atom.x[k];
      v(i, k) = (bits(i) & kFrozenBit) != 0 ? 0.0 : atom.v[k];
      image(i, k) = atom.image[k];
    }
  }
  Kokkos::deep_copy(atoms.x, x);
  Kokkos::deep_copy(atoms.v, v);
  Kokkos::deep_copy(atoms.type, type);
  Kokkos::deep_copy(atoms.id, id);
  Kokkos::deep_copy(atoms.image, image);
  Kokkos::deep_copy(atoms.group, bits);
  wrap_atoms(atoms, box);
  migrate_atoms(atoms, box, grid, comm);
  count_atoms();
}

void System::count_atoms() {
  const auto group = atoms.group;
  int frozen = 0;
  Kokkos::parallel_reduce(
      "system::count_frozen", RangePolicy(0, atoms.n_local),
      KOKKOS_LAMBDA(const int i, int& sum) { sum += (group(i) & kFrozenBit) != 0 ? 1 : 0; },
      frozen);
  n_global = comm.sum(static_cast<std::int64_t>(atoms.n_local));
  n_mobile = n_global - comm.sum(static_cast<std::int64_t>(frozen));
}

}  // namespace splicemd::md
