// What a trajectory format implements: writing whole frames on one rank, and continuing a file.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "md/io/trajectory.hpp"

namespace splicemd::md {

// One open trajectory file on the root rank. Frames come complete and sorted by id.
class FrameSink {
 public:
  virtual ~FrameSink() = default;
  virtual void write(const Frame& frame) = 0;
  // The step of the last frame a continued file holds; nullopt if it has none.
  virtual std::optional<std::int64_t> last_step() const = 0;
};

std::unique_ptr<FrameSink> make_h5md_sink(const std::string& path,
                                          const TrajectoryOptions& options);
std::unique_ptr<FrameSink> make_extxyz_sink(const std::string& path,
                                            const TrajectoryOptions& options);
std::unique_ptr<FrameSink> make_dump_sink(const std::string& path,
                                          const TrajectoryOptions& options);

}  // namespace splicemd::md
