// `splicemd query`: what is in a store, whether it is sound, and any question SQL can put.
#include "cli/query.hpp"

#include <memory>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/parse.hpp"
#include "cli/command.hpp"
#include "datastore/check.hpp"
#include "datastore/parts.hpp"
#include "datastore/rows.hpp"

namespace splicemd::cli {
namespace {

using datastore::Statement;
using datastore::StoreReader;

void print(const std::string& text) { log::line(text); }

// --- summary -----------------------------------------------------------------------------------------

// Sums over the parts of a store.
Cell sum_over_parts(const std::string& folder, std::uint64_t parts, const char* sql) {
  std::int64_t sum = 0;
  for (std::uint64_t part = 0; part < parts; ++part) {
    datastore::Ledger ledger(datastore::part_folder(folder, part) + "/ledger.sqlite",
                             datastore::Ledger::Access::read);
    sum += ledger.database().integer(sql).value_or(0);
  }
  return sum;
}

void add_store_summary(StoreReader& store, Fields& fields) {
  datastore::Ledger& ledger = store.ledger();
  const std::uint64_t parts = datastore::count_parts(ledger);
  const auto add = [&](const char* name, const char* sql) {
    fields.emplace_back(name, sum_over_parts(store.folder(), parts, sql));
  };
  fields.emplace_back("store", store.folder());
  fields.emplace_back("store_id", ledger.meta("store").value_or(""));
  fields.emplace_back("durability", ledger.meta("durability").value_or("process"));
  fields.emplace_back("parts", static_cast<std::int64_t>(parts));
  add("values", "SELECT count(*) FROM records WHERE shard IS NOT NULL");
  add("value_bytes", "SELECT sum(length) FROM records");
  add("erased", "SELECT count(*) FROM records WHERE shard IS NULL");
  add("shards", "SELECT count(*) FROM shards");
  add("shard_bytes", "SELECT sum(bytes) FROM shards");
  add("lost", "SELECT count(*) FROM lost");
  Statement writer = ledger.prepare(
      "SELECT host, pid, datetime(started, 'unixepoch'), datetime(ended, 'unixepoch') FROM writers "
      "ORDER BY id DESC LIMIT 1");
  if (writer.step()) {
    fields.emplace_back("writer_host", datastore::cell_of(writer, 0));
    fields.emplace_back("writer_pid", datastore::cell_of(writer, 1));
    fields.emplace_back("writer_started", datastore::cell_of(writer, 2));
    fields.emplace_back("writer_ended", datastore::cell_of(writer, 3));
  }
}

struct SummaryRow {
  const char* schema;
  AddSummary add;
};

// Applications' parts of the summary, by the schema of their tables.
constexpr SummaryRow kSummaries[] = {{"parsplice", add_campaign_summary},
                                     {"datastore", add_store_summary}};

int summarise(const Query& query) {
  StoreReader store(query.store);
  Fields fields;
  for (const SummaryRow& row : kSummaries) {
    if (store.ledger().version(row.schema) > 0) row.add(store, fields);
  }
  print(format_fields(fields, query.format));
  return 0;
}

QueryAction add_summary(CLI::App&) { return summarise; }

// --- sql ---------------------------------------------------------------------------------------------

// What SQLite does not understand is the user's mistake.
Statement prepare(StoreReader& store, const std::string& sql) {
  try {
    return store.ledger().prepare(sql);
  } catch (const RunError& error) {
    throw InputError(error.what());
  }
}

QueryAction add_sql(CLI::App& command) {
  auto sql = std::make_shared<std::string>();
  command.add_option("statement", *sql, "A SELECT; docs/datastore_format.md describes the tables")
      ->required();
  return [sql](const Query& query) {
    StoreReader store(query.store);
    Statement statement = prepare(store, *sql);
    require(statement.read_only(), "sql: only statements that change nothing are run");
    print(datastore::table_of(statement).format(query.format));
    return 0;
  };
}

// --- check and repair ----------------------------------------------------------------------------------

void add_counts(const datastore::CheckReport& report, Fields& fields) {
  fields.emplace_back("values", report.records);
  fields.emplace_back("value_bytes", static_cast<std::int64_t>(report.bytes));
  fields.emplace_back("erased", report.erased);
  fields.emplace_back("shards", report.shards);
  fields.emplace_back("unsealed_shards", report.unsealed);
  fields.emplace_back("problems", static_cast<std::int64_t>(report.problems.size()));
  fields.emplace_back("bad_values", static_cast<std::int64_t>(report.bad_records.size()));
}

// What is wrong, line by line, on stderr: the fields on stdout stay readable for programs.
void tell(const std::vector<std::string>& problems, const std::vector<datastore::BadRecord>& bad,
          const char* what) {
  constexpr std::size_t kMost = 20;
  for (const std::string& line : problems) log::warning("{}", line);
  for (std::size_t i = 0; i < std::min(bad.size(), kMost); ++i)
    log::warning("{} {}: {}", what, bad[i].key.text(), bad[i].reason);
  if (bad.size() > kMost) log::warning("{} more values {}", bad.size() - kMost, what);
}

int check_store(const Query& query) {
  const datastore::CheckReport report = datastore::check(query.store, [](std::uint64_t bytes) {
    if (log::progress_due()) log::progress(fmt::format("{} MB read", bytes >> 20));
  });
  log::end_progress();
  tell(report.problems, report.bad_records, "bad value");
  Fields fields;
  fields.emplace_back("clean", std::string(report.clean() ? "yes" : "no"));
  add_counts(report, fields);
  print(format_fields(fields, query.format));
  return report.clean() ? 0 : 1;
}

int repair_store(const Query& query) {
  const datastore::RepairReport report = datastore::repair(query.store);
  tell(report.after.problems, report.lost, "lost");
  Fields fields;
  fields.emplace_back("clean", std::string(report.after.clean() ? "yes" : "no"));
  fields.emplace_back("repairs", static_cast<std::int64_t>(report.actions.size()));
  fields.emplace_back("lost", static_cast<std::int64_t>(report.lost.size()));
  for (std::size_t i = 0; i < report.actions.size(); ++i)
    fields.emplace_back(fmt::format("repair_{}", i + 1), report.actions[i]);
  add_counts(report.after, fields);
  print(format_fields(fields, query.format));
  return report.after.clean() ? 0 : 1;
}

QueryAction add_check(CLI::App&) { return check_store; }
QueryAction add_repair(CLI::App&) { return repair_store; }

// -------------------------------------------------------------------------------------------------------

struct Row {
  const char* name;
  const char* purpose;
  AddQuery add;
};

constexpr Row kQueries[] = {
    {"summary", "How much is in the store, and what the campaign has reached", add_summary},
    {"states", "Energies, visits and residence times of states", add_states},
    {"state", "One state, and where it goes", add_state},
    {"transitions", "Counts and rates with 95 % intervals", add_transitions},
    {"trajectory", "The spliced visits", add_trajectory},
    {"segments", "Segments, the latest first", add_segments},
    {"timeline", "What workers did when", add_timeline},
    {"metrics", "Progress over time", add_metrics},
    {"watch", "The summary, again and again", add_watch},
    {"export", "Configurations, transition matrix, mean squared displacement as files", add_export},
    {"sql", "The rows that a SELECT on the ledger gives", add_sql},
    {"check", "Read everything and compare checksums (exit status 1 if something is wrong)",
     add_check},
    {"repair", "Mend what can be mended, and say what was lost", add_repair},
};

struct Options {
  Query query;
  std::string unknown;  // a word that is no question
  bool json = false, csv = false;
  std::vector<std::pair<CLI::App*, QueryAction>> actions;
};

int run_query(Options& options) {
  log::configure({0, true, ""});
  if (options.json) options.query.format = TableFormat::json;
  if (options.csv) options.query.format = TableFormat::csv;
  std::vector<std::string> names;
  for (const Row& row : kQueries) names.emplace_back(row.name);
  require(options.unknown.empty(), "query: unknown question '{}'{}; there are {}", options.unknown,
          did_you_mean(options.unknown, names), fmt::join(names, ", "));
  for (const auto& [command, action] : options.actions) {
    if (command->parsed()) return action(options.query);
  }
  throw InputError(fmt::format("query: which question? There are {}", fmt::join(names, ", ")));
}

}  // namespace

Action add_query(CLI::App& command) {
  auto options = std::make_shared<Options>();
  command.add_option("store", options->query.store, "The store's folder")->required();
  auto* json = command.add_flag("--json", options->json, "Print JSON");
  command.add_flag("--csv", options->csv, "Print CSV")->excludes(json);
  command.add_option("question", options->unknown)->group("");  // what no subcommand takes
  command.require_subcommand(0, 1);
  command.fallthrough();
  for (const Row& row : kQueries) {
    CLI::App* each = command.add_subcommand(row.name, row.purpose);
    options->actions.emplace_back(each, row.add(*each));
  }
  return [options](const Communicator& comm) { return comm.is_root() ? run_query(*options) : 0; };
}

}  // namespace splicemd::cli
