// MPI and Kokkos around a command, and the fate of escaped exceptions.
#include "cli/session.hpp"

#include <sched.h>

#include <Kokkos_Core.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/parse.hpp"

namespace splicemd::cli {

MpiSession::MpiSession(int& argc, char**& argv) {
  int provided = 0;
  mpi_check(MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
}

MpiSession::~MpiSession() {
  if (MPI_Finalize() != MPI_SUCCESS) fmt::print(stderr, "splicemd: MPI_Finalize failed\n");
}

NodeCores cores_of_node(const Communicator& comm) {
  MPI_Comm node = MPI_COMM_NULL;
  mpi_check(MPI_Comm_split_type(comm.handle(), MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node),
            "MPI_Comm_split_type");
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) CPU_SET(0, &allowed);
  std::vector<int> users(CPU_SETSIZE);
  for (int c = 0; c < CPU_SETSIZE; ++c) {
    users[static_cast<std::size_t>(c)] = CPU_ISSET(c, &allowed) ? 1 : 0;
  }
  NodeCores result;
  mpi_check(MPI_Comm_size(node, &result.ranks), "MPI_Comm_size");
  const int code = MPI_Allreduce(MPI_IN_PLACE, users.data(), CPU_SETSIZE, MPI_INT, MPI_SUM, node);
  mpi_check(MPI_Comm_free(&node), "MPI_Comm_free");
  mpi_check(code, "MPI_Allreduce");
  double share = 0.0;
  for (int c = 0; c < CPU_SETSIZE; ++c) {
    if (CPU_ISSET(c, &allowed)) share += 1.0 / users[static_cast<std::size_t>(c)];
  }
  result.share = std::max(1, static_cast<int>(std::floor(share + 1e-6)));
  result.cores =
      static_cast<int>(std::count_if(users.begin(), users.end(), [](int n) { return n > 0; }));
  return result;
}

namespace {

// What the environment asks for; 0: nothing.
int threads_of_environment() {
  for (const char* name : {"KOKKOS_NUM_THREADS", "OMP_NUM_THREADS"}) {
    const char* text = std::getenv(name);
    const auto value = text == nullptr ? std::nullopt : parse_int(text);
    if (value && *value > 0) return static_cast<int>(std::min<std::int64_t>(*value, 1 << 20));
  }
  return 0;
}

// How many threads to start; warns where they will be in one another's way.
int threads_to_start(const Communicator& comm, int asked, int idle) {
  const NodeCores node = cores_of_node(comm);
  const int wished = asked > 0 ? asked : threads_of_environment();
  const int threads = asked > 0 || wished == 0 ? std::max(asked, 0) : std::min(wished, node.share);
  if (!comm.is_root()) return threads > 0 ? threads : node.share;
  const std::string where =
      fmt::format("{} rank{} on {} core{}", node.ranks, node.ranks == 1 ? "" : "s", node.cores,
                  node.cores == 1 ? "" : "s");
  if (wished > node.share && asked > 0) {
    log::warning("{} threads a rank are more than its share of cores ({}): this is slow", asked,
                 where);
  } else if (wished > node.share) {
    log::warning("{} threads a rank instead of {}: more than its share of cores would be slow ({})",
                 threads, wished, where);
  } else if (node.ranks - idle > node.cores) {
    log::warning("more ranks than cores ({}): this is slow", where);
  }
  return threads > 0 ? threads : node.share;
}

}  // namespace

KokkosSession::KokkosSession(const Communicator& comm, int threads, int idle) {
  threads = threads_to_start(comm, threads, idle);
  // Kokkos warns about unbound threads. Binding is the user's choice: ranks that share a node would
  // all be bound to its first cores.
  setenv("OMP_PROC_BIND", "false", 0);
#if KOKKOS_VERSION >= 30700
  Kokkos::InitializationSettings settings;
  settings.set_num_threads(threads);
#else
  Kokkos::InitArguments settings;
  settings.num_threads = threads;
#endif
  Kokkos::initialize(settings);
}

KokkosSession::~KokkosSession() { Kokkos::finalize(); }

namespace {

constexpr int kUnfinished = 0;
constexpr auto kPatience = std::chrono::seconds(10);

struct Outcome {
  int status = 0;
  std::string message;  // "" if the command ended without an exception
  bool lost = false;    // other ranks will not come
};

Outcome run_caught(const std::function<int()>& command) {
  try {
    return {command(), ""};
  } catch (const RanksLost& error) {
    return {error.exit_status(), error.what(), true};
  } catch (const Error& error) {
    return {error.exit_status(), error.what()};
  } catch (const std::bad_alloc&) {
    return {1, "out of memory"};
  } catch (const std::exception& error) {
    return {1, fmt::format("internal error: {}", error.what())};
  }
}

void print_error(const std::string& message) {
  std::fflush(stdout);
  fmt::print(stderr, "splicemd: {}\n", message);
  std::fflush(stderr);
}

// True if every rank got here; a failed rank does not wait for ever for one that is still working.
bool all_ranks_ended(const Communicator& farewell, bool failed) {
  MPI_Request request = MPI_REQUEST_NULL;
  mpi_check(MPI_Ibarrier(farewell.handle(), &request), "MPI_Ibarrier");
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  int done = kUnfinished;
  while (true) {
    mpi_check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done != kUnfinished) return true;
    if (failed && std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

int run_guarded(const Communicator& comm, const std::function<int()>& command) {
  // Its own communicator: other ranks may still be in the middle of a collective on `comm`.
  const Communicator farewell = comm.duplicate();
  const Outcome outcome = run_caught(command);
  const bool failed = !outcome.message.empty();
  try {
    log::close();
  } catch (const Error& error) {
    print_error(error.what());
  }
  if (outcome.lost || !all_ranks_ended(farewell, failed)) {
    print_error(comm.size() > 1 ? fmt::format("rank {}: {}", comm.rank(), outcome.message)
                                : outcome.message);
    MPI_Abort(MPI_COMM_WORLD, outcome.status);
  }
  const int failures = farewell.sum(failed ? 1 : 0);
  const int first = farewell.min(failed ? comm.rank() : comm.size());
  if (first == comm.rank() && failed) {
    print_error(failures == comm.size() ? outcome.message
                                        : fmt::format("rank {}: {}", first, outcome.message));
  }
  return farewell.max(outcome.status);
}

}  // namespace splicemd::cli
