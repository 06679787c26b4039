// LAMMPS dump files (`dump custom`), with the bounding box of triclinic cells by that format's convention.
#include <algorithm>
#include <utility>

#include "base/parse.hpp"
#include "md/io/orientation.hpp"
#include "md/io/text_trajectory.hpp"
#include "md/io/trajectory_formats.hpp"

namespace splicemd::md {

namespace {

FrameScan scan_frame(LineScanner& lines) {
  using State = FrameScan::State;
  const auto title = lines.next();
  if (!title) return {State::unfinished, 0};
  if (*title != "ITEM: TIMESTEP") return {State::foreign, 0};
  const auto step_line = lines.next();
  const bool count_follows = lines.skip(1);
  const auto count_line = lines.next();
  if (!step_line || !count_follows || !count_line) return {State::unfinished, 0};
  const auto step = parse_int(trim(*step_line));
  const auto count = parse_int(trim(*count_line));
  if (!step || !count || *count < 0) return {State::foreign, 0};
  constexpr std::int64_t kHeaderRest = 5;  // the box and the title of the columns
  return {lines.skip(kHeaderRest + *count) ? State::complete : State::unfinished, *step};
}

class DumpSink : public FrameSink {
 public:
  DumpSink(const std::string& path, const TrajectoryOptions& options)
      : file_(open_text_trajectory(path, options.append, options.resume_step, scan_frame,
                                   last_step_)) {}

  std::optional<std::int64_t> last_step() const override { return last_step_; }

  void write(const Frame& frame) override {
    const RestrictedFrame rotated = restricted_frame(enclosing_box(frame.box, frame.x));
    header(frame, rotated.box);
    for (std::size_t i = 0; i < frame.size(); ++i) row(frame, rotated, i);
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

  void header(const Frame& frame, const Box& box) {
    put("ITEM: TIMESTEP\n{}\nITEM: NUMBER OF ATOMS\n{}\nITEM: BOX BOUNDS", frame.step,
        frame.size());
    const double xy = box.h[1][0], xz = box.h[2][0], yz = box.h[2][1];
    const bool tilted = xy != 0.0 || xz != 0.0 || yz != 0.0;
    if (tilted) put(" xy xz yz");
    for (const bool periodic : box.periodic) put(" {}", periodic ? "pp" : "ff");
    // The bounds are those of the box's bounding box along x and y (LAMMPS manual, "triclinic boxes").
    const double low[3] = {std::min({0.0, xy, xz, xy + xz}), std::min(0.0, yz), 0.0};
    const double high[3] = {std::max({0.0, xy, xz, xy + xz}), std::max(0.0, yz), 0.0};
    const double tilt[3] = {xy, xz, yz};
    for (int k = 0; k < 3; ++k) {
      put("\n{} {}", box.origin[k] + low[k], box.origin[k] + box.h[k][k] + high[k]);
      if (tilted) put(" {}", tilt[k]);
    }
    put("\nITEM: ATOMS id type element x y z");
    if (!frame.v.empty()) put(" vx vy vz");
    if (!frame.f.empty()) put(" fx fy fz");
    if (!frame.energy.empty()) put(" c_pe");
    if (!frame.image.empty()) put(" ix iy iz");
    put("\n");
  }

  void row(const Frame& frame, const RestrictedFrame& rotated, std::size_t i) {
    const auto type = static_cast<std::size_t>(frame.type[i]);
    put("{} {} {}", frame.id[i], type + 1, frame.species.at(type).symbol);
    put(rotated.point(frame.x[i].data()));
    if (!frame.v.empty()) put(rotated.vector(frame.v[i].data()));
    if (!frame.f.empty()) put(rotated.vector(frame.f[i].data()));
    if (!frame.energy.empty()) put(" {}", frame.energy[i]);
    if (!frame.image.empty())
      put(" {} {} {}", frame.image[i][0], frame.image[i][1], frame.image[i][2]);
    put("\n");
    if (out_.size() > 60000) spill();
  }

  std::optional<std::int64_t> last_step_;  // set while file_ is opened, so declared first
  std::unique_ptr<OutputFile> file_;
  fmt::memory_buffer out_;
};

}  // namespace

std::unique_ptr<FrameSink> make_dump_sink(const std::string& path,
                                          const TrajectoryOptions& options) {
  return std::make_unique<DumpSink>(path, options);
}

}  // namespace splicemd::md
