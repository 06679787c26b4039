// Writes and reads checkpoints; docs/file_formats.md specifies the layout.
//
// The file uses HDF5's newest format, whose metadata carry their own checksums, and contiguous datasets;
// each table's rows carry a checksum that does not depend on how ranks split them.
#include "md/io/checkpoint.hpp"

#include <unistd.h>

#include <filesystem>
#include <numeric>

#include "base/checksum.hpp"
#include "base/files.hpp"
#include "base/hdf5.hpp"
#include "base/output_target.hpp"

namespace splicemd::md {

namespace {

constexpr const char* kFormat = "SpliceMD checkpoint";
constexpr int kVersion = 1;

// Calls f(name, array, width) for each per-atom array; `width` is the length of a row ({} for a scalar).
template <class Checkpointed, class F>
void for_each_array(Checkpointed& c, const F& f) {
  const std::vector<hsize_t> scalar, vector = {3};
  f("id", c.id, scalar);
  f("type", c.type, scalar);
  f("x", c.x, vector);
  f("v", c.v, vector);
  f("f", c.f, vector);
  f("image", c.image, vector);
  f("group", c.group, scalar);
  f("x_at_build", c.x_at_build, vector);
}

template <class T>
struct ScalarOf {
  using type = T;
};
template <class T, std::size_t N>
struct ScalarOf<std::array<T, N>> {
  using type = T;
};

// --- the part that is the same on all ranks, as one byte string for its checksum -----------------------
class HeaderBytes {
 public:
  template <class T>
  requires std::is_arithmetic_v<T>
  void add(T value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void add(const std::string& text) {
    add(static_cast<std::uint64_t>(text.size()));
    bytes_ += text;
  }
  template <class T>
  void add(const std::vector<T>& values) {
    add(static_cast<std::uint64_t>(values.size()));
    for (const T& value : values) add(value);
  }
  void add(const Box& box) {
    for (int i = 0; i < 3; ++i) {
      add(box.origin[i]);
      add(static_cast<int>(box.periodic[i]));
      for (int k = 0; k < 3; ++k) add(box.h[i][k]);
    }
  }
  std::uint64_t sum() const { return checksum(bytes_); }

 private:
  std::string bytes_;
};

std::uint64_t header_checksum(const Checkpoint& c, const std::vector<std::uint64_t>& rows) {
  HeaderBytes bytes;
  bytes.add(c.step);
  bytes.add(c.time);
  bytes.add(c.stage);
  bytes.add(c.deck_fingerprint);
  bytes.add(c.ranks);
  bytes.add(c.threads);
  bytes.add(c.box);
  bytes.add(c.box_at_build);
  for (const Species& species : c.species) {
    bytes.add(species.symbol);
    bytes.add(species.mass);
  }
  for (const auto& [name, values] : c.state) {
    bytes.add(name);
    bytes.add(values);
  }
  for (const auto& [name, values] : c.counters) {
    bytes.add(name);
    bytes.add(values);
  }
  bytes.add(rows);
  return bytes.sum();
}

// Names may hold a '/', which separates groups in HDF5.
std::string encode(const std::string& name) {
  std::string out;
  for (const char c : name) {
    if (c == '/')
      out += "%2F";
    else if (c == '%')
      out += "%25";
    else
      out += c;
  }
  return out.empty() ? "%" : out;
}

std::string decode(const std::string& name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const std::string code = name.substr(i, 3);
    if (code == "%2F" || code == "%25") {
      out += code == "%2F" ? '/' : '%';
      i += 2;
    } else if (name[i] != '%') {
      out += name[i];
    }
  }
  return out;
}

// --- writing -----------------------------------------------------------------------------------------
void write_box(hid_t file, const std::string& name, const Box& box) {
  const h5::Handle group = h5::create_group(file, name);
  const int periodic[3] = {box.periodic[0], box.periodic[1], box.periodic[2]};
  h5::write(group, "vectors", {3, 3}, &box.h[0][0]);
  h5::write(group, "origin", {3}, box.origin);
  h5::write(group, "periodic", {3}, periodic);
}

void write_header(hid_t file, const Checkpoint& c, const std::vector<std::uint64_t>& rows) {
  h5::write_attribute(file, "format", kFormat);
  h5::write_attribute(file, "format_version", kVersion);
  h5::write_attribute(file, "step", c.step);
  h5::write_attribute(file, "time", c.time);
  h5::write_attribute(file, "stage", c.stage);
  h5::write_attribute(file, "ranks", c.ranks);
  h5::write_attribute(file, "threads", c.threads);
  h5::write_attribute(file, "checksum", header_checksum(c, rows));
  h5::write_string(file, "deck_fingerprint", c.deck_fingerprint);
  write_box(file, "box", c.box);
  write_box(file, "box_at_build", c.box_at_build);
  const h5::Handle species = h5::create_group(file, "species");
  std::vector<double> masses;
  for (std::size_t t = 0; t < c.species.size(); ++t) {
    h5::write_string(species, fmt::format("symbol_{}", t + 1), c.species[t].symbol);
    masses.push_back(c.species[t].mass);
  }
  h5::write(species, "mass", masses);
  const h5::Handle state = h5::create_group(file, "state");
  for (const auto& [name, values] : c.state) h5::write(state, encode(name), values);
  const h5::Handle counters = h5::create_group(file, "counters");
  for (const auto& [name, values] : c.counters) h5::write(counters, encode(name), values);
}

// Room for the header: state and counters are a few numbers each.
constexpr std::size_t kHeaderRoom = std::size_t{1} << 20;

std::size_t bytes_per_atom() {
  std::size_t bytes = 0;
  const Checkpoint none;
  for_each_array(none, [&](const char*, const auto& array, const std::vector<hsize_t>&) {
    bytes += sizeof(typename std::decay_t<decltype(array)>::value_type);
  });
  return bytes;
}

void check_sizes(const Checkpoint& c) {
  for_each_array(c, [&](const char* name, const auto& rows, const std::vector<hsize_t>&) {
    ensure(rows.size() == c.size(), "checkpoint: '{}' has {} rows for {} atoms", name, rows.size(),
           c.size());
  });
}

void write_file(const std::string& path, const Checkpoint& c,
                const std::vector<std::uint64_t>& rows, const Communicator& comm) {
  const std::uint64_t total = std::accumulate(rows.begin(), rows.end(), std::uint64_t{0});
  const std::uint64_t first =
      std::accumulate(rows.begin(), rows.begin() + comm.rank(), std::uint64_t{0});
  h5::Handle file, atoms;
  // HDF5 does not come through a full disk in good order, so the room is checked first.
  comm.on_root([&] { check_space(path, total * bytes_per_atom() + kHeaderRoom); });
  // Each step ends with an agreement, so that a rank whose write failed takes the others along.
  comm.on_every_rank([&] { file = h5::create_checked_file(path, comm); });
  comm.on_every_rank([&] {
    write_header(file, c, rows);
    atoms = h5::create_group(file, "atoms");
    h5::write(atoms, "rows_per_rank", rows);
  });
  for_each_array(c, [&](const char* name, const auto& array, const std::vector<hsize_t>& width) {
    using Row = typename std::decay_t<decltype(array)>::value_type;
    const hid_t type = h5::native_type<typename ScalarOf<Row>::type>();
    const std::uint64_t sum =
        comm.sum(row_checksum(array.data(), array.size(), sizeof(Row), first));
    comm.on_every_rank([&] {
      h5::write_rows_raw(atoms, name, type, total, width, first, array.size(), array.data(),
                         comm.size() > 1);
      const h5::Handle dataset = h5::open_dataset(atoms, name);
      h5::write_attribute(dataset, "checksum", sum);
    });
  });
  comm.on_every_rank([&] {
    atoms.reset();
    h5::write_attribute(file, "complete", 1);
    h5::flush(file);
  });
  comm.on_every_rank([&] { file.close("close " + path); });
}

// --- reading -----------------------------------------------------------------------------------------
Box read_box(hid_t file, const std::string& name) {
  const h5::Handle group = h5::open_group(file, name);
  const auto vectors = h5::read<double>(group, "vectors", 9);
  const auto origin = h5::read<double>(group, "origin", 3);
  const auto periodic = h5::read<int>(group, "periodic", 3);
  ensure(vectors.size() == 9 && origin.size() == 3 && periodic.size() == 3, "the {} is incomplete",
         name);
  Box box;
  double rows[3][3];
  for (std::size_t i = 0; i < 3; ++i) {
    box.origin[i] = origin[i];
    box.periodic[i] = periodic[i] != 0;
    for (std::size_t k = 0; k < 3; ++k) rows[i][k] = vectors[3 * i + k];
  }
  box.set_vectors(rows);
  return box;
}

template <class T>
void read_map(hid_t file, const std::string& group_name, std::uint64_t limit,
              std::map<std::string, std::vector<T>>& out) {
  const h5::Handle group = h5::open_group(file, group_name);
  for (const std::string& name : h5::children(group))
    out[decode(name)] = h5::read<T>(group, name, limit);
}

void check_format(hid_t file) {
  require(h5::has_attribute(file, "format") && h5::read_text_attribute(file, "format") == kFormat,
          "this HDF5 file is not a SpliceMD checkpoint");
  const int version = h5::read_attribute<int>(file, "format_version");
  require(version == kVersion, "its format version is {}, this program reads version {}", version,
          kVersion);
  require(h5::has_attribute(file, "complete") && h5::read_attribute<int>(file, "complete") == 1,
          "it was never completed");
}

Checkpoint read_header(hid_t file, std::uint64_t file_bytes, std::vector<std::uint64_t>& rows) {
  check_format(file);
  Checkpoint c;
  c.step = h5::read_attribute<std::int64_t>(file, "step");
  c.time = h5::read_attribute<double>(file, "time");
  c.stage = h5::read_attribute<int>(file, "stage");
  c.ranks = h5::read_attribute<int>(file, "ranks");
  c.threads = h5::read_attribute<int>(file, "threads");
  c.deck_fingerprint = h5::read_string(file, "deck_fingerprint");
  c.box = read_box(file, "box");
  c.box_at_build = read_box(file, "box_at_build");
  const std::uint64_t limit = file_bytes / sizeof(double);  // no array can be longer than the file
  const h5::Handle species = h5::open_group(file, "species");
  const auto masses = h5::read<double>(species, "mass", limit);
  for (std::size_t t = 0; t < masses.size(); ++t) {
    c.species.push_back({h5::read_string(species, fmt::format("symbol_{}", t + 1)), masses[t]});
  }
  read_map(file, "state", limit, c.state);
  read_map(file, "counters", limit, c.counters);
  const h5::Handle atoms = h5::open_group(file, "atoms");
  rows = h5::read<std::uint64_t>(atoms, "rows_per_rank", limit);
  require(header_checksum(c, rows) == h5::read_attribute<std::uint64_t>(file, "checksum"),
          "the header's checksum is wrong: the file is corrupted");
  return c;
}

// First row and number of rows of `rank`: its own on the number of ranks that wrote, else an even share.
std::pair<std::uint64_t, std::uint64_t> share(const std::vector<std::uint64_t>& rows, int rank,
                                              int ranks) {
  const auto r = static_cast<std::uint64_t>(rank);
  const auto n = static_cast<std::uint64_t>(ranks);
  if (rows.size() == n) {
    return {std::accumulate(rows.begin(), rows.begin() + rank, std::uint64_t{0}), rows[r]};
  }
  const std::uint64_t total = std::accumulate(rows.begin(), rows.end(), std::uint64_t{0});
  const std::uint64_t first = r * (total / n) + std::min(r, total % n);
  return {first, total / n + (r < total % n ? 1 : 0)};
}

void check_rows(const std::vector<std::uint64_t>& rows, std::uint64_t file_bytes) {
  std::uint64_t total = 0;
  for (const std::uint64_t n : rows) {
    require(n <= file_bytes && total <= file_bytes, "it announces more atoms than fit the file");
    total += n;
  }
}

Checkpoint read_share(const std::string& path, std::uint64_t file_bytes, const Communicator& comm,
                      std::vector<std::uint64_t>& sums, std::vector<std::uint64_t>& expected) {
  const h5::Handle file = h5::open_file(path);
  std::vector<std::uint64_t> rows;
  Checkpoint c = read_header(file, file_bytes, rows);
  check_rows(rows, file_bytes);
  const auto [first, count] = share(rows, comm.rank(), comm.size());
  const std::uint64_t total = std::accumulate(rows.begin(), rows.end(), std::uint64_t{0});
  const h5::Handle atoms = h5::open_group(file, "atoms");
  for_each_array(c, [&, start = first, n = count](const char* name, auto& array,
                                                  const std::vector<hsize_t>& width) {
    using Row = typename std::decay_t<decltype(array)>::value_type;
    const h5::Handle dataset = h5::open_dataset(atoms, name);
    const std::vector<hsize_t> dims = h5::shape(dataset);
    require(!dims.empty() && dims[0] == total, "'{}' does not have one row per atom", name);
    array.resize(n);
    const hid_t type = h5::native_type<typename ScalarOf<Row>::type>();
    h5::read_rows_raw(atoms, name, type, start, n, width, array.data(), false);
    sums.push_back(row_checksum(array.data(), n, sizeof(Row), start));
    expected.push_back(h5::read_attribute<std::uint64_t>(dataset, "checksum"));
  });
  return c;
}

}  // namespace

std::string previous_checkpoint(const std::string& path) {
  return generation_path(follow_links(path), 1);
}

std::string checkpoint_target(const std::string& path, const Communicator& comm) {
  std::string target;
  comm.on_root([&] { target = file_target(path, "a checkpoint"); });
  comm.broadcast(target);
  return target;
}

void write_checkpoint(const std::string& path, const Checkpoint& local, const Communicator& comm) {
  Checkpoint c = local;
  c.ranks = comm.size();
  comm.on_every_rank([&] { check_sizes(c); });
  const std::vector<std::uint64_t> rows = comm.all_gather(static_cast<std::uint64_t>(c.size()));
  const std::string target = checkpoint_target(path, comm);
  const std::string temporary = temporary_path(target);
  try {
    write_file(temporary, c, rows, comm);
    comm.on_root([&] { commit_file(temporary, target, 1); });
  } catch (const Error& error) {
    if (comm.is_root()) ::unlink(temporary.c_str());
    throw RunError(fmt::format("{}: the checkpoint could not be written (older ones are kept): {}",
                               path, error.what()));
  }
}

Checkpoint read_checkpoint(const std::string& path, const Communicator& comm) {
  Checkpoint c;
  std::vector<std::uint64_t> sums, expected;
  // Every rank opens the file on its own: a damaged file then fails without anybody waiting.
  comm.on_every_rank([&] {
    require(std::filesystem::is_regular_file(path), "{}: no such checkpoint", path);
    try {
      c = read_share(path, std::filesystem::file_size(path), comm, sums, expected);
    } catch (const std::exception& error) {
      throw InputError(fmt::format("{}: not a usable checkpoint: {}", path, error.what()));
    }
  });
  comm.sum(sums);
  require(sums == expected,
          "{}: not a usable checkpoint: a checksum is wrong: the file is corrupted", path);
  return c;
}

}  // namespace splicemd::md
