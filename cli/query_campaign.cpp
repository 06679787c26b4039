// Questions of `splicemd query` to the tables of a ParSplice campaign.
#include <chrono>
#include <memory>
#include <thread>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/quantity.hpp"
#include "cli/query.hpp"
#include "parsplice/query.hpp"
#include "parsplice/query_export.hpp"

namespace splicemd::cli {
namespace {

using parsplice::CampaignQuery;

double quantity_or(const std::string& text, const char* option, Dimension dimension,
                   double fallback) {
  if (text.empty()) return fallback;
  const auto value = parse_quantity(text, dimension);
  require(value.has_value(), "{} {}: expected {}", option, text, describe(dimension));
  return *value;
}

std::shared_ptr<std::int64_t> add_limit(CLI::App& command) {
  auto limit = std::make_shared<std::int64_t>(0);
  command.add_option("--limit", *limit, "At most so many rows")->check(CLI::NonNegativeNumber);
  return limit;
}

// A question that takes nothing but --limit.
QueryAction limited_table(CLI::App& command, Table (CampaignQuery::*question)(std::int64_t)) {
  return [limit = add_limit(command), question](const Query& query) {
    CampaignQuery campaign(query.store);
    log::line((campaign.*question)(*limit).format(query.format));
    return 0;
  };
}

}  // namespace

void add_campaign_summary(datastore::StoreReader& store, Fields& fields) {
  CampaignQuery campaign(store.folder());
  for (const auto& field : campaign.summary()) fields.push_back(field);
}

QueryAction add_states(CLI::App& command) {
  auto filter = std::make_shared<parsplice::StateFilter>();
  command.add_option("--sort", filter->sort, "id, energy, visits or time")
      ->check(CLI::IsMember({"id", "energy", "visits", "time"}));
  command.add_option("--min-visits", filter->min_visits, "Only states visited this often");
  command.add_option("--limit", filter->limit, "At most so many rows")
      ->check(CLI::NonNegativeNumber);
  return [filter](const Query& query) {
    CampaignQuery campaign(query.store);
    log::line(campaign.states(*filter).format(query.format));
    return 0;
  };
}

QueryAction add_state(CLI::App& command) {
  auto name = std::make_shared<std::string>();
  auto file = std::make_shared<std::string>();
  command.add_option("state", *name, "Its number or the beginning of its label")->required();
  command.add_option("-o,--output", *file, "Also write its configuration (.extxyz, .h5md, .data)");
  return [name, file](const Query& query) {
    CampaignQuery campaign(query.store);
    const std::string fields = format_fields(campaign.state(*name), query.format);
    const std::string table = campaign.neighbours(*name).format(query.format);
    if (query.format == TableFormat::json) {
      log::line("{\"state\": " + fields + ",\n\"neighbours\": " + table + "}");
    } else {
      log::line(fields + "\n\n" + table);
    }
    if (!file->empty()) {
      parsplice::export_campaign(campaign, {"states", *file, *name}, query.format);
    }
    return 0;
  };
}

QueryAction add_transitions(CLI::App& command) {
  struct Options {
    std::string prefactor, temperature;
    bool generated = false;
    std::int64_t limit = 0;
  };
  auto options = std::make_shared<Options>();
  command.add_option("--prefactor", options->prefactor,
                     "Also the effective barriers for this prefactor, e.g. 4.35THz");
  command.add_option("--temperature", options->temperature, "For them (default: the deck's)");
  command.add_flag("--generated", options->generated,
                   "Of all generated segments, not of the trajectory alone");
  command.add_option("--limit", options->limit, "At most so many rows")
      ->check(CLI::NonNegativeNumber);
  return [options](const Query& query) {
    parsplice::BarrierModel barriers;
    barriers.prefactor = quantity_or(options->prefactor, "--prefactor", Dimension::rate, 0.0);
    barriers.temperature =
        quantity_or(options->temperature, "--temperature", Dimension::temperature, 0.0);
    CampaignQuery campaign(query.store);
    log::line(
        campaign.transitions(barriers, options->generated, options->limit).format(query.format));
    return 0;
  };
}

QueryAction add_trajectory(CLI::App& command) {
  struct Options {
    std::string from, to;
    std::shared_ptr<std::int64_t> limit;
  };
  auto options = std::make_shared<Options>();
  command.add_option("--from", options->from, "From this time of the trajectory, e.g. 10ns");
  command.add_option("--to", options->to, "Up to this time");
  options->limit = add_limit(command);
  return [options](const Query& query) {
    const double from = quantity_or(options->from, "--from", Dimension::time, 0.0);
    const double to = quantity_or(options->to, "--to", Dimension::time, 1e300);
    CampaignQuery campaign(query.store);
    log::line(campaign.trajectory(from, to, *options->limit).format(query.format));
    return 0;
  };
}

QueryAction add_segments(CLI::App& command) {
  return limited_table(command, &CampaignQuery::segments);
}

QueryAction add_timeline(CLI::App& command) {
  return limited_table(command, &CampaignQuery::timeline);
}

QueryAction add_metrics(CLI::App& command) {
  return limited_table(command, &CampaignQuery::metrics);
}

QueryAction add_watch(CLI::App& command) {
  auto seconds = std::make_shared<double>(2.0);
  auto rounds = std::make_shared<std::int64_t>(0);
  command.add_option("--every", *seconds, "Seconds between two")->check(CLI::Range(0.1, 1e6));
  command.add_option("--rounds", *rounds, "How often (default: until interrupted)");
  return [seconds, rounds](const Query& query) {
    CampaignQuery campaign(query.store);
    for (std::int64_t round = 0; *rounds == 0 || round < *rounds; ++round) {
      if (round > 0) {
        std::this_thread::sleep_for(std::chrono::duration<double>(*seconds));
        log::line("");
      }
      log::line(format_fields(campaign.summary(), query.format));
    }
    return 0;
  };
}

QueryAction add_export(CLI::App& command) {
  auto what = std::make_shared<parsplice::ExportOptions>();
  command.add_option("what", what->what, "states, trajectory, matrix or msd")
      ->required()
      ->check(CLI::IsMember({"states", "trajectory", "matrix", "msd"}));
  command.add_option("-o,--output", what->file,
                     "File (.extxyz .xyz .h5md .h5 .dump .data .csv .graphml); tables also go to "
                     "standard output");
  command.add_option("--state", what->state, "Only this state");
  return [what](const Query& query) {
    CampaignQuery campaign(query.store);
    log::line(parsplice::export_campaign(campaign, *what, query.format));
    return 0;
  };
}

}  // namespace splicemd::cli
