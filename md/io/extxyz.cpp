// Reader of extended XYZ: walks the frames, takes the cell from the comment line, then reads the columns.
#include "md/io/extxyz.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <unordered_set>
#include <vector>

#include "base/units.hpp"
#include "md/elements.hpp"
#include "md/io/extxyz_comment.hpp"
#include "md/io/file_cell.hpp"
#include "md/io/reader_text.hpp"

namespace splicemd::md {

namespace {

using Words = std::vector<std::string_view>;

constexpr std::int64_t kMaxColumns = 1000;
constexpr std::size_t kMaxSpecies = 10000;
constexpr std::size_t kMaxIsotopes = 100;  // different masses in a file that gives masses

const std::vector<std::string> kKeys = {"Lattice", "cell", "Origin", "pbc", "Properties"};
const std::vector<std::string> kScalars = {"species", "Z", "id", "masses", "mass"};
const std::vector<std::string> kVectors = {"pos", "vel", "velo", "velocities", "momenta", "image"};

bool is_among(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

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
      : file_(file), line_(line), natoms_(atoms), comment_(file, line + 1, kKeys) {}

  Configuration read() {
    read_cell();
    read_columns();
    for (std::int64_t i = 0; i < natoms_; ++i) read_atom(line_ + 2 + static_cast<std::size_t>(i));
    lay_open_axes();
    return std::move(result_);
  }

 private:
  std::size_t comment_line() const { return line_ + 1; }

  // --- box ------------------------------------------------------------------------------------------
  void read_cell() {
    const auto lattice = find_lattice();
    cell_.periodic.fill(lattice.has_value());
    const auto pbc = comment_.find("pbc");
    if (pbc) cell_.periodic = flags(*pbc);
    if (lattice) read_vectors(*lattice);
    cell_.complete();
    open_axes_without_vector(lattice.has_value(), pbc.has_value());
    cell_.make_right_handed(file_, comment_line());
    try {
      result_.box = cell_.box();
    } catch (const InputError& error) {
      file_.fail(comment_line(), "{}", error.what());
    }
  }

  // `Lattice`, or what is written for it. In a plain comment, without Properties, it may be but a word.
  std::optional<std::string> find_lattice() const {
    const auto lattice = comment_.find("Lattice");
    const bool plain = !comment_.find("Properties");
    if (lattice && (!plain || lattice->find_first_of("0123456789") != std::string::npos))
      return lattice;
    const auto cell = comment_.find("cell");
    if (cell && list_items(*cell).size() == 9) {
      warn_at(file_, comment_line(), "there is no Lattice: `cell` is read as the cell vectors");
      return cell;
    }
    const std::string key = comment_.cell_like_key();
    if (!key.empty()) {
      warn_at(file_, comment_line(),
              "the comment line has '{}' but no Lattice of nine numbers: the box is open along all "
              "axes, 10 Å around the atoms",
              key);
    }
    return std::nullopt;
  }

  void read_vectors(const std::string& text) {
    const std::vector<double> v = numbers(text, 9, "Lattice", "a lattice component");
    for (std::size_t k = 0; k < 9; ++k) cell_.vectors[k / 3][k % 3] = v[k];
    if (const auto corner = comment_.find("Origin")) {
      const std::vector<double> o = numbers(*corner, 3, "Origin", "a coordinate of Origin");
      std::copy(o.begin(), o.end(), cell_.origin.begin());
    }
  }

  std::vector<double> numbers(const std::string& text, std::size_t count, std::string_view key,
                              std::string_view what) const {
    const auto words = list_items(text);
    if (words.size() != count)
      file_.fail(comment_line(), "{} has {} numbers, expected {}", key, words.size(), count);
    std::vector<double> out;
    for (const std::string_view word : words)
      out.push_back(file_.number(comment_line(), word, what));
    return out;
  }

  std::array<bool, 3> flags(const std::string& text) const {
    const auto words = list_items(text);
    if (words.size() != 3) file_.fail(comment_line(), "pbc has {} flags, expected 3", words.size());
    std::array<bool, 3> out{};
    for (std::size_t k = 0; k < 3; ++k) {
      const auto flag = parse_logical(words[k]);
      if (!flag && words[k] != "1" && words[k] != "0")
        file_.fail(comment_line(), "expected T or F in pbc, found '{}'", words[k]);
      out[k] = flag.value_or(words[k] == "1");
    }
    return out;
  }

  void open_axes_without_vector(bool has_lattice, bool has_pbc) {
    std::string opened;
    for (std::size_t k = 0; k < 3; ++k) {
      if (!cell_.without_vector[k] || !cell_.periodic[k]) continue;
      if (!has_lattice) file_.fail(comment_line(), "pbc is given but no Lattice");
      if (has_pbc)
        file_.fail(comment_line(), "pbc makes {} periodic, but its vector is zero", "abc"[k]);
      opened += opened.empty() ? "" : ", ";
      opened += "abc"[k];
      cell_.periodic[k] = false;
    }
    if (!opened.empty()) {
      warn_at(file_, comment_line(), "the vector of {} is zero: the box is open there", opened);
    }
  }

  // Around the atoms, once they are known.
  void lay_open_axes() {
    const auto& axes = cell_.without_vector;
    if (std::none_of(axes.begin(), axes.end(), [](bool missing) { return missing; })) return;
    try {
      enclose_atoms(result_, axes);
    } catch (const InputError& error) {
      file_.fail(line_, "{}", error.what());
    }
  }

  // --- columns --------------------------------------------------------------------------------------
  void read_columns() {
    const std::string text = comment_.find("Properties").value_or("species:S:1:pos:R:3");
    std::vector<std::string> parts;
    for (std::size_t start = 0; start <= text.size();) {
      const std::size_t colon = std::min(text.find(':', start), text.size());
      parts.push_back(text.substr(start, colon - start));
      start = colon + 1;
    }
    if (parts.size() % 3 != 0) {
      file_.fail(comment_line(), "Properties must be name:kind:columns triples, found '{}'", text);
    }
    for (std::size_t k = 0; k < parts.size(); k += 3) add_property(parts[k], parts[k + 2]);
    if (!columns_.find("pos")) file_.fail(comment_line(), "Properties has no pos:R:3");
    if (!columns_.find("species") && !columns_.find("Z"))
      file_.fail(comment_line(), "Properties has neither species:S:1 nor Z:I:1");
    for (const char* name : {"vel", "velo", "velocities"}) {
      if (!velocity_) velocity_ = columns_.find(name);
    }
    if (!velocity_) momenta_ = columns_.find("momenta");
    mass_ = columns_.find("masses");
    if (!mass_) mass_ = columns_.find("mass");
    result_.has_velocities = velocity_ || momenta_;
  }

  void add_property(const std::string& name, const std::string& columns) {
    const std::size_t line = comment_line();
    const std::int64_t width = file_.integer(line, columns, "a number of columns");
    if (width < 1 || width > kMaxColumns) file_.fail(line, "{} columns for '{}'", width, name);
    const bool scalar = is_among(kScalars, name);
    const bool known = scalar || is_among(kVectors, name) || name == "move_mask";
    if (known && width != (scalar ? 1 : 3) && (name != "move_mask" || width != 1)) {
      file_.fail(line, "'{}' has {} columns, expected {}", name, width, scalar ? 1 : 3);
    }
    if (!columns_.first.emplace(name, columns_.total).second && known)
      file_.fail(line, "property '{}' is given twice", name);
    if (name == "move_mask") mask_width_ = static_cast<std::size_t>(width);
    columns_.total += static_cast<std::size_t>(width);
    if (columns_.total > static_cast<std::size_t>(kMaxColumns))
      file_.fail(line, "more than {} columns", kMaxColumns);
  }

  // --- atoms ----------------------------------------------------------------------------------------
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
    atom.type = type_of(line, symbol_of(line, words), mass);
    const std::size_t x = *columns_.find("pos");
    for (std::size_t k = 0; k < 3; ++k)
      atom.x[k] = file_.number(line, words[x + k], "a coordinate");
    if (velocity_) {
      for (std::size_t k = 0; k < 3; ++k)
        atom.v[k] = file_.number(line, words[*velocity_ + k], "a velocity");
    }
    if (momenta_) read_momentum(line, words, atom);
    if (const auto image = columns_.find("image")) read_images(line, words, *image, atom);
    if (const auto mask = columns_.find("move_mask")) atom.held = held_axes(line, words, *mask);
    atom.id = static_cast<std::int64_t>(result_.atoms.size()) + 1;
    if (const auto id = columns_.find("id")) atom.id = read_id(line, words[*id]);
    result_.atoms.push_back(atom);
  }

  void read_images(std::size_t line, const Words& words, std::size_t first, AtomRecord& atom) {
    for (std::size_t k = 0; k < 3; ++k) {
      const std::int64_t n = file_.integer(line, words[first + k], "an image count");
      if (n < -1000000000 || n > 1000000000) file_.fail(line, "image count {} is out of range", n);
      atom.image[k] = static_cast<int>(n);
    }
    cell_.reorder(atom.image);
  }

  // ASE and QUIP: true, or 1, where an atom may move.
  unsigned held_axes(std::size_t line, const Words& words, std::size_t first) const {
    unsigned held = 0;
    for (std::size_t k = 0; k < mask_width_; ++k) {
      const std::string_view word = words[first + k];
      const auto flag = parse_logical(word);
      const auto number = parse_int(word);
      if (!flag && !number) file_.fail(line, "expected T or F of move_mask, found '{}'", word);
      if (!flag.value_or(number.value_or(1) != 0))
        held |= mask_width_ == 1 ? kHeldAlongAll : 1U << k;
    }
    return held;
  }

  std::int64_t read_id(std::size_t line, std::string_view word) {
    const std::int64_t id = file_.integer(line, word, "an atom id");
    if (id < 1) file_.fail(line, "atom ids start at 1, found {}", id);
    if (!ids_.insert(id).second) file_.fail(line, "atom id {} is given twice", id);
    return id;
  }

  // A name that is no element's gives way to Z, as in ASE; one of another element cannot be right.
  std::string symbol_of(std::size_t line, const Words& words) const {
    const auto name = columns_.find("species");
    const auto number = columns_.find("Z");
    const std::int64_t z = number ? file_.integer(line, words[*number], "an atomic number") : 0;
    if (z < 0 || z > kElementCount || (z == 0 && !name))
      file_.fail(line, "there is no element with atomic number {}", z);
    const std::string_view of_z = z > 0 ? element(static_cast<int>(z)).symbol : "";
    if (!name) return std::string(of_z);
    const std::string symbol = as_symbol(words[*name]);
    if (z == 0 || symbol == of_z) return symbol;
    if (atomic_number(symbol)) {
      file_.fail(line,
                 "species is {} but Z is {}, which is {}: take the wrong one of the two columns "
                 "out of the file",
                 symbol, z, of_z);
    }
    warn_at(file_, line,
            "'{}' is no element: atoms whose species is none are named by their Z, here {}", symbol,
            of_z);
    return std::string(of_z);
  }

  // Atoms of one element that differ in mass are of different types.
  int type_of(std::size_t line, const std::string& symbol, double mass) {
    auto& species = result_.species;
    for (std::size_t t = 0; t < species.size(); ++t) {
      if (species[t].symbol == symbol && (!mass_ || species[t].mass == mass))
        return static_cast<int>(t);
    }
    if (species.size() >= kMaxSpecies)
      file_.fail(line, "more than {} different species", kMaxSpecies);
    if (mass_ && species.size() >= kMaxIsotopes)
      file_.fail(line, "more than {} different masses", kMaxIsotopes);
    species.push_back({symbol, mass_ ? mass : standard_weight(symbol).value_or(0.0)});
    return static_cast<int>(species.size()) - 1;
  }

  // ASE's momenta are in g/mol·Å per (Å √(u/eV)); that time unit is √kMv2ToEv ps.
  void read_momentum(std::size_t line, const Words& words, AtomRecord& atom) const {
    const Species& species = result_.species[static_cast<std::size_t>(atom.type)];
    if (!(species.mass > 0.0))
      file_.fail(line, "momenta need a mass, and '{}' has none", species.symbol);
    for (std::size_t k = 0; k < 3; ++k) {
      const double p = file_.number(line, words[*momenta_ + k], "a momentum");
      atom.v[k] = p / species.mass / std::sqrt(units::kMv2ToEv);
      if (!std::isfinite(atom.v[k])) file_.fail(line, "a momentum overflows");
    }
  }

  const TextFile& file_;
  std::size_t line_;  // of the atom count
  std::int64_t natoms_;
  ExtxyzComment comment_;
  FileCell cell_;
  Columns columns_;
  std::optional<std::size_t> velocity_, momenta_, mass_;
  std::size_t mask_width_ = 0;
  std::unordered_set<std::int64_t> ids_;
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
