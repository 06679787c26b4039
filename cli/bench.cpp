// `splicemd bench`: this machine's peaks and the speed of the benchmark decks against them; the speed of the
// workflow and of the datastore.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/execution.hpp"
#include "base/log.hpp"
#include "base/parse.hpp"
#include "bench/datastore_speed.hpp"
#include "bench/deck_speed.hpp"
#include "bench/fma_peak.hpp"
#include "bench/memory_bandwidth.hpp"
#include "bench/taskmgr_speed.hpp"
#include "cli/command.hpp"

namespace splicemd::cli {
namespace {

struct Options {
  std::string group;
  std::vector<std::string> cases;
  std::string decks;
  bool json = false;
  bool smoke = false;
  bool energies = false;
};

// The folder of benchmark decks: asked for, installed beside the executable, or in the source tree.
std::filesystem::path deck_folder(const Options& options) {
  namespace fs = std::filesystem;
  if (!options.decks.empty()) return options.decks;
  const fs::path executable = fs::read_symlink("/proc/self/exe").parent_path();
  for (const fs::path& candidate :
       {executable / "../share/splicemd/bench", executable / "../bench"}) {
    if (fs::exists(candidate / "snap")) return candidate.lexically_normal();
  }
  throw InputError(
      "the benchmark decks are not beside this executable: give their folder with --decks");
}

std::vector<bench::SpeedCase> chosen_cases(const Options& options) {
  std::vector<std::string> names;
  std::vector<bench::SpeedCase> chosen;
  for (const bench::SpeedCase& each : bench::speed_cases()) {
    names.emplace_back(each.name);
    const bool wanted = options.cases.empty()
                            ? options.group.empty() || options.group == each.group
                            : std::find(options.cases.begin(), options.cases.end(), each.name) !=
                                  options.cases.end();
    if (wanted) chosen.push_back(each);
  }
  for (const std::string& name : options.cases) {
    require(std::find(names.begin(), names.end(), name) != names.end(),
            "--case {}: no such case{}; there are {}", name, did_you_mean(name, names),
            fmt::join(names, ", "));
  }
  return chosen;
}

std::string json_entry(const bench::SpeedCase& what, const bench::Speed& speed) {
  std::string stages;
  for (const bench::StageTime& stage : speed.stages) {
    stages += fmt::format("{}\"{}_us\": {:.6g}", stages.empty() ? "" : ", ", stage.name,
                          stage.us_per_atom_step);
  }
  return fmt::format(
      "  {{\"case\": \"{}\", \"atoms\": {}, \"atom_steps_per_s\": {:.6g}, \"fma_peak_mflops\": "
      "{:.6g}, "
      "\"ratio\": {:.6g}, \"stages\": {{{}}}}}",
      what.name, speed.atoms, speed.atom_steps_per_s, speed.fma_peak_mflops, speed.ratio, stages);
}

std::string figure(double value) { return value > 0.0 ? fmt::format("{:.3g}", value) : "-"; }

std::string table_row(const bench::SpeedCase& what, const bench::Speed& speed) {
  std::string row =
      fmt::format("{:<16}{:>8}{:>14.2f}{:>12.1f}{:>10.4g}{:>10}{:>8}{:>8}", what.name, speed.atoms,
                  1e-3 * speed.atom_steps_per_s, 1e-3 * speed.fma_peak_mflops, speed.ratio,
                  figure(what.best_existing), figure(what.bar), figure(what.goal));
  for (const bench::StageTime& stage : speed.stages) {
    if (stage.us_per_atom_step > 0.0)
      row += fmt::format("  {} {:.3g}", stage.name, stage.us_per_atom_step);
  }
  return row;
}

int run_bench(const Options& options, const Communicator& comm) {
  if (comm.is_root()) log::configure({0, true, ""});
  const auto cases = chosen_cases(options);
  const std::filesystem::path folder = deck_folder(options);
  bench::SpeedOptions how;
  how.energies_every_step = options.energies;
  if (options.smoke) {
    how.blocks = 1;
    how.seconds_per_block = 0.02;
  }
  if (!options.json) {
    log::info(
        "Multiply-add peak {:.1f} Gflop/s per core (double, {} lanes); memory {:.1f} GB/s (triad, "
        "{} threads)",
        1e-3 * bench::fma_peak_mflops(options.smoke ? 0.01 : 0.3), bench::fma_width(),
        bench::triad_bandwidth_gbs(), ExecSpace().concurrency());
    log::info(
        "Whole time loop{}; ratio: atom-steps/s per Mflop/s of peak and core; last columns: us per "
        "atom and step",
        options.energies ? " with energy and virial on every step" : "");
    log::info("{:<16}{:>8}{:>14}{:>12}{:>10}{:>10}{:>8}{:>8}", "case", "atoms", "katom-steps/s",
              "peak Gflops", "ratio", "existing", "bar", "goal");
  } else {
    log::info("[");
  }
  for (std::size_t k = 0; k < cases.size(); ++k) {
    const bench::Speed speed = bench::measure_speed((folder / cases[k].deck).string(), how, comm);
    log::line(options.json ? json_entry(cases[k], speed) + (k + 1 < cases.size() ? "," : "")
                           : table_row(cases[k], speed));
  }
  if (options.json) log::info("]");
  return 0;
}

std::vector<bench::Figure> measure_taskmgr(const Options& options, const Communicator& comm) {
  bench::WorkflowOptions how;
  if (options.smoke) how = {0.2, 20.0, 1000};
  return bench::measure_workflow(how, comm);
}

std::vector<bench::Figure> measure_datastore(const Options& options, const Communicator& comm) {
  bench::DatastoreOptions how;
  if (options.smoke) how = {.folder = "", .puts = 2000, .records = 5000, .seconds = 0.1};
  return bench::measure_datastore(how, comm);
}

// Suites of figures that are held to a bar.
struct Suite {
  const char* name;
  std::vector<bench::Figure> (*measure)(const Options& options, const Communicator& comm);
};
constexpr Suite kSuites[] = {
    {"taskmgr", measure_taskmgr},
    {"datastore", measure_datastore},
};

int run_suite(const Suite& suite, const Options& options, const Communicator& comm) {
  if (comm.is_root()) log::configure({0, true, ""});
  const std::vector<bench::Figure> figures = suite.measure(options, comm);
  log::line(options.json ? bench::to_json(figures) : bench::to_table(figures));
  return 0;
}

int run_group(const Options& options, const Communicator& comm) {
  for (const Suite& suite : kSuites) {
    if (options.group == suite.name) return run_suite(suite, options, comm);
  }
  return run_bench(options, comm);
}

}  // namespace

Action add_bench(CLI::App& command) {
  auto options = std::make_shared<Options>();
  std::vector<std::string> groups{"snap", "eam"};
  for (const Suite& suite : kSuites) groups.emplace_back(suite.name);
  command
      .add_option("group", options->group,
                  "Decks: snap or eam (default: both). Or " +
                      fmt::format("{}", fmt::join(groups.begin() + 2, groups.end(), ", ")) +
                      ", on its own ranks or those of mpiexec")
      ->check(CLI::IsMember(groups));
  command.add_option("--case", options->cases, "Only this case (repeatable)")
      ->allow_extra_args(false);
  command.add_option("--decks", options->decks, "Folder of the benchmark decks");
  command.add_flag("--json", options->json, "Print an array of objects instead of a table");
  command.add_flag("--energies", options->energies, "Energy and virial on every step");
  command.add_flag("--smoke", options->smoke, "A few steps of each case: does it run?");
  return [options](const Communicator& comm) { return run_group(*options, comm); };
}

}  // namespace splicemd::cli
