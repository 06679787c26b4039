// RAII handles and checked helpers over the HDF5 C library.
//
// Every failure throws RunError with HDF5's own error stack in one line; HDF5's automatic printing is
// switched off. HDF5 here is not thread-safe: call from one thread at a time. Calls on a file opened
// with parallel access are collective over its communicator.
#pragma once

#include <hdf5.h>

#include <array>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "base/error.hpp"
#include "base/mpi.hpp"

namespace splicemd::h5 {

// Throws RunError "what: innermost HDF5 message" if `result` is negative; returns it otherwise.
hid_t check(hid_t result, const std::string& what);
inline void check_status(herr_t status, const std::string& what) {
  check(static_cast<hid_t>(status), what);
}
// Stops HDF5 from printing its error stack; called by every function here that opens a file.
void silence_errors();

// An owned HDF5 identifier of any kind, closed by H5Idec_ref.
class Handle {
 public:
  Handle() = default;
  explicit Handle(hid_t id) : id_(id) {}
  Handle(hid_t id, const std::string& what) : id_(check(id, what)) {}
  Handle(Handle&& other) noexcept : id_(other.id_) { other.id_ = H5I_INVALID_HID; }
  Handle& operator=(Handle&& other) noexcept;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { reset(); }

  operator hid_t() const { return id_; }
  bool valid() const { return id_ >= 0; }
  void reset() noexcept;
  // Closes now and throws if HDF5 could not write what was pending.
  void close(const std::string& what);

 private:
  hid_t id_ = H5I_INVALID_HID;
};

template <class T>
hid_t native_type() {
  if constexpr (std::is_same_v<T, double>)
    return H5T_NATIVE_DOUBLE;
  else if constexpr (std::is_same_v<T, float>)
    return H5T_NATIVE_FLOAT;
  else if constexpr (std::is_same_v<T, int>)
    return H5T_NATIVE_INT;
  else if constexpr (std::is_same_v<T, unsigned>)
    return H5T_NATIVE_UINT;
  else if constexpr (std::is_same_v<T, std::int64_t>)
    return H5T_NATIVE_INT64;
  else if constexpr (std::is_same_v<T, std::uint64_t>)
    return H5T_NATIVE_UINT64;
  else
    static_assert(sizeof(T) == 0, "no HDF5 type for T");
}

// --- files -----------------------------------------------------------------------------------------
Handle create_file(const std::string& path);                            // replaces an existing one
Handle create_file(const std::string& path, const Communicator& comm);  // collective
// As above in HDF5's newest format, whose metadata carry checksums; parallel if `comm` has several ranks.
Handle create_checked_file(const std::string& path, const Communicator& comm);
Handle create_checked_file(const std::string& path);
Handle open_file(const std::string& path, bool writable = false);
Handle open_file(const std::string& path, const Communicator& comm);  // read-only, collective
// Hands everything to the operating system.
void flush(hid_t file);

// --- groups and existence --------------------------------------------------------------------------
Handle create_group(hid_t parent, const std::string& name);
Handle open_group(hid_t parent, const std::string& name);
bool exists(hid_t parent, const std::string& name);  // a direct child of `parent`
bool has_attribute(hid_t object, const std::string& name);
// Names of the children of a group, in alphabetic order.
std::vector<std::string> children(hid_t group);

// --- datasets --------------------------------------------------------------------------------------
Handle open_dataset(hid_t parent, const std::string& name);
std::vector<hsize_t> shape(hid_t dataset);
// The element count of a shape; RunError if it exceeds `limit` elements.
std::uint64_t element_count(const std::vector<hsize_t>& shape, std::uint64_t limit);

void write_raw(hid_t parent, const std::string& name, hid_t type, const std::vector<hsize_t>& shape,
               const void* data);
void read_raw(hid_t dataset, hid_t type, void* data, const std::string& name);

// A whole array, row-major, of shape `dims`.
template <class T>
void write(hid_t parent, const std::string& name, const std::vector<hsize_t>& dims, const T* data) {
  write_raw(parent, name, native_type<T>(), dims, data);
}
template <class T>
void write(hid_t parent, const std::string& name, const std::vector<T>& data) {
  write_raw(parent, name, native_type<T>(), {static_cast<hsize_t>(data.size())}, data.data());
}
template <class T>
void write_scalar(hid_t parent, const std::string& name, T value) {
  write_raw(parent, name, native_type<T>(), {}, &value);
}
void write_string(hid_t parent, const std::string& name, const std::string& text);

// A whole dataset of at most `limit` elements; its shape is returned in `dims` if given.
template <class T>
std::vector<T> read(hid_t parent, const std::string& name,
                    std::uint64_t limit = std::uint64_t{1} << 34,
                    std::vector<hsize_t>* dims = nullptr) {
  const Handle dataset = open_dataset(parent, name);
  const std::vector<hsize_t> extents = shape(dataset);
  std::vector<T> data(element_count(extents, limit));
  read_raw(dataset, native_type<T>(), data.data(), name);
  if (dims != nullptr) *dims = extents;
  return data;
}
template <class T>
T read_scalar(hid_t parent, const std::string& name) {
  const std::vector<T> value = read<T>(parent, name, 1);
  ensure(value.size() == 1, "HDF5: dataset '{}' is empty, expected one value", name);
  return value[0];
}
std::string read_string(hid_t parent, const std::string& name);

// --- rows of a dataset, collective over the ranks of a parallel file -----------------------------------
// Creates (total, width...) and writes this rank's rows [first, first + rows).
void write_rows_raw(hid_t parent, const std::string& name, hid_t type, std::uint64_t total,
                    const std::vector<hsize_t>& width, std::uint64_t first, std::uint64_t rows,
                    const void* data, bool collective);
void read_rows_raw(hid_t parent, const std::string& name, hid_t type, std::uint64_t first,
                   std::uint64_t rows, const std::vector<hsize_t>& width, void* data,
                   bool collective);

// --- attributes --------------------------------------------------------------------------------------
void write_attribute_raw(hid_t object, const std::string& name, hid_t type,
                         const std::vector<hsize_t>& shape, const void* data);
void write_attribute(hid_t object, const std::string& name, const std::string& text);
void write_attribute(hid_t object, const std::string& name, const char* text);
// As a variable-length string, which h5py and MDAnalysis take for text.
void write_text_attribute(hid_t object, const std::string& name, const std::string& text);
// Fixed-length strings as one array.
void write_attribute(hid_t object, const std::string& name, const std::vector<std::string>& texts);
template <class T>
requires std::is_arithmetic_v<T>
void write_attribute(hid_t object, const std::string& name, T value) {
  write_attribute_raw(object, name, native_type<T>(), {}, &value);
}
template <class T>
requires std::is_arithmetic_v<T>
void write_attribute(hid_t object, const std::string& name, const std::vector<T>& values) {
  write_attribute_raw(object, name, native_type<T>(), {static_cast<hsize_t>(values.size())},
                      values.data());
}
std::string read_text_attribute(hid_t object, const std::string& name);  // fixed-length
// An array of fixed-length strings, at most 10000.
std::vector<std::string> read_texts_attribute(hid_t object, const std::string& name);
void read_attribute_raw(hid_t object, const std::string& name, hid_t type, std::uint64_t count,
                        void* data);
template <class T>
T read_attribute(hid_t object, const std::string& name) {
  T value{};
  read_attribute_raw(object, name, native_type<T>(), 1, &value);
  return value;
}

}  // namespace splicemd::h5
