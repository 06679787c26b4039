// What a rank is running, in a file that outlives it. Over MPI the death of a rank is the death of the job: the next
// job reads there which task killed the last one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "taskmgr/task.hpp"

namespace splicemd::taskmgr {

// The file of one rank, mapped into memory, so that it says what the rank was doing however the rank ends. While
// the mark lives, the signals that are a process's own doing (SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL) are noted
// there before they take their course. One per process; where no file can be made it does nothing but warn.
class RunningMark {
 public:
  RunningMark(const std::string& folder, Endpoint endpoint);
  ~RunningMark();  // in order: the file goes
  RunningMark(const RunningMark&) = delete;
  RunningMark& operator=(const RunningMark&) = delete;

  void begin(const Task& task);
  void end();
  // The task is what ends this job, though by no signal: an exception that leaves its other ranks behind.
  void condemn();

 private:
  void watch_signals();

  std::string path_;
  void* page_ = nullptr;
};

// How often tasks have killed a job, kept in the same folder.
class DeathRegister {
 public:
  // Of no folder: empty.
  explicit DeathRegister(const std::string& folder);

  // What happened each time task `id` killed its job.
  const std::vector<std::string>& attempts(std::uint64_t id) const;

  // Adds what the marks of a job that has died tell, and removes them. To be called when none of the new job
  // has been made yet. Tasks that only ran while another rank was killed are warned of, and not blamed.
  static void collect(const std::string& folder);

 private:
  std::map<std::uint64_t, std::vector<std::string>> attempts_;
};

}  // namespace splicemd::taskmgr
