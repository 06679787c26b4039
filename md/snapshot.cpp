// Device arrays to host structures and back.
#include "md/snapshot.hpp"

#include "base/error.hpp"
#include "base/units.hpp"
#include "md/migration.hpp"

namespace splicemd::md {

namespace {

using Rows3 = std::vector<std::array<double, 3>>;

template <class ViewType>
auto to_host(const ViewType& view) {
  return Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), view);
}

template <class T, class ViewType>
std::vector<std::array<T, 3>> rows_of(const ViewType& view, int n) {
  const auto host = to_host(view);
  std::vector<std::array<T, 3>> rows(n);
  for (int i = 0; i < n; ++i) rows[i] = {host(i, 0), host(i, 1), host(i, 2)};
  return rows;
}

template <class T, class ViewType>
std::vector<T> values_of(const ViewType& view, int n) {
  const auto host = to_host(view);
  return std::vector<T>(host.data(), host.data() + n);
}

template <class ViewType, class T>
void set_rows(const ViewType& view, const std::vector<std::array<T, 3>>& rows) {
  const auto host = Kokkos::create_mirror_view(view);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (int k = 0; k < 3; ++k) host(i, k) = rows[i][k];
  }
  Kokkos::deep_copy(view, host);
}

template <class ViewType, class T>
void set_values(const ViewType& view, const std::vector<T>& values) {
  const auto host = Kokkos::create_mirror_view(view);
  for (std::size_t i = 0; i < values.size(); ++i) host(i) = values[i];
  Kokkos::deep_copy(view, host);
}

template <class T>
void keep(std::vector<T>& values, const std::vector<int>& rows) {
  if (values.empty()) return;
  std::vector<T> kept;
  kept.reserve(rows.size());
  for (const int i : rows) kept.push_back(values[i]);
  values = std::move(kept);
}

void keep_group(Frame& frame, const std::vector<unsigned>& group, unsigned mask) {
  std::vector<int> rows;
  for (std::size_t i = 0; i < group.size(); ++i) {
    if ((group[i] & mask) != 0) rows.push_back(static_cast<int>(i));
  }
  keep(frame.id, rows);
  keep(frame.type, rows);
  keep(frame.x, rows);
  keep(frame.v, rows);
  keep(frame.f, rows);
  keep(frame.image, rows);
  keep(frame.energy, rows);
}

}  // namespace

Frame take_frame(const System& system, const FrameFields& fields) {
  ExecSpace().fence();
  const Atoms& atoms = system.atoms;
  const int n = atoms.n_local;
  Frame frame;
  frame.step = system.step;
  frame.time = system.time;
  frame.box = system.box;
  frame.species = system.species;
  frame.id = values_of<std::int64_t>(atoms.id, n);
  frame.type = values_of<int>(atoms.type, n);
  frame.x = rows_of<double>(atoms.x, n);
  frame.v = rows_of<double>(atoms.v, n);
  frame.image = rows_of<int>(atoms.image, n);
  if (fields.forces) frame.f = rows_of<double>(atoms.f, n);
  if (fields.energies) frame.energy = values_of<double>(atoms.energy, n);
  if (fields.group_mask != 0)
    keep_group(frame, values_of<unsigned>(atoms.group, n), fields.group_mask);
  return frame;
}

Checkpoint take_checkpoint(const System& system, const Forces& forces) {
  ExecSpace().fence();
  const Atoms& atoms = system.atoms;
  const int n = atoms.n_local;
  Checkpoint checkpoint;
  checkpoint.step = system.step;
  checkpoint.time = system.time;
  checkpoint.box = system.box;
  checkpoint.box_at_build = forces.box_at_build();
  checkpoint.species = system.species;
  checkpoint.threads = ExecSpace().concurrency();
  checkpoint.id = values_of<std::int64_t>(atoms.id, n);
  checkpoint.type = values_of<int>(atoms.type, n);
  checkpoint.x = rows_of<double>(atoms.x, n);
  checkpoint.v = rows_of<double>(atoms.v, n);
  checkpoint.f = rows_of<double>(atoms.f, n);
  checkpoint.image = rows_of<int>(atoms.image, n);
  checkpoint.group = values_of<unsigned>(atoms.group, n);
  checkpoint.x_at_build = rows_of<double>(forces.x_at_build(), n);
  checkpoint.counters["neighbour"] = {forces.steps_since_build, forces.builds,
                                      forces.dangerous_builds};
  for (int k = 0; k < 3; ++k) checkpoint.counters["grid"].push_back(system.grid.dims[k]);
  return checkpoint;
}

void restore_checkpoint(System& system, Forces& forces, const Checkpoint& checkpoint) {
  Atoms& atoms = system.atoms;
  const int n = static_cast<int>(checkpoint.size());
  system.box = checkpoint.box;
  system.step = checkpoint.step;
  system.time = checkpoint.time;
  atoms.n_local = n;
  atoms.n_ghost = 0;
  atoms.reserve(static_cast<std::size_t>(n) + 1);
  set_values(atoms.id, checkpoint.id);
  set_values(atoms.type, checkpoint.type);
  set_values(atoms.group, checkpoint.group);
  set_rows(atoms.x, checkpoint.x);
  set_rows(atoms.v, checkpoint.v);
  set_rows(atoms.image, checkpoint.image);
  system.count_atoms();

  const auto& grid = checkpoint.counters.at("grid");
  bool same_grid = checkpoint.ranks == system.comm.size();
  for (int k = 0; k < 3; ++k) same_grid = same_grid && grid.at(k) == system.grid.dims[k];
  if (!same_grid) {
    forces.rebuild();
    forces.compute(true, true);
    return;
  }
  const DeviceView<double* [3]> x_at_build("snapshot::x_at_build", n);
  set_rows(x_at_build, checkpoint.x_at_build);
  forces.restore(x_at_build, checkpoint.box_at_build);
  forces.compute(true, true);
  set_rows(atoms.f, checkpoint.f);
  const auto& counters = checkpoint.counters.at("neighbour");
  forces.steps_since_build = static_cast<int>(counters.at(0));
  forces.builds = counters.at(1);
  forces.dangerous_builds = counters.at(2);
}

Evaluation gather_evaluation(const System& system, const Forces& forces) {
  Evaluation result;
  result.energy = forces.potential_energy();
  result.virial_pressure = pressure_tensor(Tensor{}, forces.virial(), system.box.volume());
  FrameFields fields;
  fields.forces = fields.energies = true;
  Frame frame = gather_frame(take_frame(system, fields), system.comm);
  for (std::size_t i = 0; i < frame.x.size(); ++i) {
    double s[3], n[3], shift[3];
    system.box.to_fractional(frame.x[i].data(), s);
    for (int k = 0; k < 3; ++k) n[k] = system.box.periodic[k] ? std::floor(s[k]) : 0.0;
    system.box.lattice_vector(n[0], n[1], n[2], shift);
    for (int k = 0; k < 3; ++k) frame.x[i][k] -= shift[k];
  }
  result.id = std::move(frame.id);
  result.x = std::move(frame.x);
  result.v = std::move(frame.v);
  result.forces = std::move(frame.f);
  result.energies = std::move(frame.energy);
  return result;
}

}  // namespace splicemd::md
