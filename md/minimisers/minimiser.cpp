// What all minimisers share: evaluation, convergence, and the table of methods.
#include "md/minimisers/minimiser.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "md/diagnosis.hpp"
#include "md/minimisers/conjugate_gradient.hpp"
#include "md/minimisers/fire.hpp"

namespace splicemd::md {

Minimiser::Sums Minimiser::sum_forces(const System& system, const DeviceView<double* [3]>& a,
                                      const DeviceView<double* [3]>& b) {
  const auto f = system.atoms.f;
  const auto group = system.atoms.group;
  double ff = 0, fa = 0, fb = 0, aa = 0, atom2 = 0, component2 = 0;
  reduce_rows(
      "minimiser::sum_forces", system.atoms.n_local,
      KOKKOS_LAMBDA(const int i, double& sum_ff, double& sum_fa, double& sum_fb, double& sum_aa,
                    double& most_atom, double& most_component) {
        if ((group(i) & kFrozenBit) != 0) return;
        double here = 0.0;
        for (int k = 0; k < 3; ++k) {
          const double square = f(i, k) * f(i, k);
          here += square;
          sum_fa += f(i, k) * a(i, k);
          sum_fb += f(i, k) * b(i, k);
          sum_aa += a(i, k) * a(i, k);
          if (square > most_component) most_component = square;
        }
        sum_ff += here;
        if (here > most_atom) most_atom = here;
      },
      Kokkos::Sum<double>(ff), Kokkos::Sum<double>(fa), Kokkos::Sum<double>(fb),
      Kokkos::Sum<double>(aa), Kokkos::Max<double>(atom2), Kokkos::Max<double>(component2));
  double totals[4] = {ff, fa, fb, aa};
  std::vector<double> most{std::max(atom2, 0.0), std::max(component2, 0.0)};
  if (system.comm.size() > 1) {
    system.comm.sum(totals, 4);
    system.comm.max(most);
  }
  return {totals[0], totals[1], totals[2], totals[3], std::sqrt(most[0]), std::sqrt(most[1])};
}

void Minimiser::measure(System& system, const Forces& forces) {
  energy_ = forces.potential_energy();
  sums_ = sum_forces(system, a_, b_);
  if (std::isfinite(energy_) && std::isfinite(sums_.ff)) return;
  throw RunError(fmt::format("minimisation step {}: the energy or a force is not a number: {}",
                             steps_, suspects(system, forces)));
}

void Minimiser::begin(System& system, const Forces& forces) {
  end_ = MinimiserEnd::none;
  steps_ = evaluations_ = 0;
  grow(a_, static_cast<std::size_t>(system.atoms.n_local));
  grow(b_, static_cast<std::size_t>(system.atoms.n_local));
  Kokkos::deep_copy(ExecSpace(), a_, 0.0);
  Kokkos::deep_copy(ExecSpace(), b_, 0.0);
  rows_.remember(system);
  measure(system, forces);
  energy_counts_ = false;
  check(0.0);
  if (!finished()) start(system);
}

void Minimiser::evaluate(System& system, Forces& forces) {
  // Moves are larger than in dynamics: displacements are checked every time, whatever the interval.
  bool rebuilt = false;
  for (int k = 0; k < forces.settings().every && !rebuilt; ++k)
    rebuilt = forces.rebuild_if_needed();
  if (rebuilt) rows_.follow(system, {&a_, &b_});
  forces.compute(true, false);
  ++evaluations_;
  measure(system, forces);
}

double Minimiser::force() const {
  switch (settings_.measure) {
    case ForceMeasure::atom:
      return sums_.largest_atom;
    case ForceMeasure::component:
      return sums_.largest_component;
    case ForceMeasure::total:
      break;
  }
  return std::sqrt(sums_.ff);
}

void Minimiser::check(double change) {
  if (force() <= settings_.force_tolerance) {
    end_ = MinimiserEnd::force_tolerance;
  } else if (finished()) {
    return;
  } else if (energy_counts_ && settings_.energy_tolerance > 0.0 &&
             std::abs(change) <= settings_.energy_tolerance * std::abs(energy_)) {
    end_ = MinimiserEnd::energy_tolerance;
  } else if (steps_ >= settings_.max_steps) {
    end_ = MinimiserEnd::max_steps;
  } else if (evaluations_ >= settings_.max_evaluations) {
    end_ = MinimiserEnd::max_evaluations;
  }
}

bool Minimiser::step(System& system, Forces& forces) {
  if (finished()) return false;
  const double before = energy_;
  energy_counts_ = true;
  ++steps_;
  advance(system, forces);
  check(energy_ - before);
  return !finished();
}

bool Minimiser::converged() const {
  return end_ == MinimiserEnd::force_tolerance || end_ == MinimiserEnd::energy_tolerance ||
         end_ == MinimiserEnd::no_descent;
}

std::string Minimiser::reason() const {
  switch (end_) {
    case MinimiserEnd::none:
      return "not finished";
    case MinimiserEnd::force_tolerance:
      return fmt::format("force tolerance reached after {} steps, {} force evaluations", steps_,
                         evaluations_);
    case MinimiserEnd::energy_tolerance:
      return fmt::format("energy tolerance reached after {} steps, {} force evaluations", steps_,
                         evaluations_);
    case MinimiserEnd::max_steps:
      return fmt::format("not converged: the limit of {} steps was reached", settings_.max_steps);
    case MinimiserEnd::max_evaluations:
      return fmt::format("not converged: the limit of {} force evaluations was reached",
                         settings_.max_evaluations);
    case MinimiserEnd::no_descent:
      break;
  }
  return fmt::format("no lower energy to be found within rounding after {} steps", steps_);
}

void minimise(Minimiser& minimiser, System& system, Forces& forces) {
  minimiser.begin(system, forces);
  while (minimiser.step(system, forces)) {
  }
}

namespace {

struct Row {
  const char* method;
  std::unique_ptr<Minimiser> (*make)(const ConfigNode&, const MinimiserSettings&);
};

constexpr Row kTable[] = {
    {"cg", make_conjugate_gradient},
    {"fire", make_fire},
};

MinimiserSettings read_settings(const ConfigNode& stage) {
  MinimiserSettings settings;
  settings.force_tolerance =
      stage.number("force_tolerance", Dimension::force, settings.force_tolerance, 0.0);
  if (const auto measure = stage.find("force_measure")) {
    const std::string name = measure->choice({"atom", "component", "total"});
    settings.measure = name == "atom"        ? ForceMeasure::atom
                       : name == "component" ? ForceMeasure::component
                                             : ForceMeasure::total;
  }
  settings.energy_tolerance = stage.number("energy_tolerance", Dimension::none, 0.0, 0.0, 1.0);
  settings.max_steps = stage.integer("max_steps", settings.max_steps, 0, std::int64_t{1} << 40);
  settings.max_evaluations =
      stage.integer("max_evaluations", 10 * std::max<std::int64_t>(settings.max_steps, 1), 1);
  settings.max_displacement =
      stage.number("max_displacement", Dimension::length, settings.max_displacement, 1e-6, 10.0);
  return settings;
}

}  // namespace

std::vector<std::string> minimiser_methods() {
  std::vector<std::string> methods;
  for (const Row& row : kTable) methods.emplace_back(row.method);
  return methods;
}

std::unique_ptr<Minimiser> make_minimiser(const ConfigNode& stage) {
  std::string method = "cg";
  if (const auto node = stage.find("method")) method = node->choice(minimiser_methods());
  for (const Row& row : kTable) {
    if (method == row.method) return row.make(stage, read_settings(stage));
  }
  stage.fail("no minimiser '{}'", method);
}

}  // namespace splicemd::md
