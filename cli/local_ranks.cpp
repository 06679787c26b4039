// Runs mpiexec in a process group of its own and passes signals on to it.
#include "cli/local_ranks.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <splicemd_build_info.hpp>
#include "cli/thread_waiting.hpp"

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

constexpr std::array kPassedOn{SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
volatile std::sig_atomic_t launcher_process = 0;

// Of the signals that ask for a stop mpiexec passes only SIGTERM on to the ranks every time.
extern "C" void pass_on(int) {
  if (launcher_process > 0) ::kill(launcher_process, SIGTERM);
}

// The child's part: ends in the launcher.
[[noreturn]] void become(std::vector<char*>& words, pid_t parent) {
  ::setpgid(0, 0);  // what a terminal sends comes by way of the parent only
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  ::execvp(words[0], words.data());
  std::fprintf(stderr, "splicemd: cannot start %s: %s\n", words[0], std::strerror(errno));
  ::_exit(1);
}

// Runs the launcher; returns its exit status.
int supervise(std::vector<char*>& words) {
  sigset_t held, before;
  sigemptyset(&held);
  for (const int number : kPassedOn) sigaddset(&held, number);
  ::sigprocmask(SIG_BLOCK, &held, &before);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) {
    std::fprintf(stderr, "splicemd: cannot start %s: %s\n", words[0], std::strerror(errno));
    return 1;
  }
  if (child == 0) {
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    become(words, parent);
  }
  launcher_process = child;
  for (const int number : kPassedOn) std::signal(number, pass_on);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
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
  const std::string ranks = std::to_string(wanted);
  // By fork on this machine, whatever batch system the environment speaks of: inside a container its own launcher
  // is not there.
  std::vector<std::string> launcher{kMpiexec, "-launcher", "fork", "-rmk", "user", "-n", ranks};
  std::vector<char*> words;
  for (std::string& word : launcher) words.push_back(word.data());
  words.push_back(self.data());
  words.insert(words.end(), argv + 1, argv + argc);
  words.push_back(nullptr);
  setenv(kOwnRanks, "1", 1);
  set_spin_bound();
  setenv("OMP_NUM_THREADS", "1", 0);
  std::exit(supervise(words));
}

}  // namespace splicemd::cli
