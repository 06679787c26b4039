// main() of every test executable: starts MPI and (unless SPLICEMD_TEST_PLAIN) Kokkos around GoogleTest and agrees on
// the result.
#include <gtest/gtest.h>
#include <mpi.h>

#ifndef SPLICEMD_TEST_PLAIN
#include <Kokkos_Core.hpp>
#endif

int main(int argc, char** argv) {
  int provided = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
#ifndef SPLICEMD_TEST_PLAIN
  Kokkos::initialize(argc, argv);
#endif
  testing::InitGoogleTest(&argc, argv);
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (rank != 0) {
    auto& listeners = testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
  }
  int failed = RUN_ALL_TESTS();
  MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
#ifndef SPLICEMD_TEST_PLAIN
  Kokkos::finalize();
#endif
  MPI_Finalize();
  return failed;
}
