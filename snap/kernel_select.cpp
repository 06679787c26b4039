// Chooses among the SNAP kernels at run time.
#include <cstdlib>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/parse.hpp"
#include "snap/device_policy.hpp"
#include "snap/kernel_ops.hpp"

namespace splicemd::snap {

namespace {

std::string forced;  // by set_kernel()
KernelProfile* profiled = nullptr;

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

const KernelOps* named(const std::string& name, bool mixed) {
  if (name == "device") return kernel_device();
  if constexpr (kHostExecution) {  // elsewhere the others are not built
    if (name == "avx512") {
      if (!runs_avx512()) return nullptr;
      return mixed ? kernel_avx512_mixed() : kernel_avx512();
    }
    if (name == "avx2") {
      if (!runs_avx2()) return nullptr;
      return mixed ? kernel_avx2_mixed() : kernel_avx2();
    }
    return mixed ? kernel_generic_mixed() : kernel_generic();
  }
  return nullptr;
}

// What the environment asks for, as it was when it was first needed.
const std::string& environment_choice() {
  static const std::string name = [] {
    const char* value = std::getenv("SPLICEMD_SNAP_KERNEL");
    return std::string(value == nullptr ? "" : value);
  }();
  return name;
}

}  // namespace

const KernelOps* kernel_device() {
  static const KernelOps ops{"device", Backend::lanes, nullptr, nullptr};
  return &ops;
}

void set_profile(KernelProfile* profile) { profiled = profile; }
KernelProfile* current_profile() { return profiled; }

void set_kernel(const char* name) { forced = name == nullptr ? "" : name; }

const KernelOps& select_kernel(Precision precision) {
  const bool mixed = precision == Precision::mixed;
  const std::vector<std::string> names{"avx512", "avx2", "generic", "device"};
  const std::string wanted = forced.empty() ? environment_choice() : forced;
  const char* const source = forced.empty() ? "SPLICEMD_SNAP_KERNEL: " : "";
  if (wanted.empty()) {
    for (const std::string& name : names) {
      if (const KernelOps* ops = named(name, mixed)) return *ops;
    }
  }
  bool known = false;
  for (const std::string& name : names) known = known || name == wanted;
  require(known, "{}SNAP kernel '{}' is unknown{}: avx512, avx2, generic or device", source, wanted,
          did_you_mean(wanted, names));
  const KernelOps* ops = named(wanted, mixed);
  require(ops != nullptr, "{}SNAP kernel '{}' cannot run here", source, wanted);
  return *ops;
}

}  // namespace splicemd::snap
