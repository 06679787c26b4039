// Running a task, and the non-blocking agreement of the ranks on what came of it.
#include "taskmgr/group_outcome.hpp"

#include <memory>

#include "base/clock.hpp"

namespace splicemd::taskmgr {

namespace {

constexpr double kNap = 1e-3;  // s between looks at the others

TaskEnd run_here(const std::function<void()>& task, std::string& message) {
  try {
    task();
    return TaskEnd::done;
  } catch (const GivenUp&) {
    return TaskEnd::given_up;
  } catch (const Abandoned&) {
    return TaskEnd::abandoned;
  } catch (const std::exception& error) {
    message = error.what();
    return TaskEnd::failed;
  }
}

}  // namespace

GroupOutcome::GroupOutcome(const Communicator& group, const Host& host, double patience)
    : host_(host), patience_(patience) {
  if (group.size() > 1) comm_.emplace(group.duplicate());
}

TaskEnd GroupOutcome::run(const std::function<void()>& task, std::string& message) const {
  const TaskEnd mine = run_here(task, message);
  return comm_ ? agree(mine, message) : mine;
}

TaskEnd GroupOutcome::agree(TaskEnd mine, std::string& message) const {
  auto worst = std::make_unique<int>(static_cast<int>(mine));
  int done = 0;
  MPI_Request request = MPI_REQUEST_NULL;
  mpi_check(
      MPI_Iallreduce(MPI_IN_PLACE, worst.get(), 1, MPI_INT, MPI_MAX, comm_->handle(), &request),
      "MPI_Iallreduce");
  const double end = steady_seconds() + patience_;
  while (true) {
    mpi_check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done != 0) break;
    if (mine != TaskEnd::done && steady_seconds() > end) {
      worst.release();  // MPI may still write there
      throw RanksLost(fmt::format(
          "a task ended on one rank of its worker, and the others do not end it: {}", message));
    }
    host_.turn();
    host_.pause(kNap);
  }
  if (static_cast<TaskEnd>(*worst) == TaskEnd::failed) {
    const int first = comm_->min(mine == TaskEnd::failed ? comm_->rank() : comm_->size());
    comm_->broadcast(message, first);
  }
  return static_cast<TaskEnd>(*worst);
}

}  // namespace splicemd::taskmgr
