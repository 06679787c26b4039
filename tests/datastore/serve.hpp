// A server among ranks that use it until all of them are done.
#pragma once

#include "base/mpi.hpp"
#include "base/transport/transport.hpp"
#include "datastore/server.hpp"

namespace splicemd::datastore {

// On the server's rank: serves until every other rank is in wait_until_served().
inline void serve_until_done(StoreServer& server, Transport& transport, const Communicator& comm) {
  MPI_Request done = MPI_REQUEST_NULL;
  MPI_Ibarrier(comm.handle(), &done);
  for (int ended = 0; ended == 0;) {
    if (!server.progress()) transport.wait(0.002);
    MPI_Test(&done, &ended, MPI_STATUS_IGNORE);
  }
}

// On the others, once they need the server no more.
inline void wait_until_served(const Communicator& comm) {
  MPI_Request done = MPI_REQUEST_NULL;
  MPI_Ibarrier(comm.handle(), &done);
  for (int ended = 0; ended == 0;) MPI_Test(&done, &ended, MPI_STATUS_IGNORE);
}

}  // namespace splicemd::datastore
