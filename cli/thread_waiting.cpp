// The environment that libgomp reads, and the second start.
#include "cli/thread_waiting.hpp"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string_view>

namespace splicemd::cli {
namespace {

// Some tens of microseconds: longer than threads of one step wait for one another, far shorter than the time for
// which a system gives a core to another process.
constexpr const char* kSpins = "3000";

bool chosen() {
  return std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr;
}

bool one_thread() {
  const char* threads = std::getenv("OMP_NUM_THREADS");
  return threads != nullptr && std::string_view(threads) == "1";
}

}  // namespace

void set_spin_bound() {
  if (!chosen()) setenv("GOMP_SPINCOUNT", kSpins, 1);
}

void bound_spinning(char** argv) {
  if (chosen() || one_thread()) return;
  std::array<char, 4096> self{};
  const ssize_t length = readlink("/proc/self/exe", self.data(), self.size() - 1);
  if (length <= 0) return;
  set_spin_bound();
  execv(self.data(), argv);
}

}  // namespace splicemd::cli
