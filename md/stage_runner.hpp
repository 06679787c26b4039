// Carries out one stage of a deck: the time loop or the minimisation, with its thermo lines and outputs.
#pragma once

#include <cstdint>
#include <functional>

#include "md/output_set.hpp"
#include "md/simulation.hpp"
#include "md/stop_request.hpp"

namespace splicemd::md {

enum class StageEnd { finished, stopped };

// Where a stage stands; what a checkpoint must remember besides the atoms.
struct StagePosition {
  int index = 0;                // of the deck's stages
  std::int64_t first_step = 0;  // system.step when the stage began
  bool resumed = false;         // forces and integrator state were restored from a checkpoint
  std::vector<double> restored_state;
};

// Not thread-safe; collective.
class StageRunner {
 public:
  // `save` writes a checkpoint of the current state of the given stage.
  StageRunner(Simulation& simulation, OutputSet& outputs, StopRequest& stop,
              std::function<void(const StagePosition&)> save);
  StageEnd run(const StagePosition& position);

 private:
  StageEnd run_dynamics(const StageSpec& stage, Integrator& integrator);
  StageEnd run_minimisation(const StageSpec& stage, Minimiser& minimiser);
  void one_step(const StageSpec& stage, Integrator& integrator, std::int64_t last_step);
  void warn_of_rest(const StageSpec& stage) const;
  bool thermo_due(const StageSpec& stage, std::int64_t step) const;
  void print_thermo(const ThermoState& state, bool to_file = true);
  ThermoState measure(bool conserves_momentum, double bath_energy) const;
  void report_progress(std::int64_t done, std::int64_t total) const;
  void finish(std::int64_t steps, double timestep);

  Simulation& simulation_;
  OutputSet& outputs_;
  StopRequest& stop_;
  std::function<void(const StagePosition&)> save_;
  StagePosition position_;
  std::unique_ptr<ThermoTable> table_;
  double start_ = 0.0;           // steady_seconds() at the start of the stage
  std::int64_t start_step_ = 0;  // of this process's part of the stage
};

// The largest force component on mobile atoms of all ranks (eV/Å). Collective.
double largest_force(const System& system);

}  // namespace splicemd::md
