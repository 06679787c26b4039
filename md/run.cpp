// `splicemd run`: set-up or resume, the stages in turn, checkpoints.
#include "md/run.hpp"

#include <filesystem>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "md/diagnosis.hpp"
#include "md/output_set.hpp"
#include "md/simulation.hpp"
#include "md/snapshot.hpp"
#include "md/stage_runner.hpp"
#include "md/stop_request.hpp"

namespace splicemd::md {

namespace {

constexpr const char* kDefaultRestart = "splicemd.restart.h5";

std::string restart_file(const Deck& deck) {
  return deck.restart.file.empty() ? kDefaultRestart : deck.restart.file;
}

bool exists_on_root(const std::string& path, const Communicator& comm) {
  int found = comm.is_root() && std::filesystem::exists(path) ? 1 : 0;
  comm.broadcast(found);
  return found != 0;
}

// The newest complete checkpoint of `path`; the older generation if the newer one is damaged.
Checkpoint load_checkpoint(const std::string& path, const Communicator& comm) {
  try {
    return read_checkpoint(path, comm);
  } catch (const InputError& error) {
    const std::string older = previous_checkpoint(path);
    if (!exists_on_root(older, comm)) throw;
    if (comm.is_root()) log::warning("{}; continuing from {}", error.what(), older);
    return read_checkpoint(older, comm);
  }
}

std::optional<Checkpoint> find_checkpoint(const Deck& deck, const RunOptions& options,
                                          const Communicator& comm) {
  std::string path = options.resume_from;
  if (path.empty() && options.resume) path = restart_file(deck);
  if (path.empty() && deck.restart.resume) {
    path = restart_file(deck);
    if (!exists_on_root(path, comm) && !exists_on_root(previous_checkpoint(path), comm))
      return std::nullopt;
  }
  if (path.empty()) return std::nullopt;
  Checkpoint checkpoint = load_checkpoint(path, comm);
  require(checkpoint.deck_fingerprint == deck.fingerprint(),
          "{}: was written by a run with another system, potential or seed than this deck's", path);
  require(checkpoint.stage >= 0 && checkpoint.stage < static_cast<int>(deck.stages.size()),
          "{}: was written in stage {}, but the deck has {} stages", path, checkpoint.stage + 1,
          deck.stages.size());
  require(checkpoint.counters.count("grid") == 1 && checkpoint.counters.at("grid").size() == 3 &&
              checkpoint.counters.count("neighbour") == 1 &&
              checkpoint.counters.at("neighbour").size() == 3 &&
              checkpoint.counters.count("stage_first_step") == 1,
          "{}: the checkpoint lacks run counters", path);
  log::info("Continuing from {}: stage {}, step {}", path, checkpoint.stage + 1, checkpoint.step);
  return checkpoint;
}

// One run: what the functions below share.
class Run {
 public:
  Run(const Deck& deck, const Communicator& comm, const std::optional<Checkpoint>& checkpoint,
      double start)
      : deck_(deck),
        comm_(comm),
        simulation_(deck, comm, checkpoint),
        outputs_(deck, comm, checkpoint ? std::optional(checkpoint->step) : std::nullopt),
        stop_(deck.wall_time, start) {}

  void execute(const std::optional<Checkpoint>& checkpoint) {
    StagePosition position = checkpoint ? resume(*checkpoint) : begin();
    log::line(describe_simulation(simulation_));
    StageRunner runner(simulation_, outputs_, stop_, [this](const StagePosition& at) { save(at); });
    const int count = static_cast<int>(deck_.stages.size());
    if (position.index == count) {
      // A run may have been cut off between its last step and these.
      if (checkpoint->counters.count("final_outputs") == 0) write_final();
      log::info("All stages of this deck are done.");
      return;
    }
    for (; position.index != count; ++position.index) {
      if (runner.run(position) == StageEnd::stopped) {
        save(position);
        log::info(
            "Stopped at step {}: {}. To continue: the same command with --resume (checkpoint: {})",
            simulation_.system.step, stop_.reason(), restart_file(deck_));
        return;
      }
      if (position.index + 1 < count) {
        position.first_step = simulation_.system.step;
        position.resumed = false;
      }
    }
    --position.index;
    write_final();
    if (!deck_.restart.file.empty()) save(position, true);
  }

 private:
  void write_final() {
    outputs_.write_final(deck_.stages.back(), simulation_.system, *simulation_.forces);
  }

  StagePosition begin() {
    simulation_.forces->rebuild();
    refuse_overlaps(simulation_.system, *simulation_.forces);
    return {};
  }

  StagePosition resume(const Checkpoint& checkpoint) {
    restore_checkpoint(simulation_.system, *simulation_.forces, checkpoint);
    StagePosition position;
    position.index = checkpoint.stage;
    position.first_step = checkpoint.counters.at("stage_first_step").at(0);
    const StageSpec& stage = deck_.stages[position.index];
    const bool dynamics = simulation_.movers[position.index].integrator != nullptr;
    const bool complete = checkpoint.counters.count("stage_complete") != 0 ||
                          (dynamics && checkpoint.step - position.first_step >= stage.steps);
    if (complete) {
      ++position.index;
      position.first_step = checkpoint.step;
    } else if (dynamics) {
      position.resumed = true;
      const auto state = checkpoint.state.find("integrator");
      if (state != checkpoint.state.end()) position.restored_state = state->second;
    }
    return position;
  }

  // `done`: the outputs at the end of the run have been written.
  void save(const StagePosition& position, bool done = false) {
    Checkpoint checkpoint = take_checkpoint(simulation_.system, *simulation_.forces);
    checkpoint.stage = position.index;
    checkpoint.deck_fingerprint = deck_.fingerprint();
    checkpoint.counters["stage_first_step"] = {position.first_step};
    const Mover& mover = simulation_.movers[position.index];
    if (mover.integrator) checkpoint.state["integrator"] = mover.integrator->state();
    if (mover.minimiser && mover.minimiser->finished()) checkpoint.counters["stage_complete"] = {1};
    if (done) checkpoint.counters["final_outputs"] = {1};
    write_checkpoint(restart_file(deck_), checkpoint, comm_);
  }

  const Deck& deck_;
  const Communicator& comm_;
  Simulation simulation_;
  OutputSet outputs_;
  StopRequest stop_;
};

void dry_run(const Deck& deck, const Communicator& comm,
             const std::optional<Checkpoint>& checkpoint) {
  Simulation simulation(deck, comm, checkpoint);
  if (checkpoint) restore_checkpoint(simulation.system, *simulation.forces, *checkpoint);
  log::line(describe_simulation(simulation));
  for (std::size_t k = 0; k < deck.stages.size(); ++k) {
    const StageSpec& stage = deck.stages[k];
    log::info("Stage {}/{} '{}': {}{}", k + 1, deck.stages.size(), stage.name, stage.style,
              stage.style == "minimise"
                  ? ""
                  : fmt::format(", {} steps of {:g} ps", stage.steps, stage.timestep));
  }
  log::info("The deck is valid; nothing was run.");
}

}  // namespace

void run_deck(const Deck& deck, const RunOptions& options, const Communicator& comm) {
  const double start = steady_seconds();
  const std::optional<Checkpoint> checkpoint = find_checkpoint(deck, options, comm);
  check_targets(deck, restart_file(deck), comm);
  if (options.dry_run) {
    dry_run(deck, comm, checkpoint);
    return;
  }
  Run run(deck, comm, checkpoint, start);
  run.execute(checkpoint);
}

}  // namespace splicemd::md
