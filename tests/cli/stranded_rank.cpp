// Rank 0 fails while the others wait for it in a collective: must end with rank 0's message, not hang.
#include "base/error.hpp"
#include "cli/session.hpp"

int main(int argc, char** argv) {
  const splicemd::cli::MpiSession mpi(argc, argv);
  const splicemd::Communicator comm;
  return splicemd::cli::run_guarded(comm, [&]() -> int {
    if (comm.is_root()) throw splicemd::RunError("the disk is full");
    comm.barrier();
    return 0;
  });
}
