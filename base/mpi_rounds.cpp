// The count is an attribute of the MPI communicator and goes with it.
#include "base/mpi_rounds.hpp"

namespace splicemd {

namespace {

extern "C" int delete_round(MPI_Comm, int, void* count, void*) {
  delete static_cast<std::uint64_t*>(count);
  return MPI_SUCCESS;
}

int round_key() {
  static const int key = [] {
    int made = MPI_KEYVAL_INVALID;
    mpi_check(MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, delete_round, &made, nullptr),
              "MPI_Comm_create_keyval");
    return made;
  }();
  return key;
}

}  // namespace

std::uint64_t next_round(const Communicator& comm) {
  void* attribute = nullptr;
  int there = 0;
  mpi_check(MPI_Comm_get_attr(comm.handle(), round_key(), &attribute, &there), "MPI_Comm_get_attr");
  if (there == 0) {
    attribute = new std::uint64_t(0);
    mpi_check(MPI_Comm_set_attr(comm.handle(), round_key(), attribute), "MPI_Comm_set_attr");
  }
  return (*static_cast<std::uint64_t*>(attribute))++;
}

}  // namespace splicemd
