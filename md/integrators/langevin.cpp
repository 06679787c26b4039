// The BAOAB step: one fused kernel for kick, drift, noise and drift.
#include "md/integrators/langevin.hpp"

#include <cmath>

#include "base/random.hpp"
#include "base/units.hpp"
#include "md/integrators/saved_state.hpp"
#include "md/integrators/verlet.hpp"

namespace splicemd::md {

Langevin::Langevin(const LangevinSettings& settings)
    : settings_(settings), clock_(settings.steps) {}

void Langevin::begin(System& system, const Forces&) {
  comm_ = &system.comm;
  clock_.restart(0.0);
  heat_ = 0.0;
}

double Langevin::drift_with_noise(System& system, double target) const {
  const auto x = system.atoms.x;
  const auto v = system.atoms.v;
  const auto f = system.atoms.f;
  const auto id = system.atoms.id;
  const auto type = system.atoms.type;
  const auto group = system.atoms.group;
  const auto mass = system.mass;
  const double half = 0.5 * settings_.timestep;
  const double kick_scale = half * units::kForceToAccel;
  const double decay = std::exp(-settings_.friction * settings_.timestep);
  const double kt = units::kBoltzmann * target / units::kMv2ToEv;  // (g/mol)(Å/ps)²
  const double noise_variance = -kt * std::expm1(-2.0 * settings_.friction * settings_.timestep);
  const std::uint64_t seed = settings_.seed;
  const auto step = static_cast<std::uint64_t>(system.step);
  const int n = system.atoms.n_local;
  constexpr int kTile = kHostExecution ? 8 : 1;  // atoms whose noise is computed together
  double heat = 0.0;
  reduce_rows(
      "langevin::kick_drift_noise", (n + kTile - 1) / kTile,
      KOKKOS_LAMBDA(const int tile, double& sum) {
        const int first = kTile * tile;
        std::uint64_t ids[kTile];
        for (int lane = 0; lane < kTile; ++lane) {
          ids[lane] = first + lane < n ? static_cast<std::uint64_t>(id(first + lane)) : 0;
        }
        double normal[4][kTile];
        random_normals<kTile>(seed, RandomStream::langevin, ids, step, 0, normal);
        for (int lane = 0; lane < kTile && first + lane < n; ++lane) {
          const int i = first + lane;
          if ((group(i) & kFrozenBit) != 0) continue;
          const double m = mass(type(i));
          const double amplitude = ::sqrt(noise_variance / m);
          double change = 0.0;
          for (int k = 0; k < 3; ++k) {
            const double before = v(i, k) + kick_scale / m * f(i, k);
            const double after = decay * before + amplitude * normal[k][lane];
            change += after * after - before * before;
            v(i, k) = after;
            x(i, k) += half * (before + after);
          }
          sum += m * change;
        }
      },
      Kokkos::Sum<double>(heat));
  return 0.5 * units::kMv2ToEv * heat;
}

void Langevin::first_half(System& system) {
  heat_ += drift_with_noise(system, settings_.temperature.at(clock_.fraction(0.5)));
}

void Langevin::second_half(System& system, const Forces&) {
  kick(system, 0.5 * settings_.timestep);
  clock_.tick();
}

double Langevin::bath_energy() const { return comm_ == nullptr ? 0.0 : -comm_->sum(heat_); }

// Every rank's part as it is: a sum would round differently from a run that was not saved.
std::vector<double> Langevin::state() const {
  std::vector<double> parts;
  if (comm_ != nullptr) parts = comm_->all_gather(heat_);
  std::vector<double> values{clock_.done(), static_cast<double>(parts.size())};
  values.insert(values.end(), parts.begin(), parts.end());
  return values;
}

void Langevin::set_state(const std::vector<double>& values) {
  SavedState saved(values);
  clock_.restart(saved.next());
  heat_ = 0.0;
  const auto ranks = static_cast<int>(saved.next());
  for (int rank = 0; rank < ranks; ++rank) {
    const double part = saved.next();
    const bool mine = ranks == comm_->size() ? rank == comm_->rank() : comm_->is_root();
    if (mine) heat_ += part;
  }
  saved.finish();
}

std::unique_ptr<Integrator> make_langevin(const ConfigNode& stage,
                                          const IntegratorContext& context) {
  LangevinSettings settings;
  settings.temperature = read_ramp(stage.at("temperature"), Dimension::temperature, 0.0);
  settings.friction = stage.number("friction", Dimension::rate, 1.0, 0.0);
  settings.seed = context.seed;
  if (const auto seed = stage.find("seed")) {
    settings.seed = static_cast<std::uint64_t>(seed->integer(0));
  }
  settings.timestep = context.timestep;
  settings.steps = context.steps;
  return std::make_unique<Langevin>(settings);
}

}  // namespace splicemd::md
