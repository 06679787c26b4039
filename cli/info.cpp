// `splicemd info`: what this executable is, what it was built with and what it runs on.
#include <fmt/core.h>
#include <hdf5.h>
#include <mpi.h>
#include <CLI/Version.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <splicemd_build_info.hpp>
#include "base/execution.hpp"
#include "base/log.hpp"
#include "base/parse.hpp"
#include "cli/command.hpp"
#include "md/integrators/integrator.hpp"
#include "md/io/trajectory.hpp"
#include "md/potentials/registry.hpp"

namespace splicemd::cli {
namespace {

// The vector instructions the compiler was allowed to use, and doubles per register.
std::string vector_instructions() {
#if defined(__AVX512F__)
  return "AVX-512 (8 doubles)";
#elif defined(__AVX2__)
  return "AVX2 (4 doubles)";
#elif defined(__AVX__)
  return "AVX (4 doubles)";
#elif defined(__SSE2__)
  return "SSE2 (2 doubles)";
#elif defined(__ARM_FEATURE_SVE)
  return "SVE";
#elif defined(__ARM_NEON)
  return "NEON (2 doubles)";
#else
  return "none known";
#endif
}

std::string mpi_library() {
  std::vector<char> text(MPI_MAX_LIBRARY_VERSION_STRING + 1, '\0');
  int length = 0;
  mpi_check(MPI_Get_library_version(text.data(), &length), "MPI_Get_library_version");
  // MPICH prints its configuration over several lines: the first names the version.
  const std::string whole(text.data());
  std::string first = whole.substr(0, whole.find('\n'));
  std::replace(first.begin(), first.end(), '\t', ' ');
  std::string words;
  for (const auto word : split_words(first))
    words += (words.empty() ? "" : " ") + std::string(word);
  return words;
}

std::string hdf5_library() {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
#ifdef H5_HAVE_PARALLEL
  const char* kind = "parallel";
#else
  const char* kind = "serial";
#endif
  return fmt::format("{}.{}.{} ({})", major, minor, release, kind);
}

void print(const char* name, const std::string& value) { log::info("{:<16}{}", name, value); }

int print_info(const Communicator& comm) {
  log::configure({comm.rank(), true, ""});
  const std::string devices = kKokkosDevices;
  print("version", kVersion);
  print("build", fmt::format("{}, {}, -march={}", kCompiler, kBuildType,
                             *kArchitecture ? kArchitecture : "(default)"));
  print("backend", fmt::format("{} (Kokkos has {})", ExecSpace::name(), devices));
  print("concurrency",
        fmt::format("{} ranks x {} threads", comm.size(), ExecSpace().concurrency()));
  print("precision", "double");
  print("vector", vector_instructions());
  print("Kokkos", fmt::format("{}.{}.{}", KOKKOS_VERSION / 10000, KOKKOS_VERSION / 100 % 100,
                              KOKKOS_VERSION % 100));
  print("MPI", mpi_library());
  print("HDF5", hdf5_library());
  print("yaml-cpp", kYamlCppVersion);
  print("fmt",
        fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100));
  print("CLI11", CLI11_VERSION);
  print("Random123", kRandom123Version);
  print("potentials", fmt::format("{}", fmt::join(md::potential_styles(), ", ")));
  print("integrators", fmt::format("{}", fmt::join(md::integrator_styles(), ", ")));
  print("trajectories", fmt::format("{}", fmt::join(md::trajectory_formats(), ", ")));
  return 0;
}

}  // namespace

Action add_info(CLI::App&) { return print_info; }

}  // namespace splicemd::cli
