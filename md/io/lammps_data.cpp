// Reader of LAMMPS data files (format: LAMMPS documentation, command `read_data`).
#include "md/io/lammps_data.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "md/elements.hpp"
#include "md/io/file_cell.hpp"

namespace splicemd::md {

namespace {

constexpr std::int64_t kMaxTypes = 10000;

const std::vector<std::string> kSections = {"Masses",     "Atom Type Labels", "Atoms",
                                            "Velocities", "Pair Coeffs",      "PairIJ Coeffs"};
// What belongs to molecules: recognised, so that the message can say why it is refused.
const std::vector<std::string> kMolecular = {
    "Bonds",           "Angles",          "Dihedrals",  "Impropers", "Bond Coeffs", "Angle Coeffs",
    "Dihedral Coeffs", "Improper Coeffs", "Ellipsoids", "Lines",     "Triangles",   "Bodies"};

enum class AtomStyle { atomic, charge };

class DataReader {
 public:
  DataReader(const TextFile& file, const std::array<bool, 3>& periodic)
      : file_(file), periodic_(periodic) {}

  Configuration read() {
    if (file_.size() < 2) fail_end("a LAMMPS data file has a title line and a header");
    std::size_t next = read_header();
    while (next < file_.size()) next = read_section(next);
    finish();
    return std::move(result_);
  }

 private:
  using Words = std::vector<std::string_view>;

  [[noreturn]] void fail_end(std::string_view message) const {
    throw InputError(fmt::format("{}: {}", file_.path(), message));
  }

  // Line `i` without its comment; the comment (trimmed) goes to *comment.
  std::string_view content(std::size_t i, std::string_view* comment = nullptr) const {
    const std::string_view line = file_.line(i);
    const auto hash = line.find('#');
    if (comment != nullptr) {
      *comment = hash == std::string_view::npos ? std::string_view() : trim(line.substr(hash + 1));
    }
    return trim(line.substr(0, hash));
  }

  static bool starts_section(std::string_view text) {
    return !text.empty() &&
           ((text[0] >= 'A' && text[0] <= 'Z') || (text[0] >= 'a' && text[0] <= 'z'));
  }

  static bool is_section(std::string_view text) {
    return std::find(kSections.begin(), kSections.end(), text) != kSections.end() ||
           std::find(kMolecular.begin(), kMolecular.end(), text) != kMolecular.end();
  }

  // --- header -------------------------------------------------------------------------------------
  std::size_t read_header() {
    std::size_t i = 1;
    for (; i < file_.size(); ++i) {
      const std::string_view text = content(i);
      if (text.empty()) continue;
      if (starts_section(text)) break;
      header_line(i, split_words(text));
    }
    if (natoms_ < 0) fail_end("the header has no 'N atoms' line");
    if (ntypes_ < 1) fail_end("the header has no 'N atom types' line");
    make_box();
    types_seen_.assign(static_cast<std::size_t>(ntypes_), false);
    result_.species.resize(static_cast<std::size_t>(ntypes_));
    return i;
  }

  void header_line(std::size_t i, const Words& w) {
    const auto ends_with = [&](std::initializer_list<std::string_view> tail) {
      return w.size() > tail.size() &&
             std::equal(tail.begin(), tail.end(), w.end() - static_cast<long>(tail.size()));
    };
    if (ends_with({"atoms"})) {
      natoms_ = count(i, w, 2, "the number of atoms");
      // Each atom has a line of its own, so a larger count cannot be true; nothing is allocated for it.
      if (natoms_ > static_cast<std::int64_t>(file_.size())) {
        file_.fail(i, "{} atoms are announced but the file has only {} lines (truncated?)", natoms_,
                   file_.size());
      }
    } else if (ends_with({"atom", "types"})) {
      ntypes_ = count(i, w, 3, "the number of atom types");
      if (ntypes_ < 1 || ntypes_ > kMaxTypes)
        file_.fail(i, "expected 1 to {} atom types, found {}", kMaxTypes, ntypes_);
    } else if (w.size() == 4 && w[2] == "xlo") {
      bounds(i, w, 0, "xlo", "xhi");
    } else if (w.size() == 4 && w[2] == "ylo") {
      bounds(i, w, 1, "ylo", "yhi");
    } else if (w.size() == 4 && w[2] == "zlo") {
      bounds(i, w, 2, "zlo", "zhi");
    } else if (ends_with({"xy", "xz", "yz"})) {
      if (w.size() != 6) file_.fail(i, "expected 'xy xz yz' tilt line with three numbers");
      for (std::size_t k = 0; k < 3; ++k) tilt_[k] = file_.number(i, w[k], "a tilt factor");
    } else if (ends_with({"avec"}) || ends_with({"bvec"}) || ends_with({"cvec"})) {
      vector_line(i, w, static_cast<std::size_t>(w.back()[0] - 'a'));
    } else if (ends_with({"abc", "origin"})) {
      if (w.size() != 5) file_.fail(i, "expected three numbers before 'abc origin'");
      for (std::size_t k = 0; k < 3; ++k)
        origin_[k] = file_.number(i, w[k], "a coordinate of the box origin");
    } else {
      other_header(i, w);
    }
  }

  void other_header(std::size_t i, const Words& w) const {
    for (const std::string_view kind : {"bonds", "angles", "dihedrals", "impropers", "ellipsoids",
                                        "lines", "triangles", "bodies"}) {
      if (w.size() == 2 && w[1] == kind) {
        if (file_.integer(i, w[0], "a count") != 0)
          file_.fail(i, "molecular systems ({}) are not supported", kind);
        return;
      }
    }
    const bool types = w.size() == 3 && w[2] == "types";
    const bool extra = w.size() >= 3 && w[1] == "extra";
    if (types || extra) return;  // sizes of tables for molecules: no meaning here
    file_.fail(i, "not a header line of a LAMMPS data file: '{}'", content(i));
  }

  std::int64_t count(std::size_t i, const Words& w, std::size_t words,
                     std::string_view what) const {
    if (w.size() != words) file_.fail(i, "expected {} and its name, found '{}'", what, content(i));
    const std::int64_t n = file_.integer(i, w[0], what);
    if (n < 0) file_.fail(i, "{} is negative: {}", what, n);
    return n;
  }

  void bounds(std::size_t i, const Words& w, std::size_t axis, std::string_view lo,
              std::string_view hi) {
    if (w[3] != hi) file_.fail(i, "expected '{} {}', found '{} {}'", lo, hi, w[2], w[3]);
    if (has_bounds_[axis]) file_.fail(i, "the bounds along {} are given twice", "xyz"[axis]);
    has_bounds_[axis] = true;
    lo_[axis] = file_.number(i, w[0], "a lower bound");
    hi_[axis] = file_.number(i, w[1], "an upper bound");
    if (!(hi_[axis] > lo_[axis])) {
      file_.fail(i, "the upper bound {} is not above the lower bound {}", w[1], w[0]);
    }
  }

  void vector_line(std::size_t i, const Words& w, std::size_t axis) {
    if (w.size() != 4) file_.fail(i, "expected three numbers before '{}'", w.back());
    has_vector_[axis] = true;
    vector_line_ = i;
    for (std::size_t k = 0; k < 3; ++k)
      vectors_[axis][k] = file_.number(i, w[k], "a component of a box vector");
  }

  void make_box() {
    const bool any_vector = has_vector_[0] || has_vector_[1] || has_vector_[2];
    try {
      if (any_vector) {
        require(has_vector_[0] && has_vector_[1] && has_vector_[2],
                "of avec, bvec and cvec one is missing");
        require(!has_bounds_[0] && !has_bounds_[1] && !has_bounds_[2],
                "both box vectors and bounds are given");
        FileCell cell;
        cell.vectors = vectors_;
        cell.origin = origin_;
        cell.periodic = periodic_;
        cell.make_right_handed(file_, vector_line_);
        exchanged_ = cell.exchanged;
        result_.box = cell.box();
        return;
      }
      for (std::size_t k = 0; k < 3; ++k) {
        require(has_bounds_[k], "the header has no '{0}lo {0}hi' line", "xyz"[k]);
      }
      result_.box = Box::restricted(lo_, hi_, tilt_[0], tilt_[1], tilt_[2], periodic_);
    } catch (const InputError& error) {
      fail_end(error.what());
    }
  }

  // --- sections -----------------------------------------------------------------------------------
  // Reads the section whose name is at or after line `i`; returns the line after it.
  std::size_t read_section(std::size_t i) {
    std::string_view hint;
    const std::string name(content(i, &hint));
    if (name.empty()) return i + 1;
    if (std::find(kMolecular.begin(), kMolecular.end(), name) != kMolecular.end()) {
      file_.fail(i, "section '{}': molecular systems are not supported", name);
    }
    if (std::find(kSections.begin(), kSections.end(), name) == kSections.end()) {
      file_.fail(i, "expected the name of a section, found '{}'{}", name,
                 did_you_mean(name, kSections));
    }
    if (!sections_.emplace(name, i).second) {
      file_.fail(i, "section '{}' is given twice (first in line {})", name, sections_[name] + 1);
    }
    if (name == "Masses") return read_masses(i + 1);
    if (name == "Atom Type Labels") return read_labels(i + 1);
    if (name == "Atoms") return read_atoms(i + 1, hint);
    if (name == "Velocities") return read_velocities(i + 1);
    return skip_section(i + 1);
  }

  // Calls use(line, words, comment) for the next `n` lines that are not blank.
  template <class Use>
  std::size_t for_lines(std::size_t i, std::int64_t n, std::string_view section, const Use& use) {
    for (std::int64_t done = 0; done < n; ++i) {
      if (i >= file_.size()) {
        fail_end(fmt::format("the file ends within '{}': {} of {} lines are there (truncated?)",
                             section, done, n));
      }
      std::string_view comment;
      const std::string_view text = content(i, &comment);
      if (text.empty()) continue;
      if (is_section(text)) {
        file_.fail(i, "section '{}' has {} of {} lines before '{}'", section, done, n, text);
      }
      use(i, split_words(text), comment);
      ++done;
    }
    return i;
  }

  std::size_t skip_section(std::size_t i) const {
    while (i < file_.size() && !starts_section(content(i))) ++i;
    return i;
  }

  // A type given as a number 1…ntypes or as a label; returned 0-based.
  std::size_t type_of(std::size_t i, std::string_view word) const {
    const auto label = labels_.find(std::string(word));
    if (label != labels_.end()) return label->second;
    const std::int64_t type = file_.integer(i, word, "an atom type");
    if (type < 1 || type > ntypes_) file_.fail(i, "atom type {} is outside 1…{}", type, ntypes_);
    return static_cast<std::size_t>(type - 1);
  }

  std::size_t read_masses(std::size_t start) {
    return for_lines(
        start, ntypes_, "Masses", [&](std::size_t i, const Words& w, std::string_view comment) {
          if (w.size() != 2)
            file_.fail(i, "expected a type and its mass, found {} words", w.size());
          const std::size_t type = type_of(i, w[0]);
          Species& species = result_.species[type];
          if (types_seen_[type]) file_.fail(i, "the mass of type {} is given twice", type + 1);
          types_seen_[type] = true;
          species.mass = file_.number(i, w[1], "a mass in g/mol");
          if (!(species.mass > 0.0))
            file_.fail(i, "the mass of type {} must be positive, found {}", type + 1, w[1]);
          if (species.symbol.empty()) species.symbol = symbol_from(comment, species.mass);
        });
  }

  static std::string symbol_from(std::string_view comment, double mass) {
    const auto words = split_words(comment);
    if (!words.empty() && (words.size() == 1 || atomic_number(words[0])))
      return std::string(words[0]);
    return element_of_mass(mass).value_or("");
  }

  std::size_t read_labels(std::size_t start) {
    return for_lines(start, ntypes_, "Atom Type Labels",
                     [&](std::size_t i, const Words& w, std::string_view) {
                       if (w.size() != 2)
                         file_.fail(i, "expected a type and its label, found {} words", w.size());
                       const std::int64_t type = file_.integer(i, w[0], "an atom type");
                       if (type < 1 || type > ntypes_)
                         file_.fail(i, "atom type {} is outside 1…{}", type, ntypes_);
                       const auto index = static_cast<std::size_t>(type - 1);
                       if (!labels_.emplace(std::string(w[1]), index).second)
                         file_.fail(i, "label '{}' is given twice", w[1]);
                       result_.species[index].symbol = std::string(w[1]);
                     });
  }

  AtomStyle style_of(std::string_view hint, std::size_t line) const {
    if (hint.empty() || hint == "atomic") return AtomStyle::atomic;
    if (hint == "charge") return AtomStyle::charge;
    file_.fail(line, "atom style '{}' is not supported: expected atomic or charge", hint);
  }

  std::size_t read_atoms(std::size_t start, std::string_view hint) {
    const AtomStyle style = style_of(hint, start - 1);
    const std::size_t columns = style == AtomStyle::atomic ? 5 : 6;
    result_.atoms.reserve(static_cast<std::size_t>(natoms_));
    rows_.reserve(static_cast<std::size_t>(natoms_));
    return for_lines(start, natoms_, "Atoms", [&](std::size_t i, const Words& w, std::string_view) {
      if (w.size() != columns && w.size() != columns + 3) {
        file_.fail(i, "expected {} or {} columns (id type {}x y z [ix iy iz]), found {}{}", columns,
                   columns + 3, style == AtomStyle::charge ? "charge " : "", w.size(),
                   hint.empty() && (w.size() == 6 || w.size() == 9)
                       ? "; if these atoms have charges, write 'Atoms # charge'"
                       : "");
      }
      add_atom(i, w, columns);
    });
  }

  void add_atom(std::size_t i, const Words& w, std::size_t columns) {
    AtomRecord atom;
    atom.id = file_.integer(i, w[0], "an atom id");
    if (atom.id < 1) file_.fail(i, "atom ids start at 1, found {}", atom.id);
    const auto [known, fresh] = rows_.emplace(atom.id, result_.atoms.size());
    if (!fresh) file_.fail(i, "atom id {} is given twice", atom.id);
    atom.type = static_cast<int>(type_of(i, w[1]));
    for (std::size_t k = 0; k < 3; ++k) {
      atom.x[k] = file_.number(i, w[columns - 3 + k], "a coordinate");
      if (w.size() > columns) atom.image[k] = image_count(i, w[columns + k]);
    }
    if (exchanged_) std::swap(atom.image[0], atom.image[1]);
    if (columns == 6) file_.number(i, w[2], "a charge");
    result_.atoms.push_back(atom);
  }

  int image_count(std::size_t i, std::string_view word) const {
    const std::int64_t n = file_.integer(i, word, "an image count");
    if (std::abs(static_cast<double>(n)) > 1e9) file_.fail(i, "image count {} is out of range", n);
    return static_cast<int>(n);
  }

  std::size_t read_velocities(std::size_t start) {
    if (sections_.count("Atoms") == 0)
      file_.fail(start - 1, "section 'Velocities' comes before 'Atoms'");
    std::vector<bool> seen(result_.atoms.size(), false);
    result_.has_velocities = true;
    return for_lines(
        start, natoms_, "Velocities", [&](std::size_t i, const Words& w, std::string_view) {
          if (w.size() != 4) file_.fail(i, "expected id vx vy vz, found {} words", w.size());
          const std::int64_t id = file_.integer(i, w[0], "an atom id");
          const auto row = rows_.find(id);
          if (row == rows_.end()) file_.fail(i, "there is no atom with id {}", id);
          if (seen[row->second]) file_.fail(i, "the velocity of atom {} is given twice", id);
          seen[row->second] = true;
          for (std::size_t k = 0; k < 3; ++k) {
            result_.atoms[row->second].v[k] = file_.number(i, w[1 + k], "a velocity component");
          }
        });
  }

  void finish() const {
    if (sections_.count("Atoms") == 0) fail_end("the file has no 'Atoms' section (truncated?)");
    if (natoms_ == 0) fail_end("the file has no atoms");
  }

  const TextFile& file_;
  std::array<bool, 3> periodic_;
  Configuration result_;
  std::int64_t natoms_ = -1;
  std::int64_t ntypes_ = -1;
  std::array<double, 3> lo_{}, hi_{}, tilt_{}, origin_{};
  std::array<std::array<double, 3>, 3> vectors_{};
  std::array<bool, 3> has_bounds_{}, has_vector_{};
  std::size_t vector_line_ = 0;
  bool exchanged_ = false;  // a and b, because the vectors were left-handed
  std::vector<bool> types_seen_;
  std::map<std::string, std::size_t> sections_;         // name → its line
  std::map<std::string, std::size_t> labels_;           // type label → 0-based type
  std::unordered_map<std::int64_t, std::size_t> rows_;  // id → index into result_.atoms
};

}  // namespace

Configuration read_lammps_data(const std::string& path, const std::array<bool, 3>& periodic) {
  return read_lammps_data(TextFile(path), periodic);
}

Configuration read_lammps_data(const TextFile& file, const std::array<bool, 3>& periodic) {
  return DataReader(file, periodic).read();
}

}  // namespace splicemd::md
