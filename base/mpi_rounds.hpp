// Counts the rounds of exchanges on a communicator, for tags that tell one round from the next.
#pragma once

#include <cstdint>

#include "base/mpi.hpp"

namespace splicemd {

// How often this has been called before for the communicator behind `comm`, on this rank. Ranks that call it in the
// same order, as they do in collectives, get the same number, whatever they have done on other communicators. Not
// thread-safe; RunError if MPI reports an error.
std::uint64_t next_round(const Communicator& comm);

}  // namespace splicemd
