// Commands that need several ranks, started without an MPI launcher: they start their own.
#pragma once

namespace splicemd::cli {

// If this process was not started by an MPI launcher and its subcommand is one that runs on local ranks, runs
// `mpiexec -n N` of the same command line, where N is one manager and one worker per core, and exits with its
// status. SIGINT, SIGTERM, SIGUSR1 and SIGUSR2 to this process reach all ranks, as SIGTERM; if this process dies,
// they are asked to stop. Returns if there is nothing to do. To be called before MPI is started.
void start_local_ranks(int argc, char** argv);

}  // namespace splicemd::cli
