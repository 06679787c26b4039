// From a deck to a system that can run.
#include "md/simulation.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/units.hpp"
#include "md/build/system.hpp"
#include "md/potentials/registry.hpp"
#include "md/velocities.hpp"

namespace splicemd::md {

std::vector<std::unique_ptr<Potential>> make_potentials(const ConfigNode& list,
                                                        const std::vector<Species>& species) {
  std::vector<std::unique_ptr<Potential>> potentials;
  for (const ConfigNode& term : list.items()) potentials.push_back(make_potential(term, species));
  return potentials;
}

Simulation::Simulation(const Deck& the_deck, const Communicator& communicator,
                       const std::optional<Checkpoint>& checkpoint)
    : deck(the_deck), comm(communicator), system(communicator) {
  build_system(checkpoint);
  comm.on_every_rank([&] {
    forces = std::make_unique<Forces>(system, make_potentials(deck.potentials, system.species),
                                      deck.neighbour, timers);
  });
  comm.on_every_rank([&] { build_movers(); });
  // The system's files were read on rank 0 alone, so only there all its keys have been read.
  comm.on_root([&] { deck.root.reject_unread(); });
}

void Simulation::build_system(const std::optional<Checkpoint>& checkpoint) {
  Configuration configuration;
  std::vector<unsigned> groups;
  comm.on_root([&] {
    configuration = system_from_deck(deck.system);
    groups = assign_groups(deck.groups, configuration);
  });
  std::array<int, 3> grid = deck.ranks;
  const int bricks = grid[0] * grid[1] * grid[2];
  if (bricks != 0 && bricks != comm.size()) {
    deck.root.at("decomposition")
        .at("ranks")
        .fail("{} x {} x {} bricks need {} ranks, this run has {}", grid[0], grid[1], grid[2],
              bricks, comm.size());
  }
  if (checkpoint) {
    configuration.box = checkpoint->box;
    configuration.species = checkpoint->species;
    configuration.atoms.clear();
    groups.clear();
    if (checkpoint->ranks == comm.size() && grid == std::array<int, 3>{0, 0, 0}) {
      const auto& dims = checkpoint->counters.at("grid");
      for (int k = 0; k < 3; ++k) grid[k] = static_cast<int>(dims.at(k));
    }
  }
  int velocities = configuration.has_velocities ? 1 : 0;
  comm.broadcast(velocities);
  has_velocities = velocities != 0 || checkpoint.has_value();
  system.distribute(configuration, groups, grid);
  require(system.n_global > 0 || checkpoint, "the system has no atoms");
  if (deck.velocities && !checkpoint) {
    create_velocities(system, *deck.velocities);
    has_velocities = true;
  }
}

void Simulation::build_movers() {
  for (const StageSpec& stage : deck.stages) {
    Mover mover;
    if (stage.style == "minimise") {
      mover.minimiser = make_minimiser(stage.node);
    } else {
      mover.integrator =
          make_integrator(stage.node, {system, stage.steps, stage.timestep, deck.seed});
    }
    movers.push_back(std::move(mover));
  }
}

namespace {

std::string human_bytes(double bytes) {
  constexpr const char* kNames[] = {"B", "kB", "MB", "GB", "TB", "PB"};
  int k = 0;
  while (bytes >= 1000.0 && k < 5) {
    bytes /= 1000.0;
    ++k;
  }
  return fmt::format("{:.3g} {}", bytes, kNames[k]);
}

// Estimated bytes on the fullest rank: arrays of owned and ghost atoms, lists, work memory of potentials.
double estimate_memory(const Simulation& simulation) {
  constexpr double kBytesPerAtom = 8 * (3 + 3 + 3 + 1 + 6 + 1 + 3) + 4 * (1 + 3 + 1);
  constexpr double kBytesPerGhost = 8 * (3 + 3 + 1) + 4 + 4 * 2 + 24;
  const System& system = simulation.system;
  const Box& box = system.box;
  const double range = simulation.forces->cutoff() + simulation.forces->settings().skin;
  const double density = static_cast<double>(system.n_global) / box.volume();
  const double owned = static_cast<double>(system.n_global) / system.grid.size();
  double enlarged = 1.0;
  for (int k = 0; k < 3; ++k) {
    const double extent = 1.0 / system.grid.dims[k];
    const bool ghosts = box.periodic[k] || system.grid.dims[k] > 1;
    enlarged *= extent + (ghosts ? 2.0 * range / box.face_distance(k) : 0.0);
  }
  const double ghosts = std::max(0.0, enlarged * static_cast<double>(system.n_global) - owned);
  const double neighbours = density * 4.0 / 3.0 * units::kPi * range * range * range;
  double bytes = owned * (kBytesPerAtom + 4.0 * neighbours * 1.2) + ghosts * kBytesPerGhost;
  for (const auto& potential : simulation.forces->potentials())
    bytes += potential->bytes({owned, ghosts, neighbours});
  return bytes;
}

}  // namespace

std::string describe_simulation(const Simulation& simulation) {
  const System& system = simulation.system;
  const Box& box = system.box;
  std::string text;
  if (!simulation.deck.title.empty()) text += fmt::format("Title: {}\n", simulation.deck.title);
  std::string species;
  for (const Species& s : system.species) {
    species += fmt::format("{}{} ({:g} g/mol)", species.empty() ? "" : ", ", s.symbol, s.mass);
  }
  text += fmt::format("System: {} atoms of {}", system.n_global, species);
  if (system.n_mobile < system.n_global)
    text += fmt::format(", {} frozen", system.n_global - system.n_mobile);
  text += fmt::format(
      "\nBox: a = ({:.6g} {:.6g} {:.6g})  b = ({:.6g} {:.6g} {:.6g})  c = ({:.6g} {:.6g} {:.6g}) "
      "Å, {}{}{}\n",
      box.h[0][0], box.h[0][1], box.h[0][2], box.h[1][0], box.h[1][1], box.h[1][2], box.h[2][0],
      box.h[2][1], box.h[2][2], box.periodic[0] ? "periodic " : "open ",
      box.periodic[1] ? "periodic " : "open ", box.periodic[2] ? "periodic" : "open");
  for (const auto& potential : simulation.forces->potentials()) {
    text += fmt::format("Potential: {}, cutoff {:.5g} Å\n", potential->name(), potential->cutoff());
  }
  text += fmt::format("Neighbour lists: skin {:g} Å, checked every {} step{}\n",
                      simulation.forces->settings().skin, simulation.forces->settings().every,
                      simulation.forces->settings().every == 1 ? "" : "s");
  text += fmt::format(
      "Parallel: {} MPI rank{} as {} x {} x {}, {} thread{} each; about {} per rank",
      simulation.comm.size(), simulation.comm.size() == 1 ? "" : "s", system.grid.dims[0],
      system.grid.dims[1], system.grid.dims[2], ExecSpace().concurrency(),
      ExecSpace().concurrency() == 1 ? "" : "s", human_bytes(estimate_memory(simulation)));
  return text;
}

}  // namespace splicemd::md
