// `splicemd campaign`: a ParSplice campaign from the command line to parsplice::run_campaign.
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/quantity.hpp"
#include "cli/command.hpp"
#include "cli/variables.hpp"
#include "parsplice/campaign_run.hpp"
#include "parsplice/direct_run.hpp"

namespace splicemd::cli {
namespace {

struct Options {
  std::string deck, store, until, wall_time, log_file;
  std::int64_t transitions = 0;
  std::vector<std::string> variables;
  bool quiet = false;
  parsplice::CampaignOptions campaign;
};

double quantity(const std::string& option, const std::string& text, Dimension dimension) {
  const auto value = parse_quantity(text, dimension);
  require(value.has_value() && *value > 0.0, "{} {}: expected {}", option, text,
          describe(dimension));
  return *value;
}

// What the command line says about the end replaces what the deck says.
void apply(const Options& options, parsplice::CampaignDeck& deck) {
  if (!options.store.empty()) deck.store = options.store;
  const bool limited =
      !options.until.empty() || !options.wall_time.empty() || options.transitions > 0;
  if (limited) deck.limits = {};
  if (!options.until.empty()) {
    deck.limits.trajectory = quantity("--until", options.until, Dimension::time);
  }
  if (!options.wall_time.empty()) {
    deck.limits.wall_time = quantity("--wall-time", options.wall_time, Dimension::wall_time);
  }
  if (options.transitions > 0) deck.limits.transitions = options.transitions;
}

void add_deck_options(CLI::App& command, Options& options) {
  command.add_option("deck", options.deck, "The deck (YAML; see docs/parsplice.md)")->required();
  command
      .add_option("-v,--variable", options.variables,
                  "name=value: overrides one of the deck's variables (repeatable)")
      ->allow_extra_args(false);
  command.add_option("--store", options.store, "Folder of the store (default: the deck's)");
  command.add_option("--until", options.until, "Stop at this trajectory length, e.g. 1us");
  command.add_option("--wall-time", options.wall_time, "Stop after this time, e.g. 2h");
  command.add_option("--transitions", options.transitions, "Stop after so many transitions")
      ->check(CLI::PositiveNumber);
  command.add_flag("-q,--quiet", options.quiet, "Print nothing but warnings and errors");
  command.add_option("--log", options.log_file, "Also write what is printed to this file");
}

parsplice::CampaignDeck load_deck(const Options& options, const Communicator& comm) {
  comm.on_root([&] { log::configure({0, !options.quiet, options.log_file}); });
  if (!comm.is_root()) log::configure({comm.rank(), false, ""});
  parsplice::CampaignDeck deck =
      parsplice::load_campaign_deck(options.deck, variable_map(options.variables));
  apply(options, deck);
  return deck;
}

}  // namespace

Action add_direct(CLI::App& command) {
  auto options = std::make_shared<Options>();
  add_deck_options(command, *options);
  command.add_flag("--resume", options->campaign.resume,
                   "Continue the trajectory in the store; an error if there is none");
  return [options](const Communicator& comm) {
    parsplice::CampaignDeck deck = load_deck(*options, comm);
    if (options->store.empty()) deck.store += ".direct";
    if (const auto layout = deck.root.find("layout")) layout->entries();
    parsplice::run_direct(deck, {options->campaign.resume}, comm);
    return 0;
  };
}

Action add_campaign(CLI::App& command) {
  auto options = std::make_shared<Options>();
  add_deck_options(command, *options);
  command.add_flag("--resume", options->campaign.resume,
                   "Continue the campaign in the store; an error if there is none");
  command.add_flag("--dry-run", options->campaign.dry_run,
                   "Check deck, files and start state; run nothing");
  command.add_flag("--layout", options->campaign.show_layout, "Print who does what; run nothing");
  return [options](const Communicator& comm) {
    const parsplice::CampaignDeck deck = load_deck(*options, comm);
    parsplice::run_campaign(deck, options->campaign, comm);
    return 0;
  };
}

}  // namespace splicemd::cli
