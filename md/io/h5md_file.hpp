// One H5MD 1.1 file: its layout, appending frames to it and reading them back.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/hdf5.hpp"
#include "md/io/trajectory.hpp"

namespace splicemd::md {

// Either being written, in HDF5's single-writer-multiple-readers mode, or open for reading. RunError on
// failure.
class H5mdFile {
 public:
  // Creates `path` with the layout `frame` needs and seals the layout.
  static H5mdFile create(const std::string& path, const Frame& frame,
                         const TrajectoryOptions& options);
  // Opens an existing file to read it, whether or not its writer closed it.
  static H5mdFile open(const std::string& path);

  hsize_t frames() const { return frames_; }
  std::int64_t step(hsize_t row) const;
  void append(const Frame& frame);
  Frame read(hsize_t row) const;
  // Makes what was appended visible to readers and hands it to the operating system.
  void flush();

 private:
  void create_metadata(const TrajectoryOptions& options);
  void create_particles(const Frame& frame, const TrajectoryOptions& options);
  void create_box(const Frame& frame);
  void create_observables(const Frame& frame);
  // One time-dependent array: `value` plus hard links to the common step and time.
  struct Element {
    h5::Handle value;
    std::vector<hsize_t> width;  // shape of one frame
  };

  Element& add_element(hid_t parent, const std::string& name, hid_t type,
                       const std::vector<hsize_t>& width, const char* unit, int compression);
  void open_elements();
  template <class T>
  void append_vectors(const char* name, const std::vector<T>& values, double factor);
  template <class T>
  std::vector<T> read_array(const char* name, hsize_t row, double factor) const;

  h5::Handle file_, particles_, step_, time_;
  // By name; the box's are "edges" and "offset".
  std::map<std::string, Element> elements_;
  std::vector<std::int64_t> id_;
  std::vector<int> type_;
  std::vector<Species> species_;
  std::array<bool, 3> periodic_{};
  hsize_t frames_ = 0;
};

}  // namespace splicemd::md
