// The speed of the datastore: durable puts, gets from the cache and from a server, reopening after a crash.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/mpi.hpp"
#include "bench/figure.hpp"

namespace splicemd::bench {

struct DatastoreOptions {
  std::string folder;  // where stores are made and deleted; "": the system's for temporary files
  std::uint64_t puts = 200'000;       // of 4 kB
  std::uint64_t records = 1'000'000;  // of 200 bytes, in the store that is reopened
  double seconds = 2.0;               // of each measurement of gets
};

// Collective; the figure that needs a server on another rank is measured where there are at least two.
// Meaningful on rank 0.
std::vector<Figure> measure_datastore(const DatastoreOptions& options, const Communicator& comm);

}  // namespace splicemd::bench
