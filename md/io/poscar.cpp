// Reader of VASP 4 and 5 structure files (format: VASP manual, POSCAR), line by line.
#include "md/io/poscar.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "md/elements.hpp"
#include "md/io/file_cell.hpp"
#include "md/io/reader_text.hpp"

namespace splicemd::md {

namespace {

using Words = std::vector<std::string_view>;

constexpr double kFsPerPs = 1000.0;

class PoscarReader {
 public:
  PoscarReader(const TextFile& file, const std::vector<std::string>& elements)
      : file_(file), elements_(elements) {}

  Configuration read() {
    read_cell();
    read_species();
    read_positions();
    read_velocities();
    return std::move(result_);
  }

 private:
  std::string_view line(std::size_t i, std::string_view what) const {
    if (i >= file_.size()) {
      throw InputError(
          fmt::format("{}: the file ends at line {} where {} was expected (truncated?)",
                      file_.path(), file_.size(), what));
    }
    return trim(file_.line(i));
  }

  std::array<double, 3> three(std::size_t i, std::string_view what) const {
    const auto words = split_words(line(i, what));
    if (words.size() < 3)
      file_.fail(i, "expected three numbers of {}, found {} words", what, words.size());
    return {file_.number(i, words[0], what), file_.number(i, words[1], what),
            file_.number(i, words[2], what)};
  }

  void read_cell() {
    read_scale();
    FileCell cell;
    cell.periodic = {true, true, true};
    for (std::size_t i = 0; i < 3; ++i) cell.vectors[i] = three(2 + i, "a lattice vector");
    cell.make_right_handed(file_, 2);
    try {
      if (scale_[0] < 0.0) scale_.fill(std::cbrt(-scale_[0] / cell.box().volume()));
      for (auto& row : cell.vectors) {
        for (std::size_t k = 0; k < 3; ++k) row[k] *= scale_[k];
      }
      result_.box = cell.box();
    } catch (const InputError& error) {
      file_.fail(2, "{}", error.what());
    }
    cell_ = cell;
  }

  // One number or three, with text after them or not.
  void read_scale() {
    const auto words = split_words(line(1, "the scale"));
    const std::size_t given = leading_numbers(words);
    if (given != 1 && given < 3) file_.fail(1, "expected one scale or three, found {}", given);
    for (std::size_t k = 0; k < 3; ++k)
      scale_[k] = file_.number(1, words[given == 1 ? 0 : k], "a scale");
    for (std::size_t k = 0; k < 3; ++k) {
      if (scale_[k] == 0.0 || (given >= 3 && scale_[k] < 0.0))
        file_.fail(1, "a scale must not be {}", scale_[k]);
    }
  }

  static std::size_t leading_numbers(const Words& words) {
    const auto text = std::find_if(words.begin(), words.end(),
                                   [](std::string_view word) { return !parse_double(word); });
    return static_cast<std::size_t>(text - words.begin());
  }

  // VASP 5 has a line of symbols before that of the counts; text may follow both.
  void read_species() {
    const auto first = split_words(line(5, "the element symbols"));
    if (first.empty()) file_.fail(5, "expected element symbols");
    const bool vasp4 = parse_int(first[0]).has_value();
    next_ = vasp4 ? 5 : 6;
    const auto words = split_words(line(next_, "the numbers of atoms"));
    const auto text = std::find_if(words.begin(), words.end(),
                                   [](std::string_view word) { return !parse_int(word); });
    const Words counts(words.begin(), text);
    // A number that is no integer is no text.
    if (text != words.end() && (counts.empty() || parse_double(*text)))
      file_.integer(next_, *text, "a number of atoms");
    const std::vector<std::string> symbols =
        vasp4 ? names_of_vasp4(counts) : names_of_vasp5(first, counts.size());
    for (std::size_t k = 0; k < counts.size(); ++k) {
      const std::int64_t n = file_.integer(next_, counts[k], "a number of atoms");
      if (n < 0 || n > static_cast<std::int64_t>(file_.size())) {
        file_.fail(next_, "{} {} atoms do not fit a file of {} lines", n, symbols[k], file_.size());
      }
      add_atoms(symbols[k], n, vasp4);
    }
    if (result_.atoms.empty()) file_.fail(next_, "the file has no atoms");
    ++next_;
  }

  // POTCAR names may follow the symbol: "W_pv", "Fe/hash".
  static std::string without_potcar(std::string_view word) {
    return std::string(word.substr(0, word.find_first_of("_/")));
  }

  std::vector<std::string> names_of_vasp5(const Words& words, std::size_t counts) const {
    Words named = words;
    while (named.size() > counts && !atomic_number(without_potcar(named.back()))) named.pop_back();
    if (named.size() != counts) {
      file_.fail(6, "{} elements are named but {} counts are given", named.size(), counts);
    }
    std::vector<std::string> symbols;
    for (const std::string_view word : named) symbols.push_back(without_potcar(word));
    return symbols;
  }

  std::vector<std::string> names_of_vasp4(const Words& counts) const {
    if (elements_.size() == counts.size()) return elements_;
    std::vector<std::string> symbols = names_of_title(counts);
    if (!elements_.empty() || symbols.size() != counts.size()) {
      file_.fail(
          5,
          "this is the VASP 4 format, which does not name the elements: give `elements` under "
          "`read`, one for each of the {} counts{}",
          counts.size(), elements_.empty() ? "" : fmt::format(" (found {})", elements_.size()));
    }
    return symbols;
  }

  // "Cu Ni" or "# Cu12 Ni4", if nothing else is said and the numbers are those of the atoms.
  std::vector<std::string> names_of_title(const Words& counts) const {
    std::string_view title = trim(file_.line(0));
    if (!title.empty() && title[0] == '#') title.remove_prefix(1);
    const Words words = split_words(title);
    if (words.size() != counts.size()) return {};
    std::vector<std::string> symbols;
    for (std::size_t k = 0; k < words.size(); ++k) {
      const std::string word = without_potcar(words[k]);
      const std::size_t digits = std::min(word.find_first_of("0123456789"), word.size());
      symbols.push_back(word.substr(0, digits));
      const bool fits = digits == word.size() || word.substr(digits) == counts[k];
      if (!fits || !atomic_number(symbols.back())) return {};
    }
    return symbols;
  }

  void add_atoms(const std::string& symbol, std::int64_t n, bool always_new) {
    const auto known = always_new
                           ? result_.species.end()
                           : std::find_if(result_.species.begin(), result_.species.end(),
                                          [&](const Species& s) { return s.symbol == symbol; });
    const int type = static_cast<int>(known - result_.species.begin());
    if (known == result_.species.end())
      result_.species.push_back({symbol, standard_weight(symbol).value_or(0.0)});
    if (result_.atoms.size() + static_cast<std::size_t>(n) > file_.size()) {
      file_.fail(next_, "more atoms are announced than the file has lines (truncated?)");
    }
    for (std::int64_t i = 0; i < n; ++i) {
      AtomRecord atom;
      atom.id = static_cast<std::int64_t>(result_.atoms.size()) + 1;
      atom.type = type;
      result_.atoms.push_back(atom);
    }
  }

  static char initial(std::string_view text) {
    return text.empty() ? ' '
                        : static_cast<char>(text[0] >= 'A' && text[0] <= 'Z' ? text[0] - 'A' + 'a'
                                                                             : text[0]);
  }

  void read_positions() {
    const bool selective = initial(line(next_, "Direct or Cartesian")) == 's';
    if (selective) ++next_;
    const char mode = initial(line(next_, "Direct or Cartesian"));
    if (mode != 'd' && mode != 'c' && mode != 'k') {
      file_.fail(next_, "expected Direct or Cartesian, found '{}'", trim(file_.line(next_)));
    }
    ++next_;
    for (AtomRecord& atom : result_.atoms) {
      std::array<double, 3> p = three(next_, "a position");
      if (selective) atom.held = held_axes();
      if (mode == 'd') {
        cell_.reorder(p);
        result_.box.to_cartesian(p.data(), atom.x);
      } else {
        for (std::size_t k = 0; k < 3; ++k) atom.x[k] = p[k] * scale_[k];
      }
      for (const double x : atom.x) {
        if (!std::isfinite(x)) file_.fail(next_, "a coordinate overflows");
      }
      ++next_;
    }
  }

  // The flags of Selective dynamics: T where the atom may move.
  unsigned held_axes() const {
    const auto words = split_words(file_.line(next_));
    unsigned held = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      const auto moves = words.size() >= 6 ? parse_logical(words[3 + k]) : std::nullopt;
      if (!moves)
        file_.fail(next_, "expected a position and three flags T or F (Selective dynamics)");
      if (!*moves) held |= 1U << k;
    }
    return held;
  }

  // The block is there if, after the positions, a mode line (maybe empty) is followed by numbers.
  void read_velocities() {
    std::size_t i = next_;
    if (i < file_.size() && initial(trim(file_.line(i))) == 'l') skip_lattice_velocities(i);
    if (i + 1 >= file_.size()) return;
    const std::string_view mode = trim(file_.line(i));
    const auto first = split_words(file_.line(i + 1));
    if (first.size() < 3 || !parse_double(first[0])) {
      if (!mode.empty())
        file_.fail(i, "expected the velocities' block or the end of the file, found '{}'", mode);
      return;
    }
    const char kind = initial(mode);
    if (kind == 'd')
      file_.fail(i,
                 "velocities in direct coordinates depend on POTIM; give them in Å/fs (Cartesian)");
    if (kind != ' ' && kind != 'c' && kind != 'k')
      file_.fail(i, "expected Cartesian velocities, found '{}'", mode);
    ++i;
    for (AtomRecord& atom : result_.atoms) {
      const std::array<double, 3> v = three(i, "a velocity");
      for (std::size_t k = 0; k < 3; ++k) atom.v[k] = v[k] * kFsPerPs;
      for (const double component : atom.v) {
        if (!std::isfinite(component)) file_.fail(i, "a velocity overflows");
      }
      ++i;
    }
    // After a relaxation VASP writes a block of zeros: that is no velocities.
    result_.has_velocities =
        std::any_of(result_.atoms.begin(), result_.atoms.end(), [](const AtomRecord& atom) {
          return atom.v[0] != 0.0 || atom.v[1] != 0.0 || atom.v[2] != 0.0;
        });
  }

  // "Lattice velocities and vectors": an initialisation state and six vectors, which we do not use.
  void skip_lattice_velocities(std::size_t& i) const {
    for (std::size_t k = 2; k <= 7; ++k) three(i + k, "a lattice velocity");
    i += 8;
  }

  const TextFile& file_;
  const std::vector<std::string>& elements_;
  Configuration result_;
  FileCell cell_;
  std::array<double, 3> scale_{};
  std::size_t next_ = 0;
};

}  // namespace

Configuration read_poscar(const std::string& path, const std::vector<std::string>& elements) {
  return read_poscar(TextFile(path), elements);
}

Configuration read_poscar(const TextFile& file, const std::vector<std::string>& elements) {
  return PoscarReader(file, elements).read();
}

}  // namespace splicemd::md
