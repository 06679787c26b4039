// Reader of extended XYZ: walks the frames, parses the comment line's key=value pairs, then the columns.
#include "md/io/extxyz.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <unordered_set>
#include <vector>

#include "base/units.hpp"
#include "md/elements.hpp"

namespace splicemd::md {

namespace {

constexpr double kMargin = 10.0;  // Å around a cluster that has no lattice
constexpr std::int64_t kMaxColumns = 1000;

const std::vector<std::string> kKinds = {"species", "Z",  "pos",   "vel",    "velo", "velocities",
                                         "momenta", "id", "image", "masses", "mass"};

// key=value pairs of a comment line; a key without a value is "T". Values may be quoted or in braces.
class CommentLine {
 public:
  CommentLine(const TextFile& file, std::size_t line)
      : file_(file), line_(line), text_(file.line(line)) {
    while (skip_blanks()) {
      const std::string key = token("=");
      std::string value = "T";
      if (position_ < text_.size() && text_[position_] == '=') {
        ++position_;
        value = token("");
      }
      if (key.empty()) file_.fail(line_, "a value without a key in the comment line");
      values_[key] = value;  // the last of several counts, as in ASE
    }
  }

  std::optional<std::string> find(const std::string& key) const {
    const auto at = values_.find(key);
    return at == values_.end() ? std::nullopt : std::optional<std::string>(at->second);
  }

 private:
  bool skip_blanks() {
    position_ = std::min(text_.find_first_not_of(" \t\r,", position_), text_.size());
    return position_ < text_.size();
  }

  static char closing(char open) {
    switch (open) {
      case '"':
        return '"';
      case '\'':
        return '\'';
      case '{':
        return '}';
      case '[':
        return ']';
      default:
        return '\0';
    }
  }

  // A quoted text, or everything up to a blank or one of `stops`.
  std::string token(std::string_view stops) {
    if (position_ >= text_.size()) return {};
    const char end = closing(text_[position_]);
    if (end != '\0') {
      const std::size_t close = text_.find(end, position_ + 1);
      if (close == std::string_view::npos)
        file_.fail(line_, "a {} in the comment line is never closed", text_[position_]);
      std::string inside(text_.substr(position_ + 1, close - position_ - 1));
      position_ = close + 1;
      return inside;
    }
    const std::size_t start = position_;
    while (position_ < text_.size() && text_[position_] != ' ' && text_[position_] != '\t' &&
           stops.find(text_[position_]) == std::string_view::npos) {
      ++position_;
    }
    return std::string(text_.substr(start, position_ - start));
  }

  const TextFile& file_;
  std::size_t line_;
  std::string_view text_;
  std::size_t position_ = 0;
  std::map<std::string, std::string> values_;
};

// Where each known property starts among the columns.
struct Columns {
  std::map<std::string, std::size_t> first;
  std::size_t total = 0;

  std::optional<std::size_t> find(const std::string& name) const {
    const auto at = first.find(name);
    return at == first.end() ? std::nullopt : std::optional<std::size_t>(at->second);
  }
};

class FrameReader {
 public:
  FrameReader(const TextFile& file, std::size_t line, std::int64_t atoms)
      : file_(file), line_(line), natoms_(atoms), comment_(file, line + 1) {}

  Configuration read() {
    read_box();
    read_columns();
    for (std::int64_t i = 0; i < natoms_; ++i) read_atom(line_ + 2 + static_cast<std::size_t>(i));
    finish();
    return std::move(result_);
  }

 private:
  void read_box() {
    const std::size_t line = line_ + 1;
    const auto lattice = comment_.find("Lattice");
    std::array<bool, 3> periodic = {lattice.has_value(), lattice.has_value(), lattice.has_value()};
    if (const auto pbc = comment_.find("pbc")) periodic = flags(*pbc);
    if (!lattice) {
      if (periodic[0] || periodic[1] || periodic[2])
        file_.fail(line, "pbc is given but no Lattice");
      return;
    }
    const auto words = split_words(*lattice);
    if (words.size() != 9) file_.fail(line, "Lattice has {} numbers, expected 9", words.size());
    std::array<std::array<double, 3>, 3> rows{};
    for (std::size_t k = 0; k < 9; ++k)
      rows[k / 3][k % 3] = file_.number(line, words[k], "a lattice component");
    std::array<double, 3> origin{};
    if (const auto text = comment_.find("Origin")) {
      const auto numbers = split_words(*text);
      if (numbers.size() != 3)
        file_.fail(line, "Origin has {} numbers, expected 3", numbers.size());
      for (std::size_t k = 0; k < 3; ++k)
        origin[k] = file_.number(line, numbers[k], "a coordinate of Origin");
    }
    try {
      result_.box = Box::from_vectors(rows, origin, periodic);
    } catch (const InputError& error) {
      file_.fail(line, "{}", error.what());
    }
    has_lattice_ = true;
  }

  std::array<bool, 3> flags(const std::string& text) const {
    const auto words = split_words(text);
    if (words.size() != 3) file_.fail(line_ + 1, "pbc has {} flags, expected 3", words.size());
    std::array<bool, 3> out{};
    for (std::size_t k = 0; k < 3; ++k) {
      const bool yes =
          words[k] == "T" || words[k] == "True" || words[k] == "true" || words[k] == "1";
      const bool no =
          words[k] == "F" || words[k] == "False" || words[k] == "false" || words[k] == "0";
      if (!yes && !no) file_.fail(line_ + 1, "expected T or F in pbc, found '{}'", words[k]);
      out[k] = yes;
    }
    return out;
  }

  void read_columns() {
    const std::size_t line = line_ + 1;
    const std::string text = comment_.find("Properties").value_or("species:S:1:pos:R:3");
    std::vector<std::string> parts;
    for (std::size_t start = 0; start <= text.size();) {
      const std::size_t colon = std::min(text.find(':', start), text.size());
      parts.push_back(text.substr(start, colon - start));
      start = colon + 1;
    }
    if (parts.size() % 3 != 0)
      file_.fail(line, "Properties must be name:kind:columns triples, found '{}'", text);
    for (std::size_t k = 0; k < parts.size(); k += 3) {
      const std::int64_t width = file_.integer(line, parts[k + 2], "a number of columns");
      if (width < 1 || width > kMaxColumns)
        file_.fail(line, "{} columns for '{}'", width, parts[k]);
      check_width(parts[k], width);
      if (!columns_.first.emplace(parts[k], columns_.total).second) {
        file_.fail(line, "property '{}' is given twice", parts[k]);
      }
      columns_.total += static_cast<std::size_t>(width);
      if (columns_.total > static_cast<std::size_t>(kMaxColumns))
        file_.fail(line, "more than {} columns", kMaxColumns);
    }
    if (!columns_.find("pos")) file_.fail(line, "Properties has no pos:R:3");
    if (!columns_.find("species") && !columns_.find("Z"))
      file_.fail(line, "Properties has neither species:S:1 nor Z:I:1");
    for (const char* name : {"vel", "velo", "velocities"}) {
      if (!velocity_) velocity_ = columns_.find(name);
    }
    if (!velocity_) momenta_ = columns_.find("momenta");
    mass_ = columns_.find("masses");
    if (!mass_) mass_ = columns_.find("mass");
    result_.has_velocities = velocity_ || momenta_;
  }

  void check_width(const std::string& name, std::int64_t width) const {
    if (std::find(kKinds.begin(), kKinds.end(), name) == kKinds.end()) return;
    const bool scalar =
        name == "species" || name == "Z" || name == "id" || name == "masses" || name == "mass";
    if (width != (scalar ? 1 : 3))
      file_.fail(line_ + 1, "'{}' has {} columns, expected {}", name, width, scalar ? 1 : 3);
  }

  void read_atom(std::size_t line) {
    const auto words = split_words(file_.line(line));
    if (words.size() < columns_.total) {
      file_.fail(line, "expected {} columns as Properties says, found {}", columns_.total,
                 words.size());
    }
    AtomRecord atom;
    const double mass = mass_ ? file_.number(line, words[*mass_], "a mass in g/mol") : 0.0;
    if (mass_ && !(mass > 0.0))
      file_.fail(line, "a mass must be positive, found {}", words[*mass_]);
    atom.type = species(line, words, mass);
    const std::size_t x = *columns_.find("pos");
    for (std::size_t k = 0; k < 3; ++k)
      atom.x[k] = file_.number(line, words[x + k], "a coordinate");
    if (velocity_) {
      for (std::size_t k = 0; k < 3; ++k)
        atom.v[k] = file_.number(line, words[*velocity_ + k], "a velocity");
    }
    if (momenta_) read_momentum(line, words, mass, atom);
    if (const auto image = columns_.find("image")) {
      for (std::size_t k = 0; k < 3; ++k) {
        const std::int64_t n = file_.integer(line, words[*image + k], "an image count");
        if (n < -1000000000 || n > 1000000000)
          file_.fail(line, "image count {} is out of range", n);
        atom.image[k] = static_cast<int>(n);
      }
    }
    atom.id = static_cast<std::int64_t>(result_.atoms.size()) + 1;
    if (const auto id = columns_.find("id")) atom.id = read_id(line, words[*id]);
    result_.atoms.push_back(atom);
  }

  std::int64_t read_id(std::size_t line, std::string_view word) {
    const std::int64_t id = file_.integer(line, word, "an atom id");
    if (id < 1) file_.fail(line, "atom ids start at 1, found {}", id);
    if (!ids_.insert(id).second) file_.fail(line, "atom id {} is given twice", id);
    return id;
  }

  int species(std::size_t line, const std::vector<std::string_view>& words, double mass) {
    std::string symbol;
    if (const auto column = columns_.find("species")) {
      symbol = std::string(words[*column]);
    } else {
      const std::int64_t z = file_.integer(line, words[*columns_.find("Z")], "an atomic number");
      if (z < 1 || z > kElementCount)
        file_.fail(line, "there is no element with atomic number {}", z);
      symbol = element(static_cast<int>(z)).symbol;
    }
    for (std::size_t t = 0; t < result_.species.size(); ++t) {
      if (result_.species[t].symbol == symbol) return static_cast<int>(t);
    }
    if (result_.species.size() >= 10000) file_.fail(line, "more than 10000 different species");
    result_.species.push_back({symbol, mass > 0.0 ? mass : standard_weight(symbol).value_or(0.0)});
    return static_cast<int>(result_.species.size()) - 1;
  }

  // ASE's momenta are in g/mol·Å per (Å √(u/eV)); that time unit is √kMv2ToEv ps.
  void read_momentum(std::size_t line, const std::vector<std::string_view>& words, double mass,
                     AtomRecord& atom) const {
    const double m = mass > 0.0 ? mass : result_.species[static_cast<std::size_t>(atom.type)].mass;
    if (!(m > 0.0))
      file_.fail(line, "momenta need a mass, and '{}' has none", result_.species.back().symbol);
    for (std::size_t k = 0; k < 3; ++k) {
      const double p = file_.number(line, words[*momenta_ + k], "a momentum");
      atom.v[k] = p / m / std::sqrt(units::kMv2ToEv);
      if (!std::isfinite(atom.v[k])) file_.fail(line, "a momentum overflows");
    }
  }

  // A cluster without a lattice gets an open box around it.
  void finish() {
    if (has_lattice_) return;
    std::array<double, 3> low{}, high{};
    low.fill(std::numeric_limits<double>::max());
    high.fill(-std::numeric_limits<double>::max());
    for (const AtomRecord& atom : result_.atoms) {
      for (std::size_t k = 0; k < 3; ++k) {
        low[k] = std::min(low[k], atom.x[k] - kMargin);
        high[k] = std::max(high[k], atom.x[k] + kMargin);
      }
    }
    try {
      result_.box = Box::restricted(low, high, 0, 0, 0, {false, false, false});
    } catch (const InputError& error) {
      file_.fail(line_, "{}", error.what());
    }
  }

  const TextFile& file_;
  std::size_t line_;  // of the atom count
  std::int64_t natoms_;
  CommentLine comment_;
  Columns columns_;
  std::optional<std::size_t> velocity_, momenta_, mass_;
  std::unordered_set<std::int64_t> ids_;
  bool has_lattice_ = false;
  Configuration result_;
};

struct FramePosition {
  std::size_t line;
  std::int64_t atoms;
};

// The first line and atom count of every frame.
std::vector<FramePosition> find_frames(const TextFile& file) {
  std::vector<FramePosition> frames;
  std::size_t i = 0;
  while (i < file.size()) {
    const std::string_view text = trim(file.line(i));
    if (text.empty()) {  // blank lines may follow the last frame
      ++i;
      continue;
    }
    const std::int64_t n = file.integer(i, text, "the number of atoms");
    if (n < 1) file.fail(i, "expected a positive number of atoms, found {}", n);
    const std::size_t rest = file.size() - i;
    if (rest < 2 || static_cast<std::size_t>(n) > rest - 2) {
      file.fail(i, "{} atoms are announced but {} lines follow the comment line (truncated?)", n,
                rest < 2 ? 0 : rest - 2);
    }
    frames.push_back({i, n});
    i += static_cast<std::size_t>(n) + 2;
  }
  return frames;
}

}  // namespace

Configuration read_extxyz(const std::string& path, std::int64_t index) {
  return read_extxyz(TextFile(path), index);
}

Configuration read_extxyz(const TextFile& file, std::int64_t index) {
  const std::vector<FramePosition> frames = find_frames(file);
  const auto count = static_cast<std::int64_t>(frames.size());
  require(count > 0, "{}: the file holds no frame", file.path());
  require(index >= -count && index < count, "{}: there is no frame {}: the file has {} frames",
          file.path(), index, count);
  const FramePosition& frame = frames[static_cast<std::size_t>(index < 0 ? index + count : index)];
  return FrameReader(file, frame.line, frame.atoms).read();
}

}  // namespace splicemd::md
