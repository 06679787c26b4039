// The HDF5 calls behind the helpers of hdf5.hpp, each checked.
#include "base/hdf5.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace splicemd::h5 {

namespace {

// Keeps the description of the innermost error of the stack (where it arose).
herr_t collect_error(unsigned n, const H5E_error2_t* error, void* data) {
  auto& text = *static_cast<std::string*>(data);
  if (n == 0 && error->desc != nullptr) text = error->desc;
  return 0;
}

std::string error_stack() {
  std::string text = "unknown HDF5 error";
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, collect_error, &text);
  H5Eclear2(H5E_DEFAULT);
  return text;
}

Handle dataspace(const std::vector<hsize_t>& dims) {
  if (dims.empty()) return Handle(H5Screate(H5S_SCALAR), "H5Screate");
  return Handle(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr),
                "H5Screate_simple");
}

// A fixed-length, null-padded UTF-8 string type of `bytes` bytes (at least 1).
Handle string_type(std::size_t bytes) {
  Handle type(H5Tcopy(H5T_C_S1), "H5Tcopy");
  check_status(H5Tset_size(type, std::max<std::size_t>(bytes, 1)), "H5Tset_size");
  check_status(H5Tset_strpad(type, H5T_STR_NULLPAD), "H5Tset_strpad");
  check_status(H5Tset_cset(type, H5T_CSET_UTF8), "H5Tset_cset");
  return type;
}

// Without modification times, so that equal content gives equal files.
Handle untimed_creation(hid_t kind) {
  Handle properties(H5Pcreate(kind), "H5Pcreate");
  check_status(H5Pset_obj_track_times(properties, false), "H5Pset_obj_track_times");
  return properties;
}

Handle parallel_access(const Communicator& comm) {
  Handle properties(H5Pcreate(H5P_FILE_ACCESS), "H5Pcreate");
  check_status(H5Pset_fapl_mpio(properties, comm.handle(), MPI_INFO_NULL), "H5Pset_fapl_mpio");
  check_status(H5Pset_all_coll_metadata_ops(properties, true), "H5Pset_all_coll_metadata_ops");
  check_status(H5Pset_coll_metadata_write(properties, true), "H5Pset_coll_metadata_write");
  return properties;
}

// Replaces what is at `path` by a file whose metadata carry checksums.
Handle create_newest(const std::string& path, const Handle& access) {
  silence_errors();
  check_status(H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST),
               "H5Pset_libver_bounds");
  return Handle(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access), "create " + path);
}

Handle transfer(bool collective) {
  Handle properties(H5Pcreate(H5P_DATASET_XFER), "H5Pcreate");
  if (collective)
    check_status(H5Pset_dxpl_mpio(properties, H5FD_MPIO_COLLECTIVE), "H5Pset_dxpl_mpio");
  return properties;
}

// Selects rows [first, first + rows) in `space`, or nothing; returns the matching memory space.
Handle select_rows(hid_t space, std::uint64_t first, std::uint64_t rows,
                   const std::vector<hsize_t>& width) {
  std::vector<hsize_t> start(width.size() + 1, 0);
  std::vector<hsize_t> count{rows};
  count.insert(count.end(), width.begin(), width.end());
  start[0] = first;
  std::vector<hsize_t> extents = count;
  extents[0] = std::max<hsize_t>(rows, 1);
  Handle memory = dataspace(extents);
  if (rows == 0) {
    check_status(H5Sselect_none(space), "H5Sselect_none");
    check_status(H5Sselect_none(memory), "H5Sselect_none");
  } else {
    check_status(
        H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr),
        "H5Sselect_hyperslab");
  }
  return memory;
}

herr_t collect_name(hid_t, const char* name, const H5L_info_t*, void* data) {
  static_cast<std::vector<std::string>*>(data)->emplace_back(name);
  return 0;
}

}  // namespace

void silence_errors() { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

hid_t check(hid_t result, const std::string& what) {
  if (result < 0) throw RunError(fmt::format("HDF5: {}: {}", what, error_stack()));
  return result;
}

Handle& Handle::operator=(Handle&& other) noexcept {
  if (this != &other) {
    reset();
    id_ = std::exchange(other.id_, H5I_INVALID_HID);
  }
  return *this;
}

void Handle::reset() noexcept {
  if (id_ >= 0 && H5Iis_valid(id_) > 0) H5Idec_ref(id_);
  id_ = H5I_INVALID_HID;
}

void Handle::close(const std::string& what) {
  if (id_ < 0) return;
  check(static_cast<hid_t>(H5Idec_ref(std::exchange(id_, H5I_INVALID_HID))), what);
}

Handle create_file(const std::string& path) {
  silence_errors();
  return Handle(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), "create " + path);
}

Handle create_file(const std::string& path, const Communicator& comm) {
  silence_errors();
  const Handle access = parallel_access(comm);
  return Handle(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access), "create " + path);
}

Handle create_checked_file(const std::string& path, const Communicator& comm) {
  return create_newest(path, comm.size() > 1 ? parallel_access(comm)
                                             : Handle(H5Pcreate(H5P_FILE_ACCESS), "H5Pcreate"));
}

Handle create_checked_file(const std::string& path) {
  return create_newest(path, Handle(H5Pcreate(H5P_FILE_ACCESS), "H5Pcreate"));
}

Handle open_file(const std::string& path, bool writable) {
  silence_errors();
  const unsigned mode = writable ? H5F_ACC_RDWR : H5F_ACC_RDONLY;
  return Handle(H5Fopen(path.c_str(), mode, H5P_DEFAULT), "open " + path);
}

Handle open_file(const std::string& path, const Communicator& comm) {
  silence_errors();
  const Handle access = parallel_access(comm);
  return Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access), "open " + path);
}

void flush(hid_t file) { check_status(H5Fflush(file, H5F_SCOPE_GLOBAL), "flush"); }

Handle create_group(hid_t parent, const std::string& name) {
  const Handle properties = untimed_creation(H5P_GROUP_CREATE);
  return Handle(H5Gcreate2(parent, name.c_str(), H5P_DEFAULT, properties, H5P_DEFAULT),
                "create group " + name);
}

Handle open_group(hid_t parent, const std::string& name) {
  return Handle(H5Gopen2(parent, name.c_str(), H5P_DEFAULT), "open group " + name);
}

bool exists(hid_t parent, const std::string& name) {
  const htri_t found = H5Lexists(parent, name.c_str(), H5P_DEFAULT);
  if (found < 0) H5Eclear2(H5E_DEFAULT);
  return found > 0;
}

bool has_attribute(hid_t object, const std::string& name) {
  const htri_t found = H5Aexists(object, name.c_str());
  if (found < 0) H5Eclear2(H5E_DEFAULT);
  return found > 0;
}

std::vector<std::string> children(hid_t group) {
  std::vector<std::string> names;
  check_status(H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_name, &names),
               "H5Literate");
  return names;
}

Handle open_dataset(hid_t parent, const std::string& name) {
  return Handle(H5Dopen2(parent, name.c_str(), H5P_DEFAULT), "open dataset " + name);
}

std::vector<hsize_t> shape(hid_t dataset) {
  const Handle space(H5Dget_space(dataset), "H5Dget_space");
  const int rank = H5Sget_simple_extent_ndims(space);
  ensure(rank >= 0 && rank <= 8, "HDF5: dataset has no simple shape of at most 8 dimensions");
  std::vector<hsize_t> dims(static_cast<std::size_t>(rank));
  if (rank > 0) H5Sget_simple_extent_dims(space, dims.data(), nullptr);
  return dims;
}

std::uint64_t element_count(const std::vector<hsize_t>& shape, std::uint64_t limit) {
  if (std::find(shape.begin(), shape.end(), hsize_t{0}) != shape.end()) return 0;
  std::uint64_t count = 1;
  for (const hsize_t n : shape) {
    ensure(n <= limit / count, "HDF5: a dataset holds more than {} elements", limit);
    count *= n;
  }
  return count;
}

void write_raw(hid_t parent, const std::string& name, hid_t type, const std::vector<hsize_t>& shape,
               const void* data) {
  const Handle space = dataspace(shape);
  const Handle properties = untimed_creation(H5P_DATASET_CREATE);
  const Handle dataset(
      H5Dcreate2(parent, name.c_str(), type, space, H5P_DEFAULT, properties, H5P_DEFAULT),
      "create " + name);
  const bool empty = std::find(shape.begin(), shape.end(), hsize_t{0}) != shape.end();
  if (!empty)
    check_status(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data), "write " + name);
}

void read_raw(hid_t dataset, hid_t type, void* data, const std::string& name) {
  check_status(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data), "read " + name);
}

void write_string(hid_t parent, const std::string& name, const std::string& text) {
  const Handle type = string_type(text.size());
  write_raw(parent, name, type, {}, text.empty() ? "" : text.data());
}

std::string read_string(hid_t parent, const std::string& name) {
  const Handle dataset = open_dataset(parent, name);
  const Handle type(H5Dget_type(dataset), "H5Dget_type");
  ensure(H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0,
         "HDF5: dataset '{}' is not a fixed-length string", name);
  ensure(shape(dataset).empty(), "HDF5: dataset '{}' is not a single string", name);
  std::string text(H5Tget_size(type), '\0');
  ensure(text.size() < (std::size_t{1} << 30), "HDF5: string '{}' is too long", name);
  const Handle memory = string_type(text.size());
  read_raw(dataset, memory, text.data(), name);
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

void write_rows_raw(hid_t parent, const std::string& name, hid_t type, std::uint64_t total,
                    const std::vector<hsize_t>& width, std::uint64_t first, std::uint64_t rows,
                    const void* data, bool collective) {
  std::vector<hsize_t> dims{total};
  dims.insert(dims.end(), width.begin(), width.end());
  const Handle space = dataspace(dims);
  const Handle properties = untimed_creation(H5P_DATASET_CREATE);
  const Handle dataset(
      H5Dcreate2(parent, name.c_str(), type, space, H5P_DEFAULT, properties, H5P_DEFAULT),
      "create " + name);
  if (total == 0) return;
  const Handle memory = select_rows(space, first, rows, width);
  const Handle mode = transfer(collective);
  check_status(H5Dwrite(dataset, type, memory, space, mode, data), "write " + name);
}

void read_rows_raw(hid_t parent, const std::string& name, hid_t type, std::uint64_t first,
                   std::uint64_t rows, const std::vector<hsize_t>& width, void* data,
                   bool collective) {
  const Handle dataset = open_dataset(parent, name);
  const std::vector<hsize_t> dims = shape(dataset);
  ensure(
      dims.size() == width.size() + 1 && std::equal(width.begin(), width.end(), dims.begin() + 1),
      "HDF5: dataset '{}' does not have the expected row shape", name);
  ensure(first <= dims[0] && rows <= dims[0] - first,
         "HDF5: dataset '{}' has {} rows, row {} was expected", name, dims[0], first + rows);
  if (dims[0] == 0) return;
  const Handle space(H5Dget_space(dataset), "H5Dget_space");
  const Handle memory = select_rows(space, first, rows, width);
  const Handle mode = transfer(collective);
  check_status(H5Dread(dataset, type, memory, space, mode, data), "read " + name);
}

void write_attribute_raw(hid_t object, const std::string& name, hid_t type,
                         const std::vector<hsize_t>& shape, const void* data) {
  if (has_attribute(object, name))
    check_status(H5Adelete(object, name.c_str()), "replace attribute " + name);
  const Handle space = dataspace(shape);
  const Handle attribute(H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT),
                         "create attribute " + name);
  check_status(H5Awrite(attribute, type, data), "write attribute " + name);
}

void write_attribute(hid_t object, const std::string& name, const std::string& text) {
  const Handle type = string_type(text.size());
  write_attribute_raw(object, name, type, {}, text.c_str());
}

void write_attribute(hid_t object, const std::string& name, const char* text) {
  write_attribute(object, name, std::string(text));
}

void write_attribute(hid_t object, const std::string& name, const std::vector<std::string>& texts) {
  std::size_t width = 1;
  for (const std::string& text : texts) width = std::max(width, text.size());
  std::string packed(width * texts.size(), '\0');
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::copy(texts[i].begin(), texts[i].end(),
              packed.begin() + static_cast<std::ptrdiff_t>(i * width));
  }
  const Handle type = string_type(width);
  write_attribute_raw(object, name, type, {static_cast<hsize_t>(texts.size())}, packed.data());
}

void write_text_attribute(hid_t object, const std::string& name, const std::string& text) {
  const Handle type = string_type(1);
  check_status(H5Tset_size(type, H5T_VARIABLE), "H5Tset_size");
  const char* pointer = text.c_str();
  write_attribute_raw(object, name, type, {}, &pointer);
}

std::vector<std::string> read_texts_attribute(hid_t object, const std::string& name) {
  const Handle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), "open attribute " + name);
  const Handle type(H5Aget_type(attribute), "H5Aget_type");
  ensure(H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0,
         "HDF5: attribute '{}' does not hold fixed-length strings", name);
  const std::size_t width = H5Tget_size(type);
  const Handle space(H5Aget_space(attribute), "H5Aget_space");
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  ensure(count >= 0 && count <= 10000 && width <= 10000, "HDF5: attribute '{}' is too large", name);
  std::string packed(static_cast<std::size_t>(count) * width, '\0');
  const Handle memory = string_type(width);
  check_status(H5Aread(attribute, memory, packed.data()), "read attribute " + name);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const std::string text = packed.substr(i * width, width);
    texts.push_back(text.substr(0, text.find('\0')));
  }
  return texts;
}

std::string read_text_attribute(hid_t object, const std::string& name) {
  const Handle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), "open attribute " + name);
  const Handle type(H5Aget_type(attribute), "H5Aget_type");
  ensure(H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0,
         "HDF5: attribute '{}' is not a fixed-length string", name);
  std::string text(H5Tget_size(type), '\0');
  const Handle memory = string_type(text.size());
  const Handle space(H5Aget_space(attribute), "H5Aget_space");
  ensure(H5Sget_simple_extent_npoints(space) == 1, "HDF5: attribute '{}' is not a single string",
         name);
  check_status(H5Aread(attribute, memory, text.data()), "read attribute " + name);
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

void read_attribute_raw(hid_t object, const std::string& name, hid_t type, std::uint64_t count,
                        void* data) {
  const Handle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), "open attribute " + name);
  const Handle space(H5Aget_space(attribute), "H5Aget_space");
  const hssize_t found = H5Sget_simple_extent_npoints(space);
  ensure(found >= 0 && static_cast<std::uint64_t>(found) == count,
         "HDF5: attribute '{}' holds {} values, expected {}", name, found, count);
  check_status(H5Aread(attribute, type, data), "read attribute " + name);
}

}  // namespace splicemd::h5
