// The HDF5 side of H5MD (de Buyl, Colberg, Höfling, Comput. Phys. Commun. 185 (2014) 1546;
// nongnu.org/h5md); docs/file_formats.md lists what the file holds.
#include "md/io/h5md_file.hpp"

#include <algorithm>
#include <filesystem>
#include <type_traits>
#include <utility>

namespace splicemd::md {

namespace {

// eV → kJ/mol: the force unit that readers of H5MD know is kJ mol-1 Angstrom-1.
constexpr double kKilojoulePerMole = 96.48533212331;
constexpr hsize_t kChunkBytes = hsize_t{1} << 20;

h5::Handle extensible(hid_t parent, const std::string& name, hid_t type,
                      const std::vector<hsize_t>& width, hsize_t rows_per_chunk, int compression) {
  std::vector<hsize_t> dims{0}, limit{H5S_UNLIMITED}, chunk{rows_per_chunk};
  for (const hsize_t n : width) {
    dims.push_back(n);
    limit.push_back(n);
    chunk.push_back(n);
  }
  // A chunk of a large frame holds a part of its atoms.
  if (!width.empty()) {
    hsize_t row_bytes = H5Tget_size(type);
    for (std::size_t k = 1; k < width.size(); ++k) row_bytes *= width[k];
    chunk[1] = std::max<hsize_t>(1, std::min(width[0], kChunkBytes / row_bytes));
  }
  const h5::Handle space(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), limit.data()),
                         "H5Screate_simple");
  const h5::Handle properties(H5Pcreate(H5P_DATASET_CREATE), "H5Pcreate");
  h5::check_status(H5Pset_chunk(properties, static_cast<int>(chunk.size()), chunk.data()),
                   "H5Pset_chunk");
  if (compression > 0 && !width.empty()) {
    h5::check_status(H5Pset_shuffle(properties), "H5Pset_shuffle");
    h5::check_status(H5Pset_deflate(properties, static_cast<unsigned>(compression)),
                     "H5Pset_deflate");
  }
  return h5::Handle(
      H5Dcreate2(parent, name.c_str(), type, space, H5P_DEFAULT, properties, H5P_DEFAULT),
      "create " + name);
}

void hard_link(hid_t from_group, const char* name, hid_t to_group) {
  h5::check_status(H5Lcreate_hard(from_group, name, to_group, name, H5P_DEFAULT, H5P_DEFAULT),
                   "link");
}

// Row `row` of an array whose frames have the shape `width`.
struct RowSelection {
  h5::Handle file, memory;
};

RowSelection select_row(hid_t dataset, hsize_t row, const std::vector<hsize_t>& width) {
  std::vector<hsize_t> start(width.size() + 1, 0), count{1};
  start[0] = row;
  count.insert(count.end(), width.begin(), width.end());
  RowSelection out;
  out.file = h5::Handle(H5Dget_space(dataset), "H5Dget_space");
  h5::check_status(
      H5Sselect_hyperslab(out.file, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr),
      "select");
  out.memory = h5::Handle(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr),
                          "H5Screate_simple");
  return out;
}

void append_row(hid_t dataset, hsize_t row, const std::vector<hsize_t>& width, hid_t type,
                const void* data) {
  std::vector<hsize_t> dims{row + 1};
  dims.insert(dims.end(), width.begin(), width.end());
  h5::check_status(H5Dset_extent(dataset, dims.data()), "extend");
  const RowSelection selection = select_row(dataset, row, width);
  h5::check_status(H5Dwrite(dataset, type, selection.memory, selection.file, H5P_DEFAULT, data),
                   "write a frame");
}

void read_row(hid_t dataset, hsize_t row, const std::vector<hsize_t>& width, hid_t type,
              void* data) {
  const RowSelection selection = select_row(dataset, row, width);
  h5::check_status(H5Dread(dataset, type, selection.memory, selection.file, H5P_DEFAULT, data),
                   "read a frame");
}

}  // namespace

H5mdFile::Element& H5mdFile::add_element(hid_t parent, const std::string& name, hid_t type,
                                         const std::vector<hsize_t>& width, const char* unit,
                                         int compression) {
  const h5::Handle group = h5::create_group(parent, name);
  Element element;
  element.width = width;
  element.value = extensible(group, "value", type, width, width.empty() ? 1024 : 1, compression);
  if (unit != nullptr) h5::write_text_attribute(element.value, "unit", unit);
  hard_link(particles_, "step", group);
  hard_link(particles_, "time", group);
  return elements_[name] = std::move(element);
}

void H5mdFile::create_metadata(const TrajectoryOptions& options) {
  const h5::Handle h5md = h5::create_group(file_, "h5md");
  h5::write_attribute(h5md, "version", std::vector<int>{1, 1});
  const h5::Handle author = h5::create_group(h5md, "author");
  h5::write_text_attribute(author, "name", options.author);
  const h5::Handle creator = h5::create_group(h5md, "creator");
  h5::write_text_attribute(creator, "name", "SpliceMD");
  h5::write_text_attribute(creator, "version", "1");
  const h5::Handle modules = h5::create_group(h5md, "modules");
  const h5::Handle units = h5::create_group(modules, "units");
  h5::write_attribute(units, "version", std::vector<int>{1, 0});
}

void H5mdFile::create_box(const Frame& frame) {
  const h5::Handle box = h5::create_group(particles_, "box");
  h5::write_attribute(box, "dimension", 3);
  std::vector<std::string> boundary;
  for (const bool periodic : frame.box.periodic)
    boundary.emplace_back(periodic ? "periodic" : "none");
  h5::write_attribute(box, "boundary", boundary);
  add_element(box, "edges", H5T_IEEE_F64LE, {3, 3}, "Angstrom", 0);
  // The corner moves when a barostat scales the cell about its centre.
  add_element(box, "offset", H5T_IEEE_F64LE, {3}, "Angstrom", 0);
}

void H5mdFile::create_particles(const Frame& frame, const TrajectoryOptions& options) {
  const h5::Handle root = h5::create_group(file_, "particles");
  particles_ = h5::create_group(root, "all");
  step_ = extensible(particles_, "step", H5T_STD_I64LE, {}, 1024, 0);
  time_ = extensible(particles_, "time", H5T_IEEE_F64LE, {}, 1024, 0);
  h5::write_text_attribute(time_, "unit", "ps");
  create_box(frame);
  const hsize_t n = frame.size();
  const hid_t real = options.single_precision ? H5T_IEEE_F32LE : H5T_IEEE_F64LE;
  const int level = options.compression;
  add_element(particles_, "position", real, {n, 3}, "Angstrom", level);
  if (!frame.image.empty()) add_element(particles_, "image", H5T_STD_I32LE, {n, 3}, nullptr, level);
  if (!frame.v.empty()) add_element(particles_, "velocity", real, {n, 3}, "Angstrom ps-1", level);
  if (!frame.f.empty())
    add_element(particles_, "force", real, {n, 3}, "kJ mol-1 Angstrom-1", level);
  if (!frame.energy.empty())
    add_element(particles_, "potential_energy", H5T_IEEE_F64LE, {n}, "eV", level);
  h5::write(particles_, "id", frame.id);
  // H5MD's species is an integer of the user's choice: the 1-based type, named in /parameters/species.
  std::vector<int> type = frame.type;
  for (int& t : type) ++t;
  h5::write(particles_, "species", type);
  std::vector<double> mass;
  for (const int t : frame.type) mass.push_back(frame.species.at(static_cast<std::size_t>(t)).mass);
  h5::write(particles_, "mass", mass);
  const h5::Handle mass_data = h5::open_dataset(particles_, "mass");
  h5::write_text_attribute(mass_data, "unit", "u");
}

void H5mdFile::create_observables(const Frame& frame) {
  const h5::Handle parameters = h5::create_group(file_, "parameters");
  const h5::Handle species = h5::create_group(parameters, "species");
  std::vector<double> mass;
  std::vector<std::string> symbol;
  for (const Species& s : frame.species) {
    mass.push_back(s.mass);
    symbol.push_back(s.symbol);
  }
  h5::write(species, "mass", mass);
  h5::write_attribute(species, "symbol", symbol);
  if (!frame.has_totals) return;
  const h5::Handle observables = h5::create_group(file_, "observables");
  add_element(observables, "total_potential_energy", H5T_IEEE_F64LE, {}, "eV", 0);
  if (!frame.has_virial) return;
  add_element(observables, "virial", H5T_IEEE_F64LE, {3, 3}, "eV", 0);
}

H5mdFile H5mdFile::create(const std::string& path, const Frame& frame,
                          const TrajectoryOptions& options) {
  H5mdFile out;
  out.file_ = h5::create_checked_file(path);
  out.create_metadata(options);
  out.create_particles(frame, options);
  out.create_observables(frame);
  out.id_ = frame.id;
  out.type_ = frame.type;
  // Groups must be closed before the mode is switched; from here on the layout is fixed.
  out.particles_.reset();
  h5::check_status(H5Fstart_swmr_write(out.file_), "start single-writer-multiple-readers mode");
  return out;
}

void H5mdFile::open_elements() {
  particles_ = h5::open_group(file_, "particles/all");
  step_ = h5::open_dataset(particles_, "step");
  time_ = h5::open_dataset(particles_, "time");
  const auto add = [&](hid_t parent, const std::string& name, const std::string& as) {
    if (!h5::exists(parent, name)) return;
    const h5::Handle group = h5::open_group(parent, name);
    Element element;
    element.value = h5::open_dataset(group, "value");
    const std::vector<hsize_t> dims = h5::shape(element.value);
    ensure(!dims.empty(), "'{}' is not time-dependent", name);
    element.width.assign(dims.begin() + 1, dims.end());
    elements_[as] = std::move(element);
  };
  const h5::Handle box = h5::open_group(particles_, "box");
  add(box, "edges", "edges");
  add(box, "offset", "offset");
  for (const char* name : {"position", "image", "velocity", "force", "potential_energy"})
    add(particles_, name, name);
  if (h5::exists(file_, "observables")) {
    const h5::Handle observables = h5::open_group(file_, "observables");
    add(observables, "total_potential_energy", "total_potential_energy");
    add(observables, "virial", "virial");
  }
  ensure(elements_.count("edges") == 1 && elements_.count("offset") == 1 &&
             elements_.count("position") == 1,
         "it lacks positions or box");
}

H5mdFile H5mdFile::open(const std::string& path) {
  h5::silence_errors();
  H5mdFile out;
  // A killed writer leaves the mark of an open file; only a reader in the same mode may ignore it.
  hid_t id = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  if (id < 0) id = H5Fopen(path.c_str(), H5F_ACC_RDONLY | H5F_ACC_SWMR_READ, H5P_DEFAULT);
  out.file_ = h5::Handle(id, "open " + path);
  out.open_elements();
  const std::uint64_t limit =
      std::filesystem::file_size(path) / sizeof(int);  // no plain array is longer
  out.id_ = h5::read<std::int64_t>(out.particles_, "id", limit);
  out.type_ = h5::read<int>(out.particles_, "species", limit);
  ensure(out.type_.size() == out.id_.size(), "it has {} species for {} ids", out.type_.size(),
         out.id_.size());
  for (int& t : out.type_) --t;
  const h5::Handle species = h5::open_group(out.file_, "parameters/species");
  const auto mass = h5::read<double>(species, "mass", limit);
  const auto symbol = h5::read_texts_attribute(species, "symbol");
  ensure(mass.size() == symbol.size(), "its species have {} masses and {} names", mass.size(),
         symbol.size());
  for (std::size_t t = 0; t < mass.size(); ++t) out.species_.push_back({symbol[t], mass[t]});
  const h5::Handle box = h5::open_group(out.particles_, "box");
  const auto boundary = h5::read_texts_attribute(box, "boundary");
  ensure(boundary.size() == 3, "its box has {} boundaries", boundary.size());
  for (std::size_t k = 0; k < 3; ++k) out.periodic_[k] = boundary[k] == "periodic";
  // The shortest array is what a writer killed in the middle of a frame completed.
  out.frames_ = std::min(h5::shape(out.step_).at(0), h5::shape(out.time_).at(0));
  for (const auto& [name, element] : out.elements_)
    out.frames_ = std::min(out.frames_, h5::shape(element.value)[0]);
  return out;
}

template <class T>
void H5mdFile::append_vectors(const char* name, const std::vector<T>& values, double factor) {
  const auto at = elements_.find(name);
  if (at == elements_.end()) return;
  const Element& element = at->second;
  if constexpr (std::is_same_v<T, double>) {
    append_row(element.value, frames_, element.width, H5T_NATIVE_DOUBLE, values.data());
  } else if constexpr (std::is_same_v<T, std::array<int, 3>>) {
    append_row(element.value, frames_, element.width, H5T_NATIVE_INT, values.data());
  } else {
    std::vector<T> scaled;
    if (factor != 1.0) {
      scaled = values;
      for (auto& row : scaled) {
        for (double& component : row) component *= factor;
      }
    }
    append_row(element.value, frames_, element.width, H5T_NATIVE_DOUBLE,
               (factor != 1.0 ? scaled : values).data());
  }
}

std::int64_t H5mdFile::step(hsize_t row) const {
  std::int64_t value = 0;
  read_row(step_, row, {}, H5T_NATIVE_INT64, &value);
  return value;
}

void H5mdFile::append(const Frame& frame) {
  ensure(frame.id == id_,
         "the trajectory's atoms have changed: H5MD needs the same ids in every frame");
  append_row(elements_.at("edges").value, frames_, {3, 3}, H5T_NATIVE_DOUBLE, frame.box.h);
  append_row(elements_.at("offset").value, frames_, {3}, H5T_NATIVE_DOUBLE, frame.box.origin);
  append_vectors("image", frame.image, 1.0);
  append_vectors("velocity", frame.v, 1.0);
  append_vectors("force", frame.f, kKilojoulePerMole);
  append_vectors("potential_energy", frame.energy, 1.0);
  if (elements_.count("total_potential_energy") == 1) {
    append_row(elements_.at("total_potential_energy").value, frames_, {}, H5T_NATIVE_DOUBLE,
               &frame.potential_energy);
  }
  if (elements_.count("virial") == 1) {
    const auto& w = frame.virial;
    const double tensor[9] = {w[0], w[3], w[4], w[3], w[1], w[5], w[4], w[5], w[2]};
    append_row(elements_.at("virial").value, frames_, {3, 3}, H5T_NATIVE_DOUBLE, tensor);
  }
  append_vectors("position", frame.x, 1.0);
  for (const auto& [name, element] : elements_)
    ensure(h5::shape(element.value)[0] == frames_ + 1, "the frame has no data for '{}'", name);
  append_row(time_, frames_, {}, H5T_NATIVE_DOUBLE, &frame.time);
  // Readers count frames by the steps, so these come last.
  append_row(step_, frames_, {}, H5T_NATIVE_INT64, &frame.step);
  ++frames_;
}

template <class T>
std::vector<T> H5mdFile::read_array(const char* name, hsize_t row, double factor) const {
  const auto at = elements_.find(name);
  if (at == elements_.end()) return {};
  std::vector<T> values(id_.size());
  ensure(!at->second.width.empty() && at->second.width[0] == id_.size(),
         "'{}' does not have a row per atom", name);
  if constexpr (std::is_same_v<T, std::array<int, 3>>) {
    read_row(at->second.value, row, at->second.width, H5T_NATIVE_INT, values.data());
  } else {
    read_row(at->second.value, row, at->second.width, H5T_NATIVE_DOUBLE, values.data());
    if constexpr (!std::is_same_v<T, double>) {
      if (factor != 1.0) {
        for (auto& vector : values) {
          for (double& component : vector) component /= factor;
        }
      }
    }
  }
  return values;
}

Frame H5mdFile::read(hsize_t row) const {
  Frame frame;
  frame.step = step(row);
  read_row(time_, row, {}, H5T_NATIVE_DOUBLE, &frame.time);
  double edges[3][3];
  read_row(elements_.at("edges").value, row, {3, 3}, H5T_NATIVE_DOUBLE, edges);
  read_row(elements_.at("offset").value, row, {3}, H5T_NATIVE_DOUBLE, frame.box.origin);
  std::copy(periodic_.begin(), periodic_.end(), frame.box.periodic);
  frame.box.set_vectors(edges);
  frame.species = species_;
  frame.id = id_;
  frame.type = type_;
  frame.x = read_array<std::array<double, 3>>("position", row, 1.0);
  frame.image = read_array<std::array<int, 3>>("image", row, 1.0);
  frame.v = read_array<std::array<double, 3>>("velocity", row, 1.0);
  frame.f = read_array<std::array<double, 3>>("force", row, kKilojoulePerMole);
  frame.energy = read_array<double>("potential_energy", row, 1.0);
  frame.has_totals = elements_.count("total_potential_energy") == 1;
  frame.has_virial = elements_.count("virial") == 1;
  if (frame.has_totals) {
    read_row(elements_.at("total_potential_energy").value, row, {}, H5T_NATIVE_DOUBLE,
             &frame.potential_energy);
  }
  if (frame.has_virial) {
    double w[9];
    read_row(elements_.at("virial").value, row, {3, 3}, H5T_NATIVE_DOUBLE, w);
    frame.virial = {w[0], w[4], w[8], w[1], w[2], w[5]};
  }
  return frame;
}

void H5mdFile::flush() {
  for (const auto& [name, element] : elements_) h5::check_status(H5Dflush(element.value), "flush");
  h5::check_status(H5Dflush(time_), "flush");
  h5::check_status(H5Dflush(step_), "flush");
}

}  // namespace splicemd::md
