// A deck made ready to run: the distributed system, its potentials and its stages' movers, all checked.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "md/deck.hpp"
#include "md/forces.hpp"
#include "md/integrators/integrator.hpp"
#include "md/io/checkpoint.hpp"
#include "md/minimisers/minimiser.hpp"
#include "md/system.hpp"

namespace splicemd::md {

// What moves the atoms in one stage: an integrator or a minimiser.
struct Mover {
  std::unique_ptr<Integrator> integrator;
  std::unique_ptr<Minimiser> minimiser;
};

// Everything that set-up decides, ready for the first force evaluation.
struct Simulation {
  // Reads and checks the whole deck; atoms are distributed but no force has been computed. With a
  // checkpoint, its box, grid and atoms replace the deck's. Collective; InputError on every rank.
  Simulation(const Deck& deck, const Communicator& comm,
             const std::optional<Checkpoint>& checkpoint);

  const Deck& deck;
  const Communicator& comm;
  System system;
  Timers timers;
  std::unique_ptr<Forces> forces;
  std::vector<Mover> movers;  // one per stage
  bool has_velocities = false;

 private:
  void build_system(const std::optional<Checkpoint>& checkpoint);
  void build_movers();
};

// The deck's potentials for these species. `search`: see find_data_file.
std::vector<std::unique_ptr<Potential>> make_potentials(const ConfigNode& list,
                                                        const std::vector<Species>& species);

// Lines for people: atoms, box, decomposition, potentials, stages, memory.
std::string describe_simulation(const Simulation& simulation);

}  // namespace splicemd::md
