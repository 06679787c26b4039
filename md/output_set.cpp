// Opening, continuing and feeding output files.
#include "md/output_set.hpp"

#include <algorithm>
#include <filesystem>

#include "base/error.hpp"
#include "base/output_target.hpp"
#include "base/parse.hpp"
#include "md/io/lammps_data.hpp"

namespace splicemd::md {

namespace {

constexpr const char* kDataFormat = "lammps-data";

bool due_at(const OutputSpec& output, std::int64_t step) {
  return output.interval > 0 && step % output.interval == 0;
}

// The step of a row of the machine-readable thermo file: its first number.
std::optional<std::int64_t> row_step(std::string_view row) {
  const std::size_t start = row.find_first_of("0123456789");
  if (start == std::string_view::npos) return std::nullopt;
  const std::size_t end = std::min(row.find_first_not_of("0123456789", start), row.size());
  return parse_int(row.substr(start, end - start));
}

// Bytes of the file's leading rows with steps up to `last`, and the last such step.
std::pair<std::size_t, std::int64_t> rows_up_to(const std::string& path, std::int64_t last) {
  const TextFile file(path);
  std::size_t bytes = 0;
  std::int64_t step = -1;
  for (std::size_t i = 0; i < file.size(); ++i) {
    const auto here = row_step(file.line(i));
    if (here && *here > last) break;
    if (i + 1 == file.size() && std::filesystem::file_size(path) < bytes + file.line(i).size() + 1)
      break;
    if (here) step = *here;
    bytes += file.line(i).size() + 1;
  }
  return {bytes, step};
}

void check_target(const OutputSpec& output) {
  require_writable_target(output.file);
  if (output.format == "h5md") file_target(output.file, "an H5MD file");
}

// Files of a run that are one and the same under two names would be written over each other.
void require_own_files(const Deck& deck, const std::string& restart_file) {
  const auto whole = [](const std::string& path) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(path)).string();
  };
  std::map<std::string, const char*> taken{
      {whole(file_target(restart_file, "a checkpoint")), "restart"}};
  const auto take = [&](const std::string& file, const char* as) {
    const OutputTarget target = output_target(file);
    if (target.kind != OutputTarget::Kind::file) return;
    const auto [at, fresh] = taken.emplace(whole(target.path), as);
    require(fresh || std::string_view(at->second) == as, "{}: is both the {} file and a file of {}",
            file, at->second, as);
  };
  if (!deck.thermo.file.empty()) take(deck.thermo.file, "thermo");
  for (const StageSpec& stage : deck.stages)
    for (const OutputSpec& output : stage.outputs) take(output.file, "outputs");
}

}  // namespace

void check_targets(const Deck& deck, const std::string& restart_file, const Communicator& comm) {
  comm.on_root([&] {
    if (!deck.restart.file.empty()) require_writable_target(restart_file);
    if (!deck.thermo.file.empty()) require_writable_target(deck.thermo.file);
    for (const StageSpec& stage : deck.stages) {
      for (const OutputSpec& output : stage.outputs) check_target(output);
    }
    require_own_files(deck, restart_file);
  });
}

OutputSet::OutputSet(const Deck& deck, const Communicator& comm,
                     std::optional<std::int64_t> resume_step)
    : deck_(deck), comm_(comm), resume_step_(resume_step) {
  if (!deck.thermo.file.empty()) open_thermo(deck.thermo);
}

void OutputSet::open_thermo(const ThermoSpec& thermo) {
  std::vector<std::string> columns = thermo.columns;
  columns.erase(std::remove(columns.begin(), columns.end(), "step"), columns.end());
  columns.insert(columns.begin(), "step");
  thermo_table_.emplace(columns);
  comm_.on_root([&] {
    const bool append = resume_step_ && std::filesystem::is_regular_file(thermo.file);
    if (append) {
      const auto [bytes, step] = rows_up_to(thermo.file, *resume_step_);
      truncate_file(thermo.file, bytes);
      last_thermo_step_ = step;
    }
    thermo_file_ = std::make_unique<OutputFile>(
        thermo.file, append ? OutputFile::Mode::append : OutputFile::Mode::create);
    if (!append && thermo.format == "csv") thermo_file_->write(thermo_table_->csv_header() + "\n");
    thermo_file_->flush();
  });
}

void OutputSet::write_thermo(const ThermoState& state) {
  if (!thermo_table_) return;
  comm_.on_root([&] {
    if (state.step <= last_thermo_step_) return;
    last_thermo_step_ = state.step;
    const bool csv = deck_.thermo.format == "csv";
    thermo_file_->write((csv ? thermo_table_->csv_row(state) : thermo_table_->json_row(state)) +
                        "\n");
    thermo_file_->flush();
  });
}

bool OutputSet::due(const StageSpec& stage, std::int64_t step) const {
  return std::any_of(stage.outputs.begin(), stage.outputs.end(),
                     [&](const OutputSpec& output) { return due_at(output, step); });
}

unsigned OutputSet::group_mask(const OutputSpec& output) const {
  if (output.group.empty()) return 0;
  for (std::size_t k = 0; k < deck_.groups.size(); ++k) {
    if (deck_.groups[k].name == output.group) return group_bit(k);
  }
  throw InputError(
      fmt::format("output '{}' names an unknown group '{}'", output.file, output.group));
}

void OutputSet::write_due(const StageSpec& stage, const System& system, const Forces& forces) {
  for (const OutputSpec& output : stage.outputs) {
    if (due_at(output, system.step)) write(output, system, forces);
  }
}

void OutputSet::write_final(const StageSpec& stage, const System& system, const Forces& forces) {
  for (const OutputSpec& output : stage.outputs) {
    if (output.interval == 0) write(output, system, forces);
  }
}

void OutputSet::write(const OutputSpec& output, const System& system, const Forces& forces) {
  const auto last = last_step_.find(output.file);
  if (last != last_step_.end() && last->second == system.step) return;
  last_step_[output.file] = system.step;

  FrameFields fields;
  fields.forces = output.options.forces;
  fields.energies = output.options.energies;
  fields.group_mask = group_mask(output);
  Frame frame = take_frame(system, fields);
  if (output.format == kDataFormat) {
    write_data_file(output, frame);
    return;
  }
  frame.has_totals = true;
  frame.potential_energy = forces.potential_energy();
  frame.virial = forces.virial();
  auto& writer = writers_[output.file];
  if (!writer) {
    TrajectoryOptions options = output.options;
    options.append = resume_step_.has_value() && std::filesystem::is_regular_file(output.file);
    options.resume_step = resume_step_.value_or(0);
    // Rank 0's view of the file decides for all.
    int append = options.append ? 1 : 0;
    comm_.broadcast(append);
    options.append = append != 0;
    writer = make_trajectory_writer(output.format, output.file, options, comm_);
  }
  writer->write(frame, comm_);
}

void OutputSet::write_data_file(const OutputSpec& output, const Frame& local) {
  const Frame frame = gather_frame(local, comm_);
  comm_.on_root([&] {
    Configuration configuration;
    configuration.box = frame.box;
    configuration.species = frame.species;
    configuration.has_velocities = output.options.velocities;
    for (std::size_t i = 0; i < frame.id.size(); ++i) {
      AtomRecord atom;
      atom.id = frame.id[i];
      atom.type = frame.type[i];
      for (int k = 0; k < 3; ++k) {
        atom.x[k] = frame.x[i][k];
        atom.v[k] = frame.v[i][k];
        atom.image[k] = frame.image[i][k];
      }
      configuration.atoms.push_back(atom);
    }
    write_lammps_data(output.file, configuration);
  });
}

}  // namespace splicemd::md
