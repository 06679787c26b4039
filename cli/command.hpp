// A subcommand of splicemd. Adding one: a .cpp with its add function, and a row in main.cpp's table.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "base/mpi.hpp"

namespace splicemd::cli {

// What the command does once MPI and Kokkos run; called on every rank, returns the exit status.
using Action = std::function<int(const Communicator&)>;

// Declares a command's options; the values they were given live as long as the returned action.
using AddCommand = Action (*)(CLI::App& command);

Action add_bench(CLI::App& command);
Action add_campaign(CLI::App& command);
Action add_direct(CLI::App& command);
Action add_info(CLI::App& command);
Action add_query(CLI::App& command);
Action add_report(CLI::App& command);
Action add_run(CLI::App& command);
Action add_tune(CLI::App& command);
Action add_verify(CLI::App& command);

}  // namespace splicemd::cli
