// `splicemd run`: carries out a deck's stages, with thermo output, trajectories and restarts.
#pragma once

#include <string>

#include "base/mpi.hpp"
#include "md/deck.hpp"

namespace splicemd::md {

struct RunOptions {
  bool dry_run = false;     // validate everything, report memory and decomposition, run nothing
  bool resume = false;      // continue from the deck's restart file
  std::string resume_from;  // or from this checkpoint
};

// Runs the deck on all ranks of `comm`. Returns normally when the stages are done, and also when a
// signal (SIGTERM, SIGUSR2) or the deck's wall time ended the run after a checkpoint was written.
// Throws InputError (deck, potential or data files), RunError (lost atoms, disk full). Collective.
void run_deck(const Deck& deck, const RunOptions& options, const Communicator& comm);

}  // namespace splicemd::md
