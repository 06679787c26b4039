// Replaces the process by mpiexec.
#include "cli/local_ranks.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <splicemd_build_info.hpp>

namespace splicemd::cli {
namespace {

constexpr const char* kOwnRanks = "SPLICEMD_OWN_RANKS";

// Set by the launchers and process managers this is started under.
bool under_launcher() {
  for (const char* name : {kOwnRanks, "PMI_RANK", "PMI_FD", "PMI_ID", "PMIX_RANK",
                           "OMPI_COMM_WORLD_RANK", "MPIRUN_RANK"}) {
    if (std::getenv(name) != nullptr) return true;
  }
  return false;
}

int available_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  return std::max(1, CPU_COUNT(&allowed));
}

// How many ranks the command runs on; 0: on this process alone.
int ranks_wanted(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "campaign") return available_cores() + 1;
  // A manager and two workers; a server and two clients.
  const std::string_view group = command == "bench" && argc > 2 ? argv[2] : "";
  return group == "taskmgr" || group == "datastore" ? 3 : 0;
}

}  // namespace

void start_local_ranks(int argc, char** argv) {
  const int wanted = ranks_wanted(argc, argv);
  if (wanted == 0 || under_launcher()) return;
  for (int k = 2; k < argc; ++k) {
    const std::string_view word = argv[k];
    if (word == "--help" || word == "-h" || word == "--dry-run") return;
  }
  std::vector<char> self(4096);
  const ssize_t length = readlink("/proc/self/exe", self.data(), self.size() - 1);
  if (length <= 0) return;
  std::string ranks = std::to_string(wanted);
  std::string launcher = kMpiexec, count = "-n";
  std::vector<char*> words{launcher.data(), count.data(), ranks.data(), self.data()};
  words.insert(words.end(), argv + 1, argv + argc);
  words.push_back(nullptr);
  setenv(kOwnRanks, "1", 1);
  setenv("OMP_NUM_THREADS", "1", 0);
  execvp(words[0], words.data());
  std::fprintf(stderr, "splicemd: cannot start %s: %s\n", kMpiexec, std::strerror(errno));
  std::exit(1);
}

}  // namespace splicemd::cli
