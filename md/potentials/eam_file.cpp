// Reads the three DYNAMO file formats of the embedded-atom method and checks every value.
#include "md/potentials/eam_file.hpp"

#include <algorithm>
#include <cmath>

#include "base/log.hpp"
#include "base/parse.hpp"

namespace splicemd::md {

namespace {

constexpr std::int64_t kMaxElements = 128;
constexpr std::int64_t kMinKnots = 5;  // the slope formula reaches two knots to either side
constexpr std::int64_t kMaxKnots = 10'000'000;
constexpr double kHartree = 27.2;  // eV; the rounded values are part of the funcfl format
constexpr double kBohr = 0.529;    // Å

// Walks through a file whose header lines are read as lines and whose tables are read as words.
class TableReader {
 public:
  TableReader(const TextFile& file, std::size_t first_line) : file_(file), line_(first_line) {}

  // The words of the next line that is neither blank nor a comment.
  std::vector<std::string_view> header(std::string_view what) {
    for (; line_ < file_.size(); ++line_) {
      const std::string_view line = file_.line(line_);
      auto words = split_words(line.substr(0, line.find('#')));
      if (words.empty()) continue;
      header_line_ = line_++;
      return words;
    }
    file_.fail(file_.size(), "the file ends where {} was expected", what);
  }

  // The next `count` numbers of each table. As in LAMMPS a table starts on a new line, may be laid out over lines
  // in any way, and what follows its last value on that line is no part of anything.
  std::vector<std::vector<double>> tables(
      const std::vector<std::pair<std::string, std::int64_t>>& wanted) {
    std::vector<std::vector<double>> result;
    for (const auto& [what, count] : wanted) result.push_back(table(what, count));
    return result;
  }

  // LAMMPS reads such files, and continues the tables' last values up to the cutoff.
  void check_cutoff(double cutoff, double dr, std::int64_t nr) const {
    constexpr double kBeyond = 10.0;  // times the tables' length: more is damage
    const double reach = dr * static_cast<double>(nr);
    if (cutoff > kBeyond * reach) {
      file_.fail(header_line_, "the cutoff {} Å lies far beyond the tables, which end at {} Å",
                 cutoff, reach);
    }
    if (cutoff > reach * (1.0 + 1e-9) && log::on_root()) {
      log::warning(
          "{}:{}: the cutoff {} Å lies beyond the tables, which end at {} Å; their last values go "
          "on "
          "up to it, as in LAMMPS",
          file_.path(), header_line_ + 1, cutoff, reach);
    }
  }

  // To be called after the last table: one warning for all that was ignored.
  void warn_of_ignored() {
    WordReader rest(file_, line_, '#');
    const auto word = rest.try_next();
    if (!log::on_root()) return;
    if (ignored_count_ > 0) {
      log::warning(
          "{}{} (a table starts on a new line, as LAMMPS reads it)", ignored_,
          ignored_count_ > 1 ? fmt::format(", and so on for {} tables", ignored_count_) : "");
    }
    if (word && parse_double(*word)) {
      log::warning("{}:{}: numbers after the last table are ignored: are Nrho and Nr right?",
                   file_.path(), rest.line() + 1);
    }
  }

  double number(const std::vector<std::string_view>& words, std::size_t k,
                std::string_view what) const {
    if (k >= words.size())
      file_.fail(header_line_, "{} is missing: the line has {} words", what, words.size());
    return file_.number(header_line_, words[k], what);
  }
  double positive(const std::vector<std::string_view>& words, std::size_t k,
                  std::string_view what) const {
    const double value = number(words, k, what);
    if (!(value > 0.0 && value < 1e10)) {
      file_.fail(header_line_, "{} must be positive, found {}", what, value);
    }
    return value;
  }
  std::int64_t count(const std::vector<std::string_view>& words, std::size_t k,
                     std::string_view what, std::int64_t min, std::int64_t max) const {
    if (k >= words.size())
      file_.fail(header_line_, "{} is missing: the line has {} words", what, words.size());
    const std::int64_t value = file_.integer(header_line_, words[k], what);
    if (value < min || value > max) {
      file_.fail(header_line_, "{} must be between {} and {}, found {}", what, min, max, value);
    }
    return value;
  }
  std::size_t header_line() const { return header_line_; }

 private:
  std::vector<double> table(const std::string& what, std::int64_t count) {
    WordReader words(file_, line_, '#');
    std::vector<double> values;
    while (static_cast<std::int64_t>(values.size()) < count) {
      const auto word = words.try_next();
      if (!word) {
        file_.fail(file_.size() - 1, "the file ends after {} of the {} values of {} (truncated?){}",
                   values.size(), count, what,
                   ignored_count_ > 0 ? "; ignored before: " + ignored_ : "");
      }
      values.push_back(file_.number(words.line(), *word, what));
    }
    const std::size_t last = words.line();
    line_ = last + 1;
    if (const auto extra = words.try_next(); extra && words.line() == last) {
      if (ignored_count_++ == 0) {
        ignored_ = fmt::format("{}:{}: '{}' after the last of the {} values of {} is ignored",
                               file_.path(), last + 1, *extra, count, what);
      }
    }
    return values;
  }

  const TextFile& file_;
  std::size_t line_;
  std::size_t header_line_ = 0;
  std::string ignored_;             // what followed the first table that had something after it
  std::int64_t ignored_count_ = 0;  // tables that had
};

struct Grid {
  std::int64_t nrho = 0, nr = 0;
};

Grid read_grid(TableReader& reader, double& drho, double& dr, double& cutoff) {
  const auto words = reader.header("the line 'Nrho drho Nr dr cutoff'");
  Grid grid;
  grid.nrho = reader.count(words, 0, "Nrho", kMinKnots, kMaxKnots);
  drho = reader.positive(words, 1, "drho");
  grid.nr = reader.count(words, 2, "Nr", kMinKnots, kMaxKnots);
  dr = reader.positive(words, 3, "dr");
  cutoff = reader.positive(words, 4, "the cutoff");
  reader.check_cutoff(cutoff, dr, grid.nr);
  return grid;
}

void read_elements(const TextFile& text, TableReader& reader, EamFile& file) {
  const auto words = reader.header("the number and names of the elements");
  const auto n = reader.count(words, 0, "the number of elements", 1, kMaxElements);
  if (static_cast<std::int64_t>(words.size()) != n + 1) {
    text.fail(reader.header_line(), "{} elements are announced, {} are named", n, words.size() - 1);
  }
  file.elements.assign(words.begin() + 1, words.end());
  for (std::size_t k = 0; k < file.elements.size(); ++k) {
    if (file.index_of(file.elements[k]) != static_cast<int>(k)) {
      text.fail(reader.header_line(), "element '{}' is named twice", file.elements[k]);
    }
  }
}

// setfl and Finnis–Sinclair differ only in how many density tables an element has.
EamFile read_multi_element(const std::string& path, bool density_per_site) {
  const TextFile text(path);
  TableReader reader(text, 3);  // three lines of comment
  EamFile file;
  file.path = path;
  read_elements(text, reader, file);
  const Grid grid = read_grid(reader, file.drho, file.dr, file.cutoff);
  const std::size_t n = file.elements.size();
  for (const std::string& element : file.elements) {
    const auto words = reader.header("the line 'Z mass lattice-constant lattice' of an element");
    file.mass.push_back(reader.positive(words, 1, "the mass"));
    std::vector<std::pair<std::string, std::int64_t>> wanted{{"F(rho) of " + element, grid.nrho}};
    for (std::size_t k = 0; k < (density_per_site ? n : 1); ++k) {
      wanted.emplace_back(
          "rho(r) of " + element + (density_per_site ? " at " + file.elements[k] : ""), grid.nr);
    }
    auto tables = reader.tables(wanted);
    file.embedding.push_back(std::move(tables.front()));
    tables.erase(tables.begin());
    file.density.push_back(std::move(tables));
  }
  std::vector<std::pair<std::string, std::int64_t>> wanted;
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = 0; b <= a; ++b) {
      wanted.emplace_back("r*phi(r) of " + file.elements[a] + "-" + file.elements[b], grid.nr);
    }
  }
  file.r_phi = reader.tables(wanted);
  reader.warn_of_ignored();
  return file;
}

// The cubic Lagrange polynomial through knots k−1 … k+2 around x = position·spacing.
double lagrange4(const std::vector<double>& table, double position) {
  const auto n = static_cast<std::int64_t>(table.size());
  const std::int64_t k = std::clamp<std::int64_t>(static_cast<std::int64_t>(position), 1, n - 3);
  const double p = std::min(position - static_cast<double>(k), 2.0);
  const double* f = table.data() + k;
  return -p * (p - 1.0) * (p - 2.0) / 6.0 * f[-1] + (p * p - 1.0) * (p - 2.0) / 2.0 * f[0] -
         p * (p + 1.0) * (p - 2.0) / 2.0 * f[1] + p * (p * p - 1.0) / 6.0 * f[2];
}

std::vector<double> regrid(const std::vector<double>& table, double spacing, std::int64_t n,
                           double step) {
  std::vector<double> result(static_cast<std::size_t>(n));
  for (std::int64_t m = 0; m < n; ++m) {
    result[static_cast<std::size_t>(m)] = lagrange4(table, static_cast<double>(m) * step / spacing);
  }
  return result;
}

}  // namespace

int EamFile::index_of(const std::string& element) const {
  const auto found = std::find(elements.begin(), elements.end(), element);
  return found == elements.end() ? -1 : static_cast<int>(found - elements.begin());
}

FuncflFile read_funcfl(const std::string& path) {
  const TextFile text(path);
  TableReader reader(text, 1);  // one line of comment
  FuncflFile file;
  file.path = path;
  const auto words = reader.header("the line 'Z mass lattice-constant lattice'");
  file.mass = reader.positive(words, 1, "the mass");
  const Grid grid = read_grid(reader, file.drho, file.dr, file.cutoff);
  auto tables = reader.tables({{"F(rho)", grid.nrho}, {"Z(r)", grid.nr}, {"rho(r)", grid.nr}});
  file.embedding = std::move(tables[0]);
  file.charge = std::move(tables[1]);
  file.density = std::move(tables[2]);
  reader.warn_of_ignored();
  return file;
}

EamFile read_setfl(const std::string& path) { return read_multi_element(path, false); }
EamFile read_finnis_sinclair(const std::string& path) { return read_multi_element(path, true); }

EamFile combine_funcfl(const std::vector<FuncflFile>& files,
                       const std::vector<std::string>& elements) {
  EamFile result;
  result.elements = elements;
  double r_max = 0.0, rho_max = 0.0;
  for (const FuncflFile& file : files) {
    result.path += (result.path.empty() ? "" : ", ") + file.path;
    result.drho = std::max(result.drho, file.drho);
    result.dr = std::max(result.dr, file.dr);
    result.cutoff = std::max(result.cutoff, file.cutoff);
    r_max = std::max(r_max, file.dr * static_cast<double>(file.charge.size() - 1));
    rho_max = std::max(rho_max, file.drho * static_cast<double>(file.embedding.size() - 1));
    result.mass.push_back(file.mass);
  }
  const auto knots = [&](double range, double step) {
    require(range / step < static_cast<double>(kMaxKnots),
            "{}: the files' grids differ too much to be combined", result.path);
    return static_cast<std::int64_t>(std::llround(range / step));
  };
  const std::int64_t nr = knots(r_max, result.dr), nrho = knots(rho_max, result.drho);
  require(nr >= kMinKnots && nrho >= kMinKnots, "{}: the tables are too short", result.path);
  std::vector<std::vector<double>> charge;
  for (const FuncflFile& file : files) {
    result.embedding.push_back(regrid(file.embedding, file.drho, nrho, result.drho));
    result.density.push_back({regrid(file.density, file.dr, nr, result.dr)});
    charge.push_back(regrid(file.charge, file.dr, nr, result.dr));
    for (const auto& other : charge) {
      std::vector<double> r_phi(other.size());
      for (std::size_t k = 0; k < r_phi.size(); ++k)
        r_phi[k] = kHartree * kBohr * charge.back()[k] * other[k];
      result.r_phi.push_back(std::move(r_phi));
    }
  }
  return result;
}

}  // namespace splicemd::md
