// `splicemd tune`: finds the fastest settings for a deck on this machine; `splicemd run --tuned` uses them.
#include <memory>
#include <string>
#include <vector>

#include "base/execution.hpp"
#include "base/log.hpp"
#include "bench/tuning.hpp"
#include "cli/command.hpp"
#include "cli/variables.hpp"

namespace splicemd::cli {
namespace {

struct Options {
  std::string deck;
  std::vector<std::string> variables;
  double seconds = 0.5;
};

int run_tune(const Options& options, const Communicator& comm) {
  log::configure({comm.rank(), comm.is_root(), ""});
  const md::Deck deck = md::load_deck(options.deck, variable_map(options.variables));
  const auto points = bench::measure_tunings(deck, options.seconds, comm);
  log::info("{:>8}  {:<10}{:>16}", "skin", "kernel", "katom-steps/s");
  for (const bench::TuningPoint& point : points) {
    log::info("{:>8g}  {:<10}{:>16.2f}", point.tuning.skin,
              point.tuning.kernel.empty() ? "-" : point.tuning.kernel,
              1e-3 * point.atom_steps_per_s);
  }
  const bench::Tuning& best = points.front().tuning;
  const std::string file = bench::tuning_file(deck, comm);
  comm.on_root([&] {
    bench::save_tuning(
        file, best,
        fmt::format("by splicemd tune with {}: {:.4g} katom-steps/s on {} ranks x {} threads",
                    options.deck, 1e-3 * points.front().atom_steps_per_s, comm.size(),
                    ExecSpace().concurrency()));
  });
  log::info("\nChosen: skin {:g} Å{}; kept in {}", best.skin,
            best.kernel.empty() ? "" : ", SNAP kernel " + best.kernel, file);
  log::info("Used by: splicemd run --tuned {} (same potential, ranks and threads)", options.deck);
  return 0;
}

}  // namespace

Action add_tune(CLI::App& command) {
  auto options = std::make_shared<Options>();
  command.add_option("deck", options->deck, "A deck whose first stage is dynamics")->required();
  command
      .add_option("-v,--variable", options->variables,
                  "name=value: overrides one of the deck's variables (repeatable)")
      ->allow_extra_args(false);
  command.add_option("--seconds", options->seconds, "Length of each measurement (default: 0.5)")
      ->check(CLI::Range(0.001, 600.0));
  return [options](const Communicator& comm) { return run_tune(*options, comm); };
}

}  // namespace splicemd::cli
