// `splicemd verify`: recomputes reference cases and prints the deviations beside their tolerances.
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"
#include "cli/command.hpp"
#include "md/verification.hpp"

namespace splicemd::cli {
namespace {

struct Options {
  std::vector<std::string> cases;
  std::vector<std::string> potentials;
  bool no_nve = false;
  std::string log_file;
};

// Where a case's potential files are looked for: the folders asked for, the case's own, `potentials`
// beside it or one level up, those shipped with this executable,
// and the environment's.
std::vector<std::string> search_path(const Options& options, const std::string& folder) {
  namespace fs = std::filesystem;
  std::vector<std::string> directories = options.potentials;
  const fs::path self = fs::absolute(folder).lexically_normal();
  const fs::path clean = self.has_filename() ? self : self.parent_path();
  directories.push_back(clean.string());
  directories.push_back((clean.parent_path() / "potentials").string());
  directories.push_back((clean.parent_path().parent_path() / "potentials").string());
  const fs::path executable = fs::read_symlink("/proc/self/exe").parent_path();
  for (const char* shipped : {"../share/splicemd/inputs/potentials", "../inputs/potentials"}) {
    if (fs::exists(executable / shipped)) {
      directories.push_back((executable / shipped).lexically_normal().string());
    }
  }
  for (const char* variable : {"SPLICEMD_POTENTIALS", "LAMMPS_POTENTIALS"}) {
    const char* value = std::getenv(variable);
    std::istringstream list(value ? value : "");
    for (std::string item; std::getline(list, item, ':');) {
      if (!item.empty()) directories.push_back(item);
    }
  }
  return directories;
}

// Prints one case's lines; true if nothing exceeds its tolerance.
bool verify_one(const Options& options, const std::string& folder, const Communicator& comm) {
  const md::ReferenceCase reference = md::read_reference_case(folder);
  md::VerificationOptions how;
  how.potential_directories = search_path(options, folder);
  how.nve = !options.no_nve;
  bool passed = true;
  for (const md::Deviation& deviation : md::verify_case(reference, how, comm)) {
    passed = passed && deviation.passed();
    log::info("{:<32}{:<20}{:>12.2e}{:>12.0e}  {}", reference.name, deviation.quantity,
              deviation.largest, deviation.tolerance, deviation.passed() ? "ok" : "EXCEEDED");
  }
  return passed;
}

// The folders that hold a case; of several, as a shell's * gives them, the others are passed over.
std::vector<std::string> cases_among(const std::vector<std::string>& paths) {
  namespace fs = std::filesystem;
  std::vector<std::string> cases;
  for (const std::string& path : paths) {
    const bool part =
        fs::exists(fs::path(path) / "expected.json") || fs::exists(fs::path(path) / "system.data");
    if (part || (paths.size() == 1) || !fs::exists(path)) {
      cases.push_back(path);
    } else {
      log::info("{}: not a case (no expected.json and no system.data), passed over", path);
    }
  }
  require(!cases.empty(),
          "none of the {} paths is a case: a folder with expected.json and system.data",
          paths.size());
  return cases;
}

int verify(const Options& options, const Communicator& comm) {
  comm.on_root([&] { log::configure({0, true, options.log_file}); });
  if (!comm.is_root()) log::configure({comm.rank(), false, ""});
  log::info("{:<32}{:<20}{:>12}{:>12}", "case", "quantity", "deviation", "tolerance");
  int failed = 0;
  const std::vector<std::string> cases = cases_among(options.cases);
  for (const std::string& folder : cases) {
    if (!verify_one(options, folder, comm)) ++failed;
  }
  log::info("{} of {} cases within tolerance", cases.size() - static_cast<std::size_t>(failed),
            cases.size());
  return failed > 0 ? 1 : 0;
}

}  // namespace

Action add_verify(CLI::App& command) {
  auto options = std::make_shared<Options>();
  command
      .add_option("case", options->cases,
                  "Folders with system.data and expected.json (see docs/verification.md)")
      ->required();
  command
      .add_option(
          "--potentials", options->potentials,
          "Folder of potential files (repeatable; default: the case's own, and 'potentials' "
          "beside it)")
      ->allow_extra_args(false);
  command.add_flag("--no-nve", options->no_nve, "Skip the constant-energy runs");
  command.add_option("--log", options->log_file, "Also write what is printed to this file");
  return [options](const Communicator& comm) { return verify(*options, comm); };
}

}  // namespace splicemd::cli
