// Extended XYZ trajectories with the key names, units and signs that ASE reads.
//
// ASE's conventions: momenta in u·Å/(Å√(u/eV)), energy in eV, forces in eV/Å, stress in eV/Å³ with the sign
// of dE/dε/V, so that compression is negative; no kinetic part.
#include <cmath>
#include <utility>

#include "base/parse.hpp"
#include "base/units.hpp"
#include "md/io/text_trajectory.hpp"
#include "md/io/trajectory_formats.hpp"

namespace splicemd::md {

namespace {

FrameScan scan_frame(LineScanner& lines) {
  using State = FrameScan::State;
  const auto count_line = lines.next();
  if (!count_line) return {State::unfinished, 0};
  const auto count = parse_int(trim(*count_line));
  if (!count || *count < 1) return {State::foreign, 0};
  const auto comment = lines.next();
  if (!comment) return {State::unfinished, 0};
  for (const std::string_view word : split_words(*comment)) {
    if (word.rfind("step=", 0) != 0) continue;
    const auto step = parse_int(word.substr(5));
    if (step) return {lines.skip(*count) ? State::complete : State::unfinished, *step};
  }
  return {State::foreign, 0};
}

class ExtxyzSink : public FrameSink {
 public:
  ExtxyzSink(const std::string& path, const TrajectoryOptions& options)
      : file_(open_text_trajectory(path, options.append, options.resume_step, scan_frame,
                                   last_step_)) {}

  std::optional<std::int64_t> last_step() const override { return last_step_; }

  void write(const Frame& frame) override {
    put("{}\n", frame.size());
    comment(frame);
    for (std::size_t i = 0; i < frame.size(); ++i) row(frame, i);
    spill();
    file_->flush();
  }

 private:
  template <class... Args>
  void put(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }
  void put(const std::array<double, 3>& v) { put(" {} {} {}", v[0], v[1], v[2]); }
  void spill() {
    file_->write({out_.data(), out_.size()});
    out_.clear();
  }

  void comment(const Frame& frame) {
    const Box& box = frame.box;
    put("Lattice=\"");
    for (int i = 0; i < 3; ++i) {
      put("{}{} {} {}", i == 0 ? "" : " ", box.h[i][0], box.h[i][1], box.h[i][2]);
    }
    put("\" Properties=species:S:1:pos:R:3");
    if (!frame.v.empty()) put(":momenta:R:3:masses:R:1");
    if (!frame.f.empty()) put(":forces:R:3");
    if (!frame.energy.empty()) put(":energies:R:1");
    if (!frame.image.empty()) put(":image:I:3");
    put(":id:I:1 pbc=\"{} {} {}\"", box.periodic[0] ? 'T' : 'F', box.periodic[1] ? 'T' : 'F',
        box.periodic[2] ? 'T' : 'F');
    if (box.origin[0] != 0.0 || box.origin[1] != 0.0 || box.origin[2] != 0.0) {
      put(" Origin=\"{} {} {}\"", box.origin[0], box.origin[1], box.origin[2]);
    }
    put(" step={} time={}", frame.step, frame.time);
    if (frame.has_totals) totals(frame);
    put("\n");
  }

  void totals(const Frame& frame) {
    put(" energy={}", frame.potential_energy);
    if (!frame.has_virial) return;
    put(" stress=\"");
    static constexpr int kVoigt[9] = {0, 3, 4, 3, 1,
                                      5, 4, 5, 2};  // of xx yy zz xy xz yz, row by row
    const double volume = frame.box.volume();
    for (int k = 0; k < 9; ++k) {
      // 0.0 − x, so that a vanishing stress is not written as -0.
      put("{}{}", k == 0 ? "" : " ",
          0.0 - frame.virial[static_cast<std::size_t>(kVoigt[k])] / volume);
    }
    put("\"");
  }

  void row(const Frame& frame, std::size_t i) {
    const Species& species = frame.species.at(static_cast<std::size_t>(frame.type[i]));
    put("{}", species.symbol);
    put(frame.x[i]);
    if (!frame.v.empty()) {
      const double factor = species.mass * std::sqrt(units::kMv2ToEv);
      put({frame.v[i][0] * factor, frame.v[i][1] * factor, frame.v[i][2] * factor});
      put(" {}", species.mass);
    }
    if (!frame.f.empty()) put(frame.f[i]);
    if (!frame.energy.empty()) put(" {}", frame.energy[i]);
    if (!frame.image.empty())
      put(" {} {} {}", frame.image[i][0], frame.image[i][1], frame.image[i][2]);
    put(" {}\n", frame.id[i]);
    if (out_.size() > 60000) spill();
  }

  std::optional<std::int64_t> last_step_;  // set while file_ is opened, so declared first
  std::unique_ptr<OutputFile> file_;
  fmt::memory_buffer out_;
};

}  // namespace

std::unique_ptr<FrameSink> make_extxyz_sink(const std::string& path,
                                            const TrajectoryOptions& options) {
  return std::make_unique<ExtxyzSink>(path, options);
}

}  // namespace splicemd::md
