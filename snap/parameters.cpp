// Readers of .snapcoeff and .snapparam files.
#include "snap/parameters.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "base/parse.hpp"

namespace splicemd::snap {

namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 28;
constexpr std::int64_t kMaxElements = 64;
constexpr std::int64_t kMaxCoefficients = std::int64_t{1}
                                          << 24;  // of all elements of a file together
constexpr double kLargestLength = 1e3;            // Å

std::string_view strip_comment(std::string_view line) {
  return trim(line.substr(0, std::min(line.find('#'), line.size())));
}

// A .snapcoeff file as it stands.
struct CoefficientFile {
  std::vector<Element> elements;
  std::vector<std::size_t> lines;  // of each element's header, 0-based
  std::size_t header_line = 0;
  std::int64_t count = 0;  // coefficients per element
};

void read_element_header(const TextFile& file, WordReader& words, CoefficientFile& out) {
  Element element;
  element.name = std::string(words.next("an element name"));
  if (parse_double(element.name)) {
    file.fail(
        words.line(),
        "expected an element name, found the number '{}': are there more than {} coefficients?",
        element.name, out.count);
  }
  for (const Element& other : out.elements) {
    if (other.name == element.name)
      file.fail(words.line(), "element '{}' appears twice", element.name);
  }
  out.lines.push_back(words.line());
  element.radius = words.number("the radius of the element");
  if (element.radius <= 0.0 || element.radius > kLargestLength) {
    file.fail(words.line(), "the radius of {} must be positive and at most {}, found {}",
              element.name, kLargestLength, element.radius);
  }
  element.weight = words.number("the weight of the element");
  if (words.line() != out.lines.back()) {
    file.fail(out.lines.back(), "expected 'element radius weight' on one line");
  }
  out.elements.push_back(std::move(element));
}

CoefficientFile read_coefficients(const TextFile& file) {
  CoefficientFile out;
  WordReader words(file, 0, '#');
  const std::int64_t elements = words.integer("the number of elements");
  out.header_line = words.line();
  if (elements < 1 || elements > kMaxElements) {
    file.fail(words.line(), "the number of elements must be 1 to {}, found {}", kMaxElements,
              elements);
  }
  out.count = words.integer("the number of coefficients per element");
  if (out.count < 1 || out.count > kMaxCoefficients / elements) {
    file.fail(words.line(), "the number of coefficients per element must be 1 to {}, found {}",
              kMaxCoefficients / elements, out.count);
  }
  for (std::int64_t e = 0; e < elements; ++e) {
    read_element_header(file, words, out);
    std::vector<double>& beta = out.elements.back().beta;
    // Grows with what the file holds, not with what its header promises.
    for (std::int64_t c = 0; c < out.count; ++c) {
      const auto word = words.try_next();
      if (!word) {
        file.fail(file.size() == 0 ? 0 : file.size() - 1,
                  "the file ends after {} of the {} coefficients of {}", c, out.count,
                  out.elements.back().name);
      }
      const auto value = parse_double(*word);
      if (!value) {
        file.fail(words.line(),
                  "expected coefficient {} of {} for {} (a finite number), found '{}'", c + 1,
                  out.count, out.elements.back().name, *word);
      }
      beta.push_back(*value);
    }
  }
  if (const auto rest = words.try_next()) {
    file.fail(words.line(), "unexpected '{}' after the last coefficient", *rest);
  }
  return out;
}

// Values of a .snapparam file that are one per element, until the element list is matched.
struct PerElement {
  std::optional<std::size_t> line;
  std::vector<double> values;
};

class ParameterReader {
 public:
  ParameterReader(const TextFile& file, std::size_t elements) : file_(file), elements_(elements) {
    bind_number("rcutfac", &out.rcutfac, 0.0, kLargestLength);
    bind_number("rfac0", &out.rfac0, 0.0, 10.0);
    bind_number("rmin0", &out.rmin0, -kLargestLength, kLargestLength);
    bind_flag("switchflag", &out.switchflag);
    bind_flag("bzeroflag", &out.bzeroflag);
    bind_flag("quadraticflag", &out.quadraticflag);
    bind_flag("chemflag", &out.chemflag);
    bind_flag("bnormflag", &out.bnormflag);
    bind_flag("wselfallflag", &out.wselfallflag);
    bind_flag("switchinnerflag", &out.switchinnerflag);
    bind_count("chunksize", &out.chunksize);
    bind_count("parallelthresh", &out.parallelthresh);
    handlers_["twojmax"] = [this](std::size_t line, const Words& words) {
      out.twojmax = static_cast<int>(integer(line, words, 0, kMaxTwojmax));
    };
    handlers_["diagonalstyle"] = [this](std::size_t line, const Words& words) {
      const std::int64_t style = integer(line, words, 0, 3);
      if (style != 3) {
        file_.fail(
            line,
            "diagonalstyle {} is not supported: 3 (all components with j2 <= j1 <= j) is the "
            "only form, in LAMMPS too",
            style);
      }
    };
    handlers_["sinner"] = [this](std::size_t line, const Words& words) {
      list(line, words, sinner);
    };
    handlers_["dinner"] = [this](std::size_t line, const Words& words) {
      list(line, words, dinner);
    };
  }

  void read() {
    for (std::size_t line = 0; line < file_.size(); ++line) {
      const Words words = split_words(strip_comment(file_.line(line)));
      if (words.empty()) continue;
      const std::string key(words[0]);
      const auto handler = handlers_.find(key);
      if (handler == handlers_.end()) {
        file_.fail(line, "unknown keyword '{}'{}", key, did_you_mean(key, names()));
      }
      if (!seen_.insert(key).second) file_.fail(line, "keyword '{}' appears twice", key);
      handler->second(line, words);
    }
    for (const char* key : {"rcutfac", "twojmax"}) {
      require(seen_.count(key) != 0, "{}: the required keyword '{}' is missing", file_.path(), key);
    }
    require(out.rcutfac > 0.0, "{}: rcutfac must be positive", file_.path());
  }

  Parameters out;
  PerElement sinner, dinner;

 private:
  using Words = std::vector<std::string_view>;

  void one_value(std::size_t line, const Words& words) const {
    if (words.size() != 2)
      file_.fail(line, "keyword '{}' takes one value, found {}", words[0], words.size() - 1);
  }
  std::int64_t integer(std::size_t line, const Words& words, std::int64_t min,
                       std::int64_t max) const {
    one_value(line, words);
    const std::int64_t value = file_.integer(line, words[1], "an integer");
    if (value < min || value > max) {
      file_.fail(line, "{} must be an integer from {} to {}, found {}", words[0], min, max, value);
    }
    return value;
  }
  void bind_number(const char* key, double* target, double min, double max) {
    handlers_[key] = [this, target, min, max](std::size_t line, const Words& words) {
      one_value(line, words);
      *target = file_.number(line, words[1], "a number");
      if (*target < min || *target > max) {
        file_.fail(line, "{} must be from {} to {}, found {}", words[0], min, max, *target);
      }
    };
  }
  void bind_flag(const char* key, bool* target) {
    handlers_[key] = [this, target](std::size_t line, const Words& words) {
      *target = integer(line, words, 0, 1) != 0;
    };
  }
  void bind_count(const char* key, std::int64_t* target) {
    handlers_[key] = [this, target](std::size_t line, const Words& words) {
      *target = integer(line, words, 1, std::int64_t{1} << 31);
    };
  }
  void list(std::size_t line, const Words& words, PerElement& target) const {
    if (words.size() != elements_ + 1) {
      file_.fail(line, "{} takes one value per element ({}), found {}", words[0], elements_,
                 words.size() - 1);
    }
    target.line = line;
    for (std::size_t k = 1; k < words.size(); ++k) {
      target.values.push_back(file_.number(line, words[k], "a length"));
    }
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : handlers_) all.push_back(entry.first);
    return all;
  }

  const TextFile& file_;
  std::size_t elements_;
  std::map<std::string, std::function<void(std::size_t, const Words&)>> handlers_;
  std::set<std::string> seen_;
};

void set_inner_switching(const TextFile& file, const ParameterReader& reader,
                         const std::vector<std::string>& names, Parameters& out) {
  if (!out.switchinnerflag) {
    require(!reader.sinner.line && !reader.dinner.line,
            "{}: sinner and dinner need switchinnerflag 1", file.path());
    return;
  }
  require(reader.sinner.line && reader.dinner.line, "{}: switchinnerflag 1 needs sinner and dinner",
          file.path());
  for (Element& element : out.elements) {
    const auto k = static_cast<std::size_t>(std::find(names.begin(), names.end(), element.name) -
                                            names.begin());
    element.sinner = reader.sinner.values[k];
    element.dinner = reader.dinner.values[k];
    if (element.dinner <= 0.0) {
      file.fail(*reader.dinner.line, "dinner must be positive, found {} for {}", element.dinner,
                element.name);
    }
  }
}

void check_counts(const TextFile& file, const CoefficientFile& coefficients,
                  const Parameters& out) {
  const std::int64_t linear = linear_count(out);
  const std::int64_t expected = 1 + linear + (out.quadraticflag ? linear * (linear + 1) / 2 : 0);
  if (coefficients.count != expected) {
    file.fail(coefficients.header_line,
              "{} coefficients per element, but twojmax {}, quadraticflag {} and chemflag {} with "
              "{} element(s) "
              "need {}",
              coefficients.count, out.twojmax, int(out.quadraticflag), int(out.chemflag),
              coefficients.elements.size(), expected);
  }
}

}  // namespace

double Parameters::max_cutoff() const {
  double largest = 0.0;
  for (const Element& element : elements)
    largest = std::max(largest, 2.0 * rcutfac * element.radius);
  return largest;
}

int bispectrum_count(int twojmax) {
  int count = 0;
  for (int j1 = 0; j1 <= twojmax; ++j1) {
    for (int j2 = 0; j2 <= j1; ++j2) {
      for (int j = j1 - j2; j <= std::min(twojmax, j1 + j2); j += 2) count += j >= j1 ? 1 : 0;
    }
  }
  return count;
}

std::int64_t linear_count(const Parameters& parameters) {
  const std::int64_t n = parameters.channels();
  return n * n * n * bispectrum_count(parameters.twojmax);
}

Parameters read_parameters(const std::string& coefficients_path, const std::string& parameters_path,
                           const std::vector<std::string>& elements) {
  require(!elements.empty(), "{}: no element is mapped to this potential", coefficients_path);
  const TextFile coefficient_text(coefficients_path, kMaxFileBytes);
  const CoefficientFile file = read_coefficients(coefficient_text);
  const TextFile parameter_text(parameters_path, kMaxFileBytes);
  ParameterReader reader(parameter_text, elements.size());
  reader.read();

  Parameters out = reader.out;
  std::vector<std::string> available;
  for (const Element& element : file.elements) available.push_back(element.name);
  for (const std::string& name : elements) {
    const auto found = std::find(available.begin(), available.end(), name);
    require(found != available.end(), "{}: no element '{}' in this file{}; it holds: {}",
            coefficients_path, name, did_you_mean(name, available), fmt::join(available, ", "));
    require(std::count(elements.begin(), elements.end(), name) == 1, "element '{}' is listed twice",
            name);
    if (!out.chemflag)
      out.elements.push_back(file.elements[static_cast<std::size_t>(found - available.begin())]);
  }
  if (out.chemflag) {
    require(elements.size() == available.size(),
            "{}: with chemflag every element of the file must be used; it holds: {}",
            coefficients_path, fmt::join(available, ", "));
    out.elements = file.elements;
  }
  set_inner_switching(parameter_text, reader, elements, out);
  check_counts(coefficient_text, file, out);
  for (const Element& a : out.elements) {
    for (const Element& b : out.elements) {
      require(out.rmin0 < out.rcutfac * (a.radius + b.radius),
              "{}: rmin0 {} is not below the cutoff {} of the pair {}-{}", parameters_path,
              out.rmin0, out.rcutfac * (a.radius + b.radius), a.name, b.name);
    }
  }
  return out;
}

}  // namespace splicemd::snap
