// The time loop and statistics of the physics tests.
#include "tests/physics/laboratory.hpp"

#include <algorithm>
#include <cmath>

#include "md/measure.hpp"
#include "md/potentials/registry.hpp"

namespace splicemd::test {

std::vector<std::unique_ptr<md::Potential>> potentials(const std::vector<std::string>& terms,
                                                       const std::vector<md::Species>& species) {
  std::vector<std::unique_ptr<md::Potential>> list;
  for (const std::string& term : terms) {
    const std::string beside = SPLICEMD_SOURCE_DIR "/inputs/potentials/test.yaml";
    list.push_back(md::make_potential(ConfigNode::parse(beside, term), species));
  }
  return list;
}

Laboratory::Laboratory(const md::Configuration& configuration,
                       const std::vector<std::string>& terms, const std::vector<unsigned>& group,
                       md::NeighbourSettings neighbour, MPI_Comm communicator)
    : comm(communicator), system(comm) {
  system.distribute(configuration, group);
  forces =
      std::make_unique<md::Forces>(system, potentials(terms, system.species), neighbour, timers);
  forces->rebuild();
  forces->compute(true, true);
}

void Laboratory::heat(double t, std::uint64_t seed) {
  md::create_velocities(system, {t, seed, true, true});
}

std::unique_ptr<md::Integrator> Laboratory::integrator(const std::string& keys, double timestep,
                                                       std::int64_t steps,
                                                       std::uint64_t seed) const {
  const ConfigNode node = ConfigNode::parse("stage", keys);
  auto made = md::make_integrator(node, {system, steps, timestep, seed});
  node.reject_unread();
  return made;
}

void Laboratory::resume(md::Integrator& integrator, std::int64_t steps,
                        const std::function<void()>& observe) {
  for (std::int64_t k = 0; k < steps; ++k) {
    integrator.first_half(system);
    ++system.step;
    forces->rebuild_if_needed();
    forces->compute(true, integrator.needs_virial());
    integrator.second_half(system, *forces);
    observe();
  }
}

void Laboratory::run(md::Integrator& integrator, std::int64_t steps,
                     const std::function<void()>& observe) {
  forces->compute(true, true);
  integrator.begin(system, *forces);
  resume(integrator, steps, observe);
}

double Laboratory::kinetic() const { return 0.5 * md::trace(md::momentum_flux(system)); }

double Laboratory::total_energy() const { return forces->potential_energy() + kinetic(); }

std::vector<double> Laboratory::by_id(bool velocities) const {
  const auto& atoms = system.atoms;
  const auto rows = velocities ? atoms.v : atoms.x;
  const auto host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), rows);
  const auto image = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), atoms.image);
  const auto id = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), atoms.id);
  std::vector<double> mine;
  for (int i = 0; i < atoms.n_local; ++i) {
    double shift[3] = {0, 0, 0};
    if (!velocities) system.box.lattice_vector(image(i, 0), image(i, 1), image(i, 2), shift);
    mine.push_back(static_cast<double>(id(i)));
    for (int k = 0; k < 3; ++k) mine.push_back(host(i, k) + shift[k]);
  }
  const std::vector<double> all = comm.gather(mine);
  std::vector<double> out(all.size() / 4 * 3);
  for (std::size_t n = 0; n < all.size(); n += 4) {
    const auto row = static_cast<std::size_t>(all[n]) - 1;
    for (int k = 0; k < 3; ++k) out.at(3 * row + k) = all[n + 1 + k];
  }
  return out;
}

std::vector<double> Laboratory::positions_by_id() const { return by_id(false); }
std::vector<double> Laboratory::velocities_by_id() const { return by_id(true); }

md::Configuration crystal(const std::string& lattice, double a,
                          const std::vector<std::string>& elements, int repeats) {
  md::LatticeSpec spec;
  spec.lattice = lattice;
  spec.a = a;
  spec.elements = elements;
  spec.repeats = {repeats, repeats, repeats};
  return md::build_lattice(spec);
}

Estimate estimate(const std::vector<double>& series) {
  const auto n = series.size();
  Estimate result;
  for (const double value : series) result.mean += value / static_cast<double>(n);
  const auto covariance = [&](std::size_t lag) {
    double sum = 0.0;
    for (std::size_t k = 0; k + lag < n; ++k) {
      sum += (series[k] - result.mean) * (series[k + lag] - result.mean);
    }
    return sum / static_cast<double>(n - lag);
  };
  const double variance = covariance(0);
  double correlation = 0.5;
  for (std::size_t lag = 1; lag < n / 10; ++lag) {
    correlation += covariance(lag) / variance;
    if (static_cast<double>(lag) > 5.0 * correlation) break;
  }
  result.correlation = std::max(correlation, 0.5);
  result.error = std::sqrt(variance * 2.0 * result.correlation / static_cast<double>(n));
  return result;
}

double standard_deviation(const std::vector<double>& series) {
  double mean = 0.0, sum = 0.0;
  for (const double value : series) mean += value / static_cast<double>(series.size());
  for (const double value : series) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(series.size()));
}

}  // namespace splicemd::test
