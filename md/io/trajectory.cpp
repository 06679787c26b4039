// Gathering of frames, the table of trajectory formats, and what their writers share.
#include "md/io/trajectory.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>

#include "base/parse.hpp"
#include "md/io/trajectory_formats.hpp"

namespace splicemd::md {

namespace {

struct Format {
  const char* name;
  std::array<const char*, 2> suffixes;
  std::unique_ptr<FrameSink> (*make)(const std::string& path, const TrajectoryOptions& options);
};

// Adding a format: a FrameSink, a row here, a test and a section in docs/file_formats.md.
const std::array<Format, 3> kFormats = {{
    {"h5md", {".h5md", ".h5"}, make_h5md_sink},
    {"extxyz", {".extxyz", ".xyz"}, make_extxyz_sink},
    {"dump", {".dump", ".lammpstrj"}, make_dump_sink},
}};

template <class T>
void permute(std::vector<T>& values, const std::vector<std::size_t>& order) {
  if (values.empty()) return;
  std::vector<T> sorted(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) sorted[i] = values[order[i]];
  values = std::move(sorted);
}

// Gathers an array that ranks may have left empty; it must then be empty wherever there are atoms.
template <class T>
std::vector<T> gather_column(const std::vector<T>& values, std::size_t rows,
                             const Communicator& comm, const char* name) {
  const bool present = values.size() == rows;
  const bool absent = values.empty();
  if (comm.all(absent)) return {};
  ensure(comm.all(present),
         "trajectory: the array '{}' does not have one row per atom on every rank", name);
  return comm.gather(values);
}

// The writer of all formats: gathers, then lets the root's sink write.
class GatheringWriter : public TrajectoryWriter {
 public:
  GatheringWriter(const Format& format, const std::string& path, const TrajectoryOptions& options,
                  const Communicator& comm)
      : options_(options) {
    comm.on_root([&] {
      sink_ = format.make(path, options);
      if (options.append) last_step_ = sink_->last_step();
    });
  }

  void write(const Frame& local, const Communicator& comm) override {
    Frame part = local;
    if (!options_.velocities) part.v.clear();
    if (!options_.forces) part.f.clear();
    if (!options_.energies) part.energy.clear();
    if (!options_.images) part.image.clear();
    const Frame whole = gather_frame(part, comm);
    comm.on_root([&] {
      if (last_step_ && whole.step <= *last_step_) return;
      check_columns(whole);
      sink_->write(whole);
      last_step_ = whole.step;
    });
  }

 private:
  void check_columns(const Frame& frame) const {
    const std::size_t n = frame.size();
    const auto need = [&](bool wanted, std::size_t rows, const char* name) {
      ensure(!wanted || rows == n, "trajectory: {} are to be written but the frame has none", name);
    };
    need(true, frame.x.size(), "positions");
    need(true, frame.type.size(), "types");
    need(options_.velocities, frame.v.size(), "velocities");
    need(options_.forces, frame.f.size(), "forces");
    need(options_.energies, frame.energy.size(), "per-atom energies");
    need(options_.images, frame.image.size(), "image counts");
  }

  TrajectoryOptions options_;
  std::unique_ptr<FrameSink> sink_;        // root only
  std::optional<std::int64_t> last_step_;  // root only
};

}  // namespace

Frame gather_frame(const Frame& local, const Communicator& comm) {
  Frame whole;
  whole.step = local.step;
  whole.time = local.time;
  whole.box = local.box;
  whole.species = local.species;
  whole.has_totals = local.has_totals;
  whole.has_virial = local.has_virial;
  whole.potential_energy = local.potential_energy;
  whole.virial = local.virial;
  const std::size_t n = local.size();
  whole.id = comm.gather(local.id);
  whole.type = gather_column(local.type, n, comm, "type");
  whole.x = gather_column(local.x, n, comm, "x");
  whole.image = gather_column(local.image, n, comm, "image");
  whole.v = gather_column(local.v, n, comm, "v");
  whole.f = gather_column(local.f, n, comm, "f");
  whole.energy = gather_column(local.energy, n, comm, "energy");
  if (!comm.is_root()) return whole;

  std::vector<std::size_t> order(whole.id.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return whole.id[a] < whole.id[b]; });
  permute(whole.id, order);
  permute(whole.type, order);
  permute(whole.x, order);
  permute(whole.image, order);
  permute(whole.v, order);
  permute(whole.f, order);
  permute(whole.energy, order);
  return whole;
}

std::vector<std::string> trajectory_formats() {
  std::vector<std::string> names;
  for (const Format& format : kFormats) names.emplace_back(format.name);
  return names;
}

std::string trajectory_format_of(const std::string& path) {
  for (const Format& format : kFormats) {
    for (const std::string_view suffix : format.suffixes) {
      if (path.size() >= suffix.size() &&
          path.compare(path.size() - suffix.size(), suffix.size(), suffix) == 0) {
        return format.name;
      }
    }
  }
  return "";
}

std::unique_ptr<TrajectoryWriter> make_trajectory_writer(const std::string& format,
                                                         const std::string& path,
                                                         const TrajectoryOptions& options,
                                                         const Communicator& comm) {
  for (const Format& each : kFormats) {
    if (format == each.name) return std::make_unique<GatheringWriter>(each, path, options, comm);
  }
  throw InputError(fmt::format("unknown trajectory format '{}'{}; expected one of {}", format,
                               did_you_mean(format, trajectory_formats()),
                               fmt::join(trajectory_formats(), ", ")));
}

}  // namespace splicemd::md
