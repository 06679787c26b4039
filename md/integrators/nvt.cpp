// The Nosé–Hoover step.
#include "md/integrators/nvt.hpp"

#include "base/units.hpp"
#include "md/integrators/verlet.hpp"

namespace splicemd::md {

Nvt::Nvt(const NvtSettings& settings)
    : settings_(settings), clock_(settings.steps), chain_(settings.chain, settings.tau) {}

void Nvt::begin(System& system, const Forces&) {
  degrees_ = degrees_of_freedom(system, conserves_momentum());
  clock_.restart(0.0);
  chain_.reset();
  twice_kinetic_ = twice_kinetic_energy(system);
}

void Nvt::thermostat(System& system) {
  chain_.set_target(degrees_, units::kBoltzmann * settings_.temperature.at(clock_.fraction()));
  const double scale = chain_.advance(twice_kinetic_, 0.5 * settings_.timestep);
  scale_velocities(system, scale);
  twice_kinetic_ *= scale * scale;
}

void Nvt::first_half(System& system) {
  thermostat(system);
  kick(system, 0.5 * settings_.timestep);
  drift(system, settings_.timestep);
}

void Nvt::second_half(System& system, const Forces&) {
  kick(system, 0.5 * settings_.timestep);
  clock_.tick();
  twice_kinetic_ = twice_kinetic_energy(system);
  thermostat(system);
}

std::vector<double> Nvt::state() const {
  std::vector<double> values{clock_.done(), degrees_, twice_kinetic_};
  chain_.save(values);
  return values;
}

void Nvt::set_state(const std::vector<double>& values) {
  SavedState saved(values);
  clock_.restart(saved.next());
  degrees_ = saved.next();
  twice_kinetic_ = saved.next();
  chain_.restore(saved);
  saved.finish();
}

NvtSettings read_nvt(const ConfigNode& stage, const IntegratorContext& context) {
  constexpr double kLeast = 1e-6;  // K; the masses of the chain are proportional to the temperature
  NvtSettings settings;
  settings.temperature = read_ramp(stage.at("temperature"), Dimension::temperature, kLeast);
  settings.timestep = context.timestep;
  settings.steps = context.steps;
  settings.tau =
      stage.number("tau_t", Dimension::time, 100.0 * context.timestep, 2.0 * context.timestep);
  settings.chain = static_cast<int>(stage.integer("chain", 3, 1, 16));
  return settings;
}

std::unique_ptr<Integrator> make_nvt(const ConfigNode& stage, const IntegratorContext& context) {
  return std::make_unique<Nvt>(read_nvt(stage, context));
}

}  // namespace splicemd::md
