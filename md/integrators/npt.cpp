// The isothermal–isobaric step.
#include "md/integrators/npt.hpp"

#include <cmath>

#include "base/error.hpp"
#include "base/units.hpp"
#include "md/integrators/verlet.hpp"

namespace splicemd::md {

namespace {

Matrix3 full(const Tensor& t) {
  return {{{t[0], t[3], t[4]}, {t[3], t[1], t[5]}, {t[4], t[5], t[2]}}};
}

}  // namespace

Npt::Npt(const NptSettings& settings)
    : settings_(settings),
      clock_(settings.particles.steps),
      chain_(settings.particles.chain, settings.particles.tau),
      cell_chain_(settings.chain, settings.tau) {}

void Npt::begin(System& system, const Forces& forces) {
  require(system.n_mobile == system.n_global,
          "npt moves all atoms with the cell and cannot hold any frozen: {} are",
          system.n_global - system.n_mobile);
  modes_ = std::make_unique<CellModes>(settings_.target, system.box);
  rates_.assign(static_cast<std::size_t>(modes_->count()), 0.0);
  degrees_ = degrees_of_freedom(system, conserves_momentum());
  require(degrees_ > 0.0, "npt needs at least two atoms");
  clock_.restart(0.0);
  kt_ = 0.0;
  work_ = 0.0;
  chain_.reset();
  cell_chain_.reset();
  flux_ = momentum_flux(system);
  virial_ = forces.virial();
}

Matrix3 Npt::strain_rate() const {
  Matrix3 rate;
  for (int k = 0; k < modes_->count(); ++k) rate = rate + rates_[k] * modes_->mode(k);
  return rate;
}

double Npt::mass(int k) const {
  const double axes = modes_->axes();
  return (degrees_ + axes) * kt_ * settings_.tau * settings_.tau / axes * modes_->weight(k);
}

double Npt::barostat_kinetic() const {
  double sum = 0.0;
  for (int k = 0; k < modes_->count(); ++k) sum += mass(k) * rates_[k] * rates_[k];
  return sum;
}

// The masses are proportional to the temperature; when it changes the cell keeps its kinetic energy.
void Npt::set_temperature() {
  const double kt = units::kBoltzmann * settings_.particles.temperature.at(clock_.fraction());
  if (kt_ > 0.0 && kt != kt_) {
    for (double& rate : rates_) rate *= std::sqrt(kt_ / kt);
  }
  kt_ = kt;
  chain_.set_target(degrees_, kt);
  cell_chain_.set_target(modes_->count(), kt);
}

// Both chains over half a step; returns the factor for the particles' velocities (flux_ has it already).
double Npt::run_chains() {
  const double half = 0.5 * timestep();
  const double cell_scale = cell_chain_.advance(barostat_kinetic(), half);
  for (double& rate : rates_) rate *= cell_scale;
  const double scale = chain_.advance(trace(flux_), half);
  for (double& component : flux_) component *= scale * scale;
  return scale;
}

// The rates over half a step.
void Npt::push_cell(const System& system) {
  const Matrix3 drive =
      full(flux_) + full(virial_) + -system.box.volume() * modes_->pressure(clock_.fraction());
  for (int k = 0; k < modes_->count(); ++k) {
    const Matrix3& mode = modes_->mode(k);
    const double force = contract(mode, drive) + mode.trace() * trace(flux_) / degrees_;
    rates_[k] += 0.5 * timestep() * force / mass(k);
  }
}

void Npt::kick_cell(System& system, double scale) const {
  const double half = 0.5 * timestep();
  const Matrix3 rate = strain_rate();
  const Matrix3 drag = rate.transposed() + (rate.trace() / degrees_) * Matrix3::identity();
  const Exponential solution = exponential(-half * drag);
  const Matrix3 decay = scale * solution.exp;
  const Matrix3 push = (half * units::kForceToAccel) * solution.phi;
  const auto v = system.atoms.v;
  const auto f = system.atoms.f;
  const auto type = system.atoms.type;
  const auto mass = system.mass;
  for_rows(
      "npt::kick", system.atoms.n_local, KOKKOS_LAMBDA(const int i) {
        const double inverse = 1.0 / mass(type(i));
        double next[3];
        for (int k = 0; k < 3; ++k) {
          next[k] = 0.0;
          for (int j = 0; j < 3; ++j) {
            next[k] += v(i, j) * decay.m[j][k] + inverse * f(i, j) * push.m[j][k];
          }
        }
        for (int k = 0; k < 3; ++k) v(i, k) = next[k];
      });
}

void Npt::drift_cell(System& system) {
  const double dt = timestep();
  const Matrix3 rate = strain_rate();
  ensure(dt * rate.largest() < 0.05,
         "step {}: the barostat deforms the cell by {:.3g} in one step; use a shorter timestep, a "
         "longer tau_p, or a start nearer to equilibrium",
         system.step, dt * rate.largest());
  const Exponential solution = exponential(dt * rate);
  const Matrix3 stretch = solution.exp, advance = dt * solution.phi;
  const auto x = system.atoms.x;
  const auto v = system.atoms.v;
  const Box box = system.box;
  for_rows(
      "npt::drift", system.atoms.n_local, KOKKOS_LAMBDA(const int i) {
        double next[3];
        for (int k = 0; k < 3; ++k) {
          next[k] = box.origin[k];
          for (int j = 0; j < 3; ++j) {
            next[k] += (x(i, j) - box.origin[j]) * stretch.m[j][k] + v(i, j) * advance.m[j][k];
          }
        }
        for (int k = 0; k < 3; ++k) x(i, k) = next[k];
      });
  // The work ∫ V P:G dt with V growing as exp(tr G·t).
  const double growth = rate.trace() * dt;
  const double mean = std::abs(growth) > 1e-12 ? std::expm1(growth) / growth : 1.0;
  const Matrix3 pressure = modes_->pressure(clock_.fraction(0.5));
  work_ += contract(pressure, rate) * box.volume() * mean * dt;
  Matrix3 h;
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k < 3; ++k) h.m[i][k] = box.h[i][k];
  }
  system.box.set_vectors((h * stretch).m);
}

void Npt::first_half(System& system) {
  set_temperature();
  const double scale = run_chains();
  push_cell(system);
  kick_cell(system, scale);
  drift_cell(system);
}

void Npt::second_half(System& system, const Forces& forces) {
  kick_cell(system, 1.0);
  clock_.tick();
  set_temperature();
  flux_ = momentum_flux(system);
  virial_ = forces.virial();
  push_cell(system);
  scale_velocities(system, run_chains());
}

double Npt::bath_energy() const {
  return 0.5 * barostat_kinetic() + work_ + chain_.energy() + cell_chain_.energy();
}

std::vector<double> Npt::state() const {
  std::vector<double> values{clock_.done(), degrees_, kt_, work_};
  for (const auto& row : modes_->frame().m) values.insert(values.end(), row, row + 3);
  values.insert(values.end(), rates_.begin(), rates_.end());
  values.insert(values.end(), flux_.begin(), flux_.end());
  values.insert(values.end(), virial_.begin(), virial_.end());
  chain_.save(values);
  cell_chain_.save(values);
  return values;
}

void Npt::set_state(const std::vector<double>& values) {
  SavedState saved(values);
  clock_.restart(saved.next());
  degrees_ = saved.next();
  kt_ = saved.next();
  work_ = saved.next();
  Matrix3 frame;
  for (auto& row : frame.m) {
    for (double& component : row) component = saved.next();
  }
  modes_->set_frame(frame);
  for (double& rate : rates_) rate = saved.next();
  for (double& component : flux_) component = saved.next();
  for (double& component : virial_) component = saved.next();
  chain_.restore(saved);
  cell_chain_.restore(saved);
  saved.finish();
}

std::unique_ptr<Integrator> make_npt(const ConfigNode& stage, const IntegratorContext& context) {
  NptSettings settings;
  settings.particles = read_nvt(stage, context);
  settings.target = read_pressure_target(stage, context.system.box);
  settings.tau =
      stage.number("tau_p", Dimension::time, 1000.0 * context.timestep, 2.0 * context.timestep);
  settings.chain = static_cast<int>(stage.integer("chain_p", 3, 1, 16));
  // Checked here as well as in begin(), so that a dry run finds it.
  if (context.system.n_mobile < context.system.n_global) {
    stage.fail("npt moves all atoms with the cell and cannot hold any frozen: {} are",
               context.system.n_global - context.system.n_mobile);
  }
  const CellModes check(settings.target, context.system.box);
  return std::make_unique<Npt>(settings);
}

}  // namespace splicemd::md
