// Reader of VASP 5 structure files (format: VASP manual, POSCAR).
#include "md/io/poscar.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "md/elements.hpp"

namespace splicemd::md {

namespace {

constexpr double kFsPerPs = 1000.0;

class PoscarReader {
 public:
  explicit PoscarReader(const TextFile& file) : file_(file) {}

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
    const auto words = split_words(line(1, "the scale"));
    if (words.size() != 1 && words.size() != 3)
      file_.fail(1, "expected one scale or three, found {}", words.size());
    for (std::size_t k = 0; k < 3; ++k)
      scale_[k] = file_.number(1, words[words.size() == 1 ? 0 : k], "a scale");
    for (std::size_t k = 0; k < 3; ++k) {
      if (scale_[k] == 0.0 || (words.size() == 3 && scale_[k] < 0.0))
        file_.fail(1, "a scale must not be {}", scale_[k]);
    }
    std::array<std::array<double, 3>, 3> rows{};
    for (std::size_t i = 0; i < 3; ++i) rows[i] = three(2 + i, "a lattice vector");
    try {
      if (scale_[0] < 0.0) {
        const double volume = Box::from_vectors(rows, {0, 0, 0}, {true, true, true}).volume();
        scale_.fill(std::cbrt(-scale_[0] / volume));
      }
      for (auto& row : rows) {
        for (std::size_t k = 0; k < 3; ++k) row[k] *= scale_[k];
      }
      result_.box = Box::from_vectors(rows, {0, 0, 0}, {true, true, true});
    } catch (const InputError& error) {
      file_.fail(2, "{}", error.what());
    }
  }

  void read_species() {
    const auto symbols = split_words(line(5, "the element symbols"));
    if (symbols.empty()) file_.fail(5, "expected element symbols");
    if (parse_int(symbols[0])) {
      file_.fail(5,
                 "this is the VASP 4 format without element symbols: put a line of them before the "
                 "counts");
    }
    const auto counts = split_words(line(6, "the numbers of atoms"));
    if (counts.size() != symbols.size()) {
      file_.fail(6, "{} elements are named but {} counts are given", symbols.size(), counts.size());
    }
    for (std::size_t k = 0; k < symbols.size(); ++k) {
      // POTCAR names may follow the symbol: "W_pv", "Fe/hash".
      const std::string symbol(symbols[k].substr(0, symbols[k].find_first_of("_/")));
      const std::int64_t n = file_.integer(6, counts[k], "a number of atoms");
      if (n < 0 || n > static_cast<std::int64_t>(file_.size())) {
        file_.fail(6, "{} {} atoms do not fit a file of {} lines", n, symbol, file_.size());
      }
      add_atoms(symbol, n);
    }
    if (result_.atoms.empty()) file_.fail(6, "the file has no atoms");
  }

  void add_atoms(const std::string& symbol, std::int64_t n) {
    const auto known = std::find_if(result_.species.begin(), result_.species.end(),
                                    [&](const Species& s) { return s.symbol == symbol; });
    const int type = static_cast<int>(known - result_.species.begin());
    if (known == result_.species.end())
      result_.species.push_back({symbol, standard_weight(symbol).value_or(0.0)});
    if (result_.atoms.size() + static_cast<std::size_t>(n) > file_.size()) {
      file_.fail(6, "more atoms are announced than the file has lines (truncated?)");
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
    next_ = 7;
    const bool selective = initial(line(next_, "Direct or Cartesian")) == 's';
    if (selective) ++next_;
    const char mode = initial(line(next_, "Direct or Cartesian"));
    if (mode != 'd' && mode != 'c' && mode != 'k') {
      file_.fail(next_, "expected Direct or Cartesian, found '{}'", trim(file_.line(next_)));
    }
    ++next_;
    for (AtomRecord& atom : result_.atoms) {
      const std::array<double, 3> p = three(next_, "a position");
      if (selective) check_flags();
      if (mode == 'd') {
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

  void check_flags() const {
    const auto words = split_words(file_.line(next_));
    bool good = words.size() >= 6;
    for (std::size_t k = 3; good && k < 6; ++k) good = words[k] == "T" || words[k] == "F";
    if (!good) file_.fail(next_, "expected a position and three flags T or F (Selective dynamics)");
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
  Configuration result_;
  std::array<double, 3> scale_{};
  std::size_t next_ = 0;
};

}  // namespace

Configuration read_poscar(const std::string& path) { return read_poscar(TextFile(path)); }
Configuration read_poscar(const TextFile& file) { return PoscarReader(file).read(); }

}  // namespace splicemd::md
