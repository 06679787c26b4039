// Writer of LAMMPS data files, atom by atom, so that no copy of the file is held in memory.
#include <algorithm>
#include <iterator>
#include <string>

#include "base/files.hpp"
#include "md/io/lammps_data.hpp"
#include "md/io/orientation.hpp"

namespace splicemd::md {

namespace {

void append_vector(fmt::memory_buffer& out, const std::array<double, 3>& v) {
  fmt::format_to(std::back_inserter(out), " {} {} {}", v[0], v[1], v[2]);
}

void append_header(fmt::memory_buffer& out, const Configuration& c, const Box& box,
                   std::string_view title) {
  std::string first(title.empty() ? "SpliceMD configuration, units metal" : title);
  std::replace(first.begin(), first.end(), '\n', ' ');
  const auto to = std::back_inserter(out);
  fmt::format_to(to, "{}\n\n{} atoms\n{} atom types\n\n", first, c.atoms.size(), c.species.size());
  const double* o = box.origin;
  fmt::format_to(to, "{} {} xlo xhi\n", o[0], o[0] + box.h[0][0]);
  fmt::format_to(to, "{} {} ylo yhi\n", o[1], o[1] + box.h[1][1]);
  fmt::format_to(to, "{} {} zlo zhi\n", o[2], o[2] + box.h[2][2]);
  if (box.h[1][0] != 0.0 || box.h[2][0] != 0.0 || box.h[2][1] != 0.0) {
    fmt::format_to(to, "{} {} {} xy xz yz\n", box.h[1][0], box.h[2][0], box.h[2][1]);
  }
  fmt::format_to(to, "\nMasses\n\n");
  for (std::size_t t = 0; t < c.species.size(); ++t) {
    fmt::format_to(to, "{} {}", t + 1, c.species[t].mass);
    if (!c.species[t].symbol.empty()) fmt::format_to(to, "  # {}", c.species[t].symbol);
    fmt::format_to(to, "\n");
  }
}

Box enclosing_box(const Configuration& c) {
  std::vector<std::array<double, 3>> points;
  for (const AtomRecord& atom : c.atoms) points.push_back({atom.x[0], atom.x[1], atom.x[2]});
  return md::enclosing_box(c.box, points);
}

}  // namespace

void write_lammps_data(const std::string& path, const Configuration& c, std::string_view title) {
  const RestrictedFrame frame = restricted_frame(enclosing_box(c));
  ReplacementFile file(path);
  fmt::memory_buffer out;
  const auto spill = [&] {
    file.write({out.data(), out.size()});
    out.clear();
  };
  append_header(out, c, frame.box, title);
  fmt::format_to(std::back_inserter(out), "\nAtoms # atomic\n\n");
  for (const AtomRecord& atom : c.atoms) {
    fmt::format_to(std::back_inserter(out), "{} {}", atom.id, atom.type + 1);
    append_vector(out, frame.point(atom.x));
    fmt::format_to(std::back_inserter(out), " {} {} {}\n", atom.image[0], atom.image[1],
                   atom.image[2]);
    spill();
  }
  if (c.has_velocities) {
    fmt::format_to(std::back_inserter(out), "\nVelocities\n\n");
    for (const AtomRecord& atom : c.atoms) {
      fmt::format_to(std::back_inserter(out), "{}", atom.id);
      append_vector(out, frame.vector(atom.v));
      fmt::format_to(std::back_inserter(out), "\n");
      spill();
    }
  }
  spill();
  file.commit();
}

}  // namespace splicemd::md
