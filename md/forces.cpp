// The force evaluation and the decision when neighbour lists must be rebuilt.
#include "md/forces.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/log.hpp"
#include "md/diagnosis.hpp"
#include "md/migration.hpp"

namespace splicemd::md {

namespace {
constexpr double kNotANumber = 1e30;  // Å²: no atom moves this far between two checks
constexpr double kLost = 100.0;       // Å outside the box
}  // namespace

Forces::Forces(System& system, std::vector<std::unique_ptr<Potential>> potentials,
               NeighbourSettings settings, Timers& timers)
    : system_(system),
      potentials_(std::move(potentials)),
      settings_(settings),
      timers_(timers),
      halo_(system.comm) {
  require(!potentials_.empty(), "no potential given");
  for (const auto& potential : potentials_) {
    cutoff_ = std::max(cutoff_, potential->cutoff());
    any_half_ = any_half_ || potential->list() == ListKind::half;
    any_ghost_forces_ = any_ghost_forces_ || potential->adds_ghost_forces();
  }
}

void Forces::save_positions() {
  const int n = system_.atoms.n_local;
  grow(x_at_build_, n);
  const auto x = system_.atoms.x;
  const auto saved = x_at_build_;
  for_rows(
      "forces::save_positions", n, KOKKOS_LAMBDA(const int i) {
        for (int k = 0; k < 3; ++k) saved(i, k) = x(i, k);
      });
  box_at_build_ = system_.box;
}

void Forces::build_lists() {
  const double range = cutoff_ + settings_.skin;
  {
    const Timed timed(timers_, Part::comm);
    halo_.build(system_.atoms, system_.box, system_.grid, range);
  }
  const Timed timed(timers_, Part::neigh);
  builder_.build(system_.atoms, range, any_half_, system_.comm.size() > 1);
  ++list_id_;
  steps_since_build = 0;
}

void Forces::rebuild() {
  {
    const Timed timed(timers_, Part::comm);
    wrap_atoms(system_.atoms, system_.box);
    migrate_atoms(system_.atoms, system_.box, system_.grid, system_.comm);
  }
  {
    const Timed timed(timers_, Part::neigh);
    sort_atoms(system_.atoms, system_.box, 0.5 * (cutoff_ + settings_.skin));
    save_positions();
  }
  look_for_lost_atoms();
  build_lists();
  ++builds;
}

void Forces::restore(const DeviceView<double* [3]>& x_at_build, const Box& box_at_build) {
  const int n = system_.atoms.n_local;
  const DeviceView<double* [3]> x_now("forces::x_now", n);
  const auto rows = std::make_pair(0, n);
  const auto x_rows = Kokkos::subview(system_.atoms.x, rows, Kokkos::ALL);
  Kokkos::deep_copy(x_now, x_rows);
  Kokkos::deep_copy(x_rows, Kokkos::subview(x_at_build, rows, Kokkos::ALL));
  const Box box_now = system_.box;
  system_.box = box_at_build;
  save_positions();
  build_lists();
  system_.box = box_now;
  // build_lists may have moved the arrays.
  Kokkos::deep_copy(Kokkos::subview(system_.atoms.x, rows, Kokkos::ALL), x_now);
}

double Forces::largest_displacement() const {
  const auto x = system_.atoms.x;
  const auto saved = x_at_build_;
  double largest2 = 0.0;
  reduce_rows(
      "forces::displacement", system_.atoms.n_local,
      KOKKOS_LAMBDA(const int i, double& largest) {
        const double dx = x(i, 0) - saved(i, 0), dy = x(i, 1) - saved(i, 1),
                     dz = x(i, 2) - saved(i, 2);
        const double d2 = dx * dx + dy * dy + dz * dz;
        const double finite = d2 <= kNotANumber ? d2 : kNotANumber;  // NaN too
        if (finite > largest) largest = finite;
      },
      Kokkos::Max<double>(largest2));
  return system_.atoms.n_local > 0 ? std::sqrt(largest2) : 0.0;
}

double Forces::farthest_outside(int axis) const {
  const auto x = system_.atoms.x;
  const Box box = system_.box;
  double farthest = 0.0;
  reduce_rows(
      "forces::farthest_outside", system_.atoms.n_local,
      KOKKOS_LAMBDA(const int i, double& most) {
        const double position[3] = {x(i, 0), x(i, 1), x(i, 2)};
        double s[3];
        box.to_fractional(position, s);
        const double outside = s[axis] < 0.0 ? -s[axis] : s[axis] - 1.0;
        if (outside > most) most = outside;
      },
      Kokkos::Max<double>(farthest));
  return system_.atoms.n_local > 0 ? std::max(farthest, 0.0) * box.face_distance(axis) : 0.0;
}

void Forces::report_lost_atom(int axis, double distance) const {
  const std::int64_t id = atom_outside(system_, axis);
  const std::string text = fmt::format(
      "atom {} is {:.4g} Å outside the box along {}, which is open", id, distance, "abc"[axis]);
  ensure(settings_.lost != LostAtoms::error, "step {}: {}", system_.step, text);
  if (system_.comm.is_root()) {
    log::warning("step {}: {}; it is followed on (`neighbour: {{lost: error}}` stops here)",
                 system_.step, text);
  }
}

void Forces::look_for_lost_atoms() {
  if (settings_.lost == LostAtoms::ignore || warned_of_lost_) return;
  for (int k = 0; k < 3; ++k) {
    if (system_.box.periodic[k]) continue;
    const double distance = system_.comm.max(farthest_outside(k));
    if (distance <= kLost) continue;
    warned_of_lost_ = true;
    report_lost_atom(k, distance);
    return;
  }
}

double Forces::box_change() const {
  // A ghost with image n has moved by n·(h − h_build) beside its owner's own displacement.
  double change = 0.0;
  for (int k = 0; k < 3; ++k) {
    double d2 = 0.0;
    for (int c = 0; c < 3; ++c) {
      const double d = system_.box.h[k][c] - box_at_build_.h[k][c];
      d2 += d * d;
    }
    change += halo_.image_range()[k] * std::sqrt(d2);
  }
  return change;
}

void Forces::report_runaway() const {
  const Leap leap = farthest_leap(system_, *this);
  ensure(std::isfinite(leap.distance),
         "step {}: the position of atom {} is not a number; is the timestep too long?",
         system_.step, leap.id);
  throw RunError(fmt::format(
      "step {}: atom {} has moved {:.3g} Å since the last check, farther than forces reach: is the "
      "timestep too long, or are atoms on top of each other?",
      system_.step, leap.id, leap.distance));
}

bool Forces::rebuild_if_needed() {
  ++steps_since_build;
  if (steps_since_build % settings_.every != 0) return false;
  bool needed = !settings_.check;
  if (settings_.check) {
    const Timed timed(timers_, Part::neigh);
    const double moved = system_.comm.max(2.0 * largest_displacement());
    if (!(0.5 * moved < cutoff_ + settings_.skin)) report_runaway();
    needed = moved + box_change() > settings_.skin;
    if (needed && settings_.every > 1 && steps_since_build == settings_.every) ++dangerous_builds;
  }
  if (needed) rebuild();
  return needed;
}

void Forces::zero_outputs(bool energy, bool virial) {
  const Atoms& atoms = system_.atoms;
  const auto f = atoms.f;
  const auto e = atoms.energy;
  const auto w = atoms.virial;
  const int n_local = atoms.n_local;
  for_rows(
      "forces::zero", atoms.n_all(), KOKKOS_LAMBDA(const int i) {
        for (int k = 0; k < 3; ++k) f(i, k) = 0.0;
        if (i < n_local) {
          if (energy) e(i) = 0.0;
          if (virial) {
            for (int k = 0; k < 6; ++k) w(i, k) = 0.0;
          }
        }
      });
}

ForceInput Forces::input(bool energy, bool virial) {
  const Atoms& atoms = system_.atoms;
  ForceInput in;
  in.n_local = atoms.n_local;
  in.n_all = atoms.n_all();
  in.x = atoms.x;
  in.type = atoms.type;
  in.full = builder_.full();
  if (any_half_) in.half = builder_.half();
  in.interior = builder_.interior();
  in.boundary = builder_.boundary();
  in.exchange = &halo_;
  in.energy = energy;
  in.virial = virial;
  in.list_id = list_id_;
  return in;
}

void Forces::compute(bool energy, bool virial) {
  Atoms& atoms = system_.atoms;
  Timed packing(timers_, Part::comm);
  halo_.begin_positions(atoms, system_.box);
  packing.stop();

  const ForceInput in = input(energy, virial);
  const ForceOutput out{atoms.f, atoms.energy, atoms.virial};
  const bool overlap = system_.comm.size() > 1;
  const auto evaluate = [&](Phase phase) {
    const Timed timed(timers_, Part::pair);
    for (const auto& potential : potentials_) potential->compute(in, phase, out);
    ExecSpace().fence();
  };
  Timed zeroing(timers_, Part::pair);
  zero_outputs(energy, virial);
  zeroing.stop();
  if (overlap) evaluate(Phase::interior);
  Timed waiting(timers_, Part::comm);
  halo_.finish_positions();
  waiting.stop();
  evaluate(overlap ? Phase::boundary : Phase::all);
  if (any_ghost_forces_) {
    const Timed timed(timers_, Part::comm);
    halo_.return_forces(atoms);
    ExecSpace().fence();
  }
}

double Forces::potential_energy() const {
  const auto e = system_.atoms.energy;
  double sum = 0.0;
  reduce_rows(
      "forces::energy", system_.atoms.n_local,
      KOKKOS_LAMBDA(const int i, double& total) { total += e(i); }, Kokkos::Sum<double>(sum));
  return system_.comm.sum(sum);
}

std::array<double, 6> Forces::virial() const {
  const auto w = system_.atoms.virial;
  std::array<double, 6> total{};
  for (int k = 0; k < 6; ++k) {
    reduce_rows(
        "forces::virial", system_.atoms.n_local,
        KOKKOS_LAMBDA(const int i, double& sum) { sum += w(i, k); }, Kokkos::Sum<double>(total[k]));
  }
  system_.comm.sum(total.data(), total.size());
  return total;
}

}  // namespace splicemd::md
