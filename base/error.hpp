// The errors SpliceMD throws, and the one helper that throws each of them.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>

namespace splicemd {

// Anything that ends a command with a message. `exit_status` is what the process returns.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, int exit_status = 1)
      : std::runtime_error(message), exit_status_(exit_status) {}
  int exit_status() const { return exit_status_; }

 private:
  int exit_status_;
};

// The user's input is wrong: what, where (file, line, key), what was expected. Exit status 2.
class InputError : public Error {
 public:
  explicit InputError(const std::string& message) : Error(message, 2) {}
};

// The simulation or the machine failed (lost atom, disk full, MPI or HDF5 error). Exit status 1.
class RunError : public Error {
 public:
  explicit RunError(const std::string& message) : Error(message, 1) {}
};

// Other ranks do not answer any more: nobody is to be waited for, the job has to be aborted.
class RanksLost : public RunError {
 public:
  using RunError::RunError;
};

// Throws InputError with the formatted message unless `ok`.
template <class... Args>
void require(bool ok, fmt::format_string<Args...> format, Args&&... args) {
  if (!ok) throw InputError(fmt::format(format, std::forward<Args>(args)...));
}

// Throws RunError with the formatted message unless `ok`: for failures that are not the input's fault.
template <class... Args>
void ensure(bool ok, fmt::format_string<Args...> format, Args&&... args) {
  if (!ok) throw RunError(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace splicemd
