// A question that `splicemd query STORE` answers. Adding one: an add function and a row in query.cpp's table.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "base/table.hpp"
#include "datastore/reader.hpp"

namespace splicemd::cli {

struct Query {
  std::string store;  // the folder
  TableFormat format = TableFormat::text;
};

// Prints the answer; returns the exit status. Called on one rank.
using QueryAction = std::function<int(const Query&)>;
// Declares a question's options; the values they were given live as long as the returned action.
using AddQuery = QueryAction (*)(CLI::App& command);

// What an application with tables of its own adds to `summary`, where the ledger has the schema of that name.
using AddSummary = void (*)(datastore::StoreReader& store, Fields& fields);

// Questions to a campaign's tables, and their part of the summary: query_campaign.cpp.
QueryAction add_states(CLI::App& command);
QueryAction add_state(CLI::App& command);
QueryAction add_transitions(CLI::App& command);
QueryAction add_trajectory(CLI::App& command);
QueryAction add_segments(CLI::App& command);
QueryAction add_timeline(CLI::App& command);
QueryAction add_metrics(CLI::App& command);
QueryAction add_watch(CLI::App& command);
QueryAction add_export(CLI::App& command);
void add_campaign_summary(datastore::StoreReader& store, Fields& fields);

}  // namespace splicemd::cli
