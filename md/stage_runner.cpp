// The time loop.
#include "md/stage_runner.hpp"

#include <cmath>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "md/diagnosis.hpp"
#include "md/integrators/verlet.hpp"
#include "md/summary.hpp"

namespace splicemd::md {

double largest_force(const System& system) {
  const auto f = system.atoms.f;
  const auto group = system.atoms.group;
  double largest = 0.0;
  Kokkos::parallel_reduce(
      "stage::largest_force", RangePolicy(0, system.atoms.n_local),
      KOKKOS_LAMBDA(const int i, double& most) {
        if ((group(i) & kFrozenBit) != 0) return;
        for (int k = 0; k < 3; ++k) {
          const double size = f(i, k) < 0.0 ? -f(i, k) : f(i, k);
          if (size > most) most = size;
        }
      },
      Kokkos::Max<double>(largest));
  return system.comm.max(system.atoms.n_local > 0 ? largest : 0.0);
}

StageRunner::StageRunner(Simulation& simulation, OutputSet& outputs, StopRequest& stop,
                         std::function<void(const StagePosition&)> save)
    : simulation_(simulation), outputs_(outputs), stop_(stop), save_(std::move(save)) {}

StageEnd StageRunner::run(const StagePosition& position) {
  position_ = position;
  const StageSpec& stage = simulation_.deck.stages[position.index];
  const Mover& mover = simulation_.movers[position.index];
  const auto count = simulation_.deck.stages.size();
  if (mover.integrator) {
    const std::int64_t done = simulation_.system.step - position.first_step;
    log::info("\nStage {}/{} '{}': {}, {} steps of {:g} ps{}", position.index + 1, count,
              stage.name, stage.style, stage.steps, stage.timestep,
              done > 0 ? fmt::format(", {} of them done", done) : "");
  } else {
    log::info("\nStage {}/{} '{}': minimise", position.index + 1, count, stage.name);
  }
  table_ = std::make_unique<ThermoTable>(stage.thermo.columns);
  simulation_.timers = Timers{};
  simulation_.forces->builds = simulation_.forces->dangerous_builds = 0;
  start_ = steady_seconds();
  start_step_ = simulation_.system.step;
  return mover.integrator ? run_dynamics(stage, *mover.integrator)
                          : run_minimisation(stage, *mover.minimiser);
}

bool StageRunner::thermo_due(const StageSpec& stage, std::int64_t step) const {
  return stage.thermo.interval > 0 && step % stage.thermo.interval == 0;
}

ThermoState StageRunner::measure(bool conserves_momentum, double bath_energy) const {
  const System& system = simulation_.system;
  const Tensor flux = momentum_flux(system);
  ThermoState state;
  state.step = system.step;
  state.time = system.time;
  state.atoms = system.n_global;
  state.kinetic_energy = 0.5 * trace(flux);
  state.temperature =
      temperature(state.kinetic_energy, degrees_of_freedom(system, conserves_momentum));
  state.potential_energy = simulation_.forces->potential_energy();
  state.bath_energy = bath_energy;
  state.pressure = pressure_tensor(flux, simulation_.forces->virial(), system.box.volume());
  if (table_->needs().max_force || outputs_.thermo_needs().max_force)
    state.max_force = largest_force(system);
  state.box = system.box;
  state.mass = total_mass(system);
  state.wall_seconds = steady_seconds() - start_;
  return state;
}

void StageRunner::print_thermo(const ThermoState& state, bool to_file) {
  if (!std::isfinite(state.potential_energy) || !std::isfinite(state.kinetic_energy)) {
    throw RunError(fmt::format("step {}: the energy is not a number: {}", state.step,
                               suspects(simulation_.system, *simulation_.forces)));
  }
  log::line(table_->row(state));
  if (to_file) outputs_.write_thermo(state);
}

void StageRunner::report_progress(std::int64_t done, std::int64_t total) const {
  if (!log::progress_due()) return;
  const double elapsed = steady_seconds() - start_;
  const std::int64_t here = simulation_.system.step - start_step_;
  const double rate = elapsed > 0.0 ? static_cast<double>(here) / elapsed : 0.0;
  const double left = rate > 0.0 ? static_cast<double>(total - done) / rate : 0.0;
  const auto seconds = static_cast<std::int64_t>(left);
  log::progress(fmt::format(
      "{}/{} steps  {:3.0f} %  {:.4g} katom-step/s  ETA {:d}:{:02d}:{:02d}", done, total,
      100.0 * static_cast<double>(done) / static_cast<double>(std::max<std::int64_t>(total, 1)),
      rate * static_cast<double>(simulation_.system.n_global) * 1e-3, seconds / 3600,
      seconds / 60 % 60, seconds % 60));
}

void StageRunner::finish(std::int64_t steps, double timestep) {
  log::end_progress();
  RunCounts counts;
  counts.wall_seconds = steady_seconds() - start_;
  counts.steps = steps;
  counts.timestep = timestep;
  counts.threads = ExecSpace().concurrency();
  log::line(run_summary(simulation_.system, *simulation_.forces, simulation_.timers, counts));
}

void StageRunner::one_step(const StageSpec& stage, Integrator& integrator, std::int64_t last_step) {
  System& system = simulation_.system;
  Forces& forces = *simulation_.forces;
  const std::int64_t next = system.step + 1;
  const bool output = outputs_.due(stage, next);
  const bool thermo = thermo_due(stage, next) || next == last_step;
  {
    const Timed timed(simulation_.timers, Part::modify);
    integrator.first_half(system);
    ExecSpace().fence();
  }
  system.step = next;
  system.time += integrator.timestep();
  forces.rebuild_if_needed();
  forces.compute(thermo || output, thermo || output || integrator.needs_virial());
  {
    const Timed timed(simulation_.timers, Part::modify);
    integrator.second_half(system, forces);
    ExecSpace().fence();
  }
  const Timed timed(simulation_.timers, Part::output);
  if (thermo) print_thermo(measure(integrator.conserves_momentum(), integrator.bath_energy()));
  if (output) outputs_.write_due(stage, system, forces);
}

void StageRunner::warn_of_rest(const StageSpec& stage) const {
  if (twice_kinetic_energy(simulation_.system) > 0.0 || !simulation_.comm.is_root()) return;
  log::warning(
      "stage '{}': all velocities are zero, and {} only scales them: give `velocities: "
      "{{temperature: ...}}`, or a langevin stage before it",
      stage.name, stage.style);
}

StageEnd StageRunner::run_dynamics(const StageSpec& stage, Integrator& integrator) {
  System& system = simulation_.system;
  Forces& forces = *simulation_.forces;
  const std::int64_t last_step = position_.first_step + stage.steps;
  const std::int64_t save_interval = simulation_.deck.restart.interval;
  if (!position_.resumed) forces.compute(true, true);
  integrator.begin(system, forces);
  if (position_.resumed) integrator.set_state(position_.restored_state);

  if (integrator.needs_motion() && !position_.resumed) warn_of_rest(stage);
  log::line(table_->header());
  // A resumed run's first row is on the screen only: the files continue as if there had been no stop.
  print_thermo(measure(integrator.conserves_momentum(), integrator.bath_energy()),
               !position_.resumed);
  if (outputs_.due(stage, system.step)) outputs_.write_due(stage, system, forces);
  StageEnd end = StageEnd::finished;
  start_ = steady_seconds();
  while (system.step < last_step) {
    one_step(stage, integrator, last_step);
    report_progress(system.step - position_.first_step, stage.steps);
    if (save_interval > 0 && system.step % save_interval == 0) {
      const Timed timed(simulation_.timers, Part::output);
      save_(position_);
    }
    if (system.step < last_step && stop_.raised(simulation_.comm)) {
      end = StageEnd::stopped;
      break;
    }
  }
  finish(system.step - start_step_, integrator.timestep());
  return end;
}

StageEnd StageRunner::run_minimisation(const StageSpec& stage, Minimiser& minimiser) {
  System& system = simulation_.system;
  Forces& forces = *simulation_.forces;
  forces.compute(true, true);
  minimiser.begin(system, forces);
  log::line(table_->header());
  print_thermo(measure(true, 0.0));
  StageEnd end = StageEnd::finished;
  start_ = steady_seconds();
  std::int64_t printed = system.step, current = system.step;  // thermo row; energies and virials
  bool more = !minimiser.finished();
  while (more) {
    {
      // Force evaluations inside a minimiser's step are accounted to their own parts.
      more = minimiser.step(system, forces);
    }
    ++system.step;
    if (thermo_due(stage, system.step) || outputs_.due(stage, system.step)) {
      const Timed timed(simulation_.timers, Part::output);
      forces.compute(true, true);
      current = system.step;
      if (thermo_due(stage, system.step)) {
        print_thermo(measure(true, 0.0));
        printed = system.step;
      }
      outputs_.write_due(stage, system, forces);
    }
    if (more && stop_.raised(simulation_.comm)) {
      end = StageEnd::stopped;
      break;
    }
  }
  if (current != system.step) forces.compute(true, true);
  if (printed != system.step) {
    print_thermo(measure(true, 0.0));
  }
  log::info("Minimisation: {}; energy {:.10g} eV, largest force {:.3g} eV/Å", minimiser.reason(),
            forces.potential_energy(), largest_force(system));
  finish(system.step - start_step_, 0.0);
  return end;
}

}  // namespace splicemd::md
