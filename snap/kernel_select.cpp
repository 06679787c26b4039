// Chooses among the SNAP kernels at run time.
#include <cstdlib>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/parse.hpp"
#include "snap/kernel_ops.hpp"

namespace splicemd::snap {

namespace {

std::string forced;  // by set_kernel()

bool runs_avx512() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

bool runs_avx2() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

const KernelOps* named(const std::string& name) {
  if (name == "avx512") return runs_avx512() ? kernel_avx512() : nullptr;
  if (name == "avx2") return runs_avx2() ? kernel_avx2() : nullptr;
  return kernel_generic();
}

}  // namespace

void set_kernel(const char* name) { forced = name == nullptr ? "" : name; }

const KernelOps& select_kernel() {
  const std::vector<std::string> names{"avx512", "avx2", "generic"};
  std::string wanted = forced;
  if (wanted.empty()) {
    if (const char* environment = std::getenv("SPLICEMD_SNAP_KERNEL")) wanted = environment;
  }
  if (wanted.empty()) {
    for (const std::string& name : names) {
      if (const KernelOps* ops = named(name)) return *ops;
    }
  }
  bool known = false;
  for (const std::string& name : names) known = known || name == wanted;
  require(known, "SNAP kernel '{}' is unknown{}: avx512, avx2 or generic", wanted,
          did_you_mean(wanted, names));
  const KernelOps* ops = named(wanted);
  require(ops != nullptr, "SNAP kernel '{}' cannot run on this processor", wanted);
  return *ops;
}

}  // namespace splicemd::snap
