// Frames for md's writers, matrices, and displacements over windows of time.
#include "parsplice/query_export.hpp"

#include <cmath>
#include <filesystem>

#include "base/error.hpp"
#include "base/files.hpp"
#include "md/io/lammps_data.hpp"
#include "md/io/trajectory.hpp"
#include "parsplice/path_walker.hpp"

namespace splicemd::parsplice {
namespace {

md::Frame frame_of(const AtomicConfiguration& atoms, const std::vector<Vector3>& x) {
  md::Frame frame;
  frame.box = atoms.box;
  frame.species = atoms.species;
  for (std::size_t k = 0; k < atoms.size(); ++k) {
    frame.id.push_back(static_cast<std::int64_t>(k) + 1);
    frame.type.push_back(atoms.type[k]);
    double s[3], n[3], shift[3];
    atoms.box.to_fractional(x[k].data(), s);
    std::array<int, 3> image{};
    for (int c = 0; c < 3; ++c) {
      n[c] = atoms.box.periodic[c] ? std::floor(s[c]) : 0.0;
      image[static_cast<std::size_t>(c)] = static_cast<int>(n[c]);
    }
    atoms.box.lattice_vector(n[0], n[1], n[2], shift);
    frame.x.push_back({x[k][0] - shift[0], x[k][1] - shift[1], x[k][2] - shift[2]});
    frame.image.push_back(image);
  }
  return frame;
}

AtomicConfiguration configuration_of(CampaignQuery& query, std::int64_t state, double* energy) {
  datastore::Statement row =
      query.reader().ledger().prepare("SELECT data, energy FROM states WHERE id = ?");
  ensure(row.bind(state).step(), "no state {}", state);
  *energy = row.real(1);
  const datastore::Value value = query.reader().get(row.key(0));
  require(value != nullptr && value->size() > 100, "state {} has no configuration of atoms", state);
  return AtomicConfiguration::decode(*value);
}

std::string trajectory_format(const ExportOptions& options) {
  std::string format = md::trajectory_format_of(options.file);
  require(!format.empty(),
          "export {}: give -o with a name ending in .extxyz, .xyz, .h5md, .h5 or .dump{}",
          options.what, options.what == "states" ? ", or .data with --state" : "");
  return format;
}

md::TrajectoryOptions writer_options() {
  md::TrajectoryOptions options;
  options.velocities = false;
  options.images = true;
  return options;
}

std::string export_states(CampaignQuery& query, const ExportOptions& options) {
  std::vector<std::int64_t> states;
  if (options.state.empty()) {
    datastore::Statement rows =
        query.reader().ledger().prepare("SELECT id FROM states ORDER BY id");
    while (rows.step()) states.push_back(rows.integer(0));
  } else {
    states.push_back(query.find_state(options.state));
  }
  double energy = 0.0;
  const std::string extension = std::filesystem::path(options.file).extension().string();
  if (extension == ".data" || extension == ".lmp") {
    require(states.size() == 1, "a LAMMPS data file holds one configuration: give --state");
    md::write_lammps_data(options.file, configuration_of(query, states[0], &energy).to_md(),
                          fmt::format("state {}", states[0]));
    return fmt::format("{}: state {}", options.file, states[0]);
  }
  const Communicator self(MPI_COMM_SELF);
  const auto writer =
      md::make_trajectory_writer(trajectory_format(options), options.file, writer_options(), self);
  for (const std::int64_t state : states) {
    const AtomicConfiguration atoms = configuration_of(query, state, &energy);
    md::Frame frame = frame_of(atoms, atoms.minimum);
    frame.step = state;
    frame.has_totals = true;
    frame.has_virial = false;
    frame.potential_energy = energy;
    writer->write(frame, self);
  }
  return fmt::format("{}: {} states; the step is the state's number", options.file, states.size());
}

std::string export_trajectory(CampaignQuery& query, const ExportOptions& options) {
  const Communicator self(MPI_COMM_SELF);
  const auto writer =
      md::make_trajectory_writer(trajectory_format(options), options.file, writer_options(), self);
  PathWalker walker(query);
  std::int64_t frames = 0;
  while (walker.next()) {
    md::Frame frame = frame_of(walker.start(), walker.positions());
    frame.step = walker.point().visit;
    frame.time = walker.point().start;
    writer->write(frame, self);
    ++frames;
  }
  return fmt::format(
      "{}: {} visits' minima, unwrapped (image counts); the step is the visit's number. Worst fit "
      "of a state onto its reference: {:.3g} Å",
      options.file, frames, walker.residual());
}

struct Lag {
  double window;  // ps
  double next;    // time at which the present window ends
  std::vector<Vector3> origin;
  double sum = 0.0, squares = 0.0;
  std::int64_t windows = 0;
};

double mean_square(const std::vector<Vector3>& a, const std::vector<Vector3>& b) {
  double sum = 0.0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    for (std::size_t c = 0; c < 3; ++c) sum += (a[k][c] - b[k][c]) * (a[k][c] - b[k][c]);
  }
  return sum / static_cast<double>(a.size());
}

}  // namespace

Table mean_squared_displacement(CampaignQuery& query) {
  const auto last = query.reader().ledger().database().integer(
      "SELECT start + blocks FROM visits ORDER BY id DESC LIMIT 1");
  PathWalker walker(query);
  std::vector<Lag> lags;
  for (std::int64_t blocks = last.value_or(0) / 4; blocks > 0 && lags.size() < 12; blocks /= 2) {
    const double window = static_cast<double>(blocks) * query.block();
    lags.push_back({window, window, walker.start().minimum});
  }
  std::vector<Vector3> before = walker.start().minimum;
  while (walker.next()) {
    for (Lag& lag : lags) {
      // Atoms rest where they were until this visit begins.
      for (; lag.next <= walker.point().start; lag.next += lag.window) {
        const double moved = mean_square(before, lag.origin);
        lag.sum += moved;
        lag.squares += moved * moved;
        ++lag.windows;
        lag.origin = before;
      }
    }
    before = walker.positions();
  }
  Table table({"time_ps", "msd_A2", "windows", "diffusion_m2_per_s", "standard_error_m2_per_s"});
  for (auto lag = lags.rbegin(); lag != lags.rend(); ++lag) {
    if (lag->windows == 0) continue;
    constexpr double kA2PerPsToM2PerS = 1e-8;
    const auto n = static_cast<double>(lag->windows);
    const double mean = lag->sum / n;
    const double variance = lag->squares / n - mean * mean;
    const double scale = kA2PerPsToM2PerS / (6.0 * lag->window);
    Cell error;
    if (lag->windows > 1) error = std::sqrt(std::max(variance, 0.0) / (n - 1.0)) * scale;
    table.add({lag->window, mean, lag->windows, mean * scale, error});
  }
  return table;
}

std::string export_campaign(CampaignQuery& query, const ExportOptions& options,
                            TableFormat format) {
  if (options.what == "states") return export_states(query, options);
  if (options.what == "trajectory") return export_trajectory(query, options);
  const std::string extension = std::filesystem::path(options.file).extension().string();
  std::string text;
  if (options.what == "matrix" && extension == ".graphml") {
    text = query.graphml();
  } else {
    const Table table =
        options.what == "msd" ? mean_squared_displacement(query) : query.transitions({}, false, 0);
    text = table.format(extension == ".csv" ? TableFormat::csv : format);
  }
  if (options.file.empty() || options.file == "-") return text;
  replace_file(options.file, text + "\n");
  return fmt::format("{}: {} bytes", options.file, text.size() + 1);
}

}  // namespace splicemd::parsplice
