// `splicemd run`: a deck from the command line to md::run_deck.
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/execution.hpp"
#include "base/log.hpp"
#include "bench/tuning.hpp"
#include "cli/command.hpp"
#include "cli/variables.hpp"
#include "md/run.hpp"

namespace splicemd::cli {
namespace {

struct Options {
  std::string deck;
  std::vector<std::string> variables;
  std::string log_file;
  bool quiet = false;
  bool tuned = false;
  md::RunOptions run;
};

// The deck with what `splicemd tune` found for it.
void use_tuning(md::Deck& deck, const std::string& name, const Communicator& comm) {
  const std::string file = bench::tuning_file(deck, comm);
  std::optional<bench::Tuning> tuning;
  comm.on_every_rank([&] { tuning = bench::load_tuning(file); });
  require(tuning.has_value(),
          "--tuned: nothing is known of this potential on this machine with {} ranks x {} threads: "
          "run  splicemd tune {}  first",
          comm.size(), ExecSpace().concurrency(), name);
  bench::apply_tuning(*tuning, deck);
  log::info("Tuned: skin {:g} Å{} ({})", tuning->skin,
            tuning->kernel.empty() ? "" : ", SNAP kernel " + tuning->kernel, file);
}

}  // namespace

Action add_run(CLI::App& command) {
  auto options = std::make_shared<Options>();
  command.add_option("deck", options->deck, "The deck (YAML; see docs/deck.md)")->required();
  command
      .add_option("-v,--variable", options->variables,
                  "name=value: overrides one of the deck's variables (repeatable)")
      ->allow_extra_args(false);
  command.add_flag("--dry-run", options->run.dry_run,
                   "Check deck, files, memory and decomposition; run nothing");
  command.add_flag("--resume", options->run.resume, "Continue from the deck's restart file");
  command.add_option("--resume-from", options->run.resume_from, "Continue from this checkpoint")
      ->excludes("--resume");
  command.add_flag("--tuned", options->tuned, "Use what `splicemd tune` found for this potential");
  command.add_flag("-q,--quiet", options->quiet, "Print nothing but warnings and errors");
  command.add_option("--log", options->log_file, "Also write what is printed to this file");
  return [options](const Communicator& comm) {
    comm.on_root([&] { log::configure({0, !options->quiet, options->log_file}); });
    if (!comm.is_root()) log::configure({comm.rank(), false, ""});
    md::Deck deck = md::load_deck(options->deck, variable_map(options->variables));
    if (options->tuned) use_tuning(deck, options->deck, comm);
    md::run_deck(deck, options->run, comm);
    return 0;
  };
}

}  // namespace splicemd::cli
