// splicemd: reads the command line and hands over to a subcommand.
#include <algorithm>
#include <string>
#include <vector>

#include <splicemd_build_info.hpp>
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/parse.hpp"
#include "cli/command.hpp"
#include "cli/local_ranks.hpp"
#include "cli/session.hpp"
#include "cli/thread_waiting.hpp"

namespace splicemd::cli {
namespace {

struct Row {
  const char* name;
  const char* purpose;
  AddCommand add;
};

constexpr Row kCommands[] = {
    {"run", "Run a molecular dynamics deck", add_run},
    {"campaign", "Run a ParSplice campaign: one long trajectory from many short segments",
     add_campaign},
    {"direct", "Run plain dynamics with a campaign's state detection, to compare with", add_direct},
    {"query", "Look at a campaign's store, while it runs and afterwards", add_query},
    {"report", "Write a campaign's report as one HTML page", add_report},
    {"verify", "Recompute reference cases and compare with another code's numbers", add_verify},
    {"bench", "Measure the speed of the benchmark decks against the peak of this machine",
     add_bench},
    {"tune", "Find the fastest settings for a deck on this machine", add_tune},
    {"info", "Print version, backends and libraries", add_info},
};

// Parses the command line on every rank; only rank 0 prints help or what is wrong with it.
int main_guarded(int argc, char** argv, const Communicator& comm) {
  CLI::App app("SpliceMD: molecular dynamics with SNAP potentials and parallel trajectory splicing",
               "splicemd");
  app.set_version_flag("--version", std::string("splicemd ") + kVersion);
  app.require_subcommand(1);
  app.fallthrough();
  int threads = 0;
  app.add_option("-t,--threads", threads,
                 "Threads per rank (default: OMP_NUM_THREADS, else all cores shared by the ranks)")
      ->check(CLI::Range(1, 4096));
  std::vector<std::pair<CLI::App*, Action>> commands;
  for (const Row& row : kCommands) {
    CLI::App* command = app.add_subcommand(row.name, row.purpose);
    commands.emplace_back(command, row.add(*command));
  }
  if (argc > 1 && argv[1][0] != '-') {
    std::vector<std::string> names;
    for (const Row& row : kCommands) names.emplace_back(row.name);
    require(std::find(names.begin(), names.end(), argv[1]) != names.end(),
            "unknown command '{}'{}; there are {}", argv[1], did_you_mean(argv[1], names),
            fmt::join(names, ", "));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = comm.is_root() ? app.exit(error) : error.get_exit_code();
    return status == 0 ? 0 : 2;
  }
  for (const auto& [command, action] : commands) {
    if (!command->parsed()) continue;
    // Of a campaign's ranks and of those of `bench` one mostly waits.
    const std::string name = command->get_name();
    const int idle = name == "campaign" || name == "bench" ? 1 : 0;
    const KokkosSession kokkos(comm, threads, idle);
    return run_guarded(comm, [&, run = action] { return run(comm); });
  }
  return 2;
}

}  // namespace
}  // namespace splicemd::cli

int main(int argc, char** argv) {
  splicemd::cli::start_local_ranks(argc, argv);
  splicemd::cli::bound_spinning(argv);
  const splicemd::cli::MpiSession mpi(argc, argv);
  const splicemd::Communicator comm(MPI_COMM_WORLD, splicemd::Communicator::Ownership::duplicate);
  return splicemd::cli::run_guarded(comm,
                                    [&] { return splicemd::cli::main_guarded(argc, argv, comm); });
}
