// Lennard-Jones: coefficients from a deck, mixing of unlike species, and the pair sum.
#include "md/potentials/lj.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "md/potentials/species_map.hpp"

namespace splicemd::md {

LennardJones::LennardJones(const std::vector<std::vector<LjPair>>& pairs, bool shift) {
  const std::size_t n = pairs.size();
  DeviceView<LjCoefficients**> device("lj::pairs", n, n);
  const auto host = Kokkos::create_mirror_view(device);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      const LjPair& pair = pairs[i][j];
      LjCoefficients& out = host(i, j);
      out.s6 = 4.0 * pair.epsilon * std::pow(pair.sigma, 6);
      out.s12 = 4.0 * pair.epsilon * std::pow(pair.sigma, 12);
      out.cutoff_sq = pair.cutoff * pair.cutoff;
      const double inv6 = 1.0 / (out.cutoff_sq * out.cutoff_sq * out.cutoff_sq);
      out.shift = shift ? (out.s12 * inv6 - out.s6) * inv6 : 0.0;
      cutoff_ = std::max(cutoff_, pair.cutoff);
    }
  }
  Kokkos::deep_copy(device, host);
  term_.pairs = device;
}

void LennardJones::compute(const ForceInput& in, Phase phase, const ForceOutput& out) {
  add_pair_forces("md::lj_cut", term_, in, phase, out);
}

namespace {

// An unlike pair the deck does not give: σ by the chosen mean, ε by the geometric one.
LjPair mix(const LjPair& a, const LjPair& b, const std::string& mixing) {
  LjPair result;
  result.epsilon = std::sqrt(a.epsilon * b.epsilon);
  result.sigma = mixing == "arithmetic" ? 0.5 * (a.sigma + b.sigma) : std::sqrt(a.sigma * b.sigma);
  result.cutoff = std::max(a.cutoff, b.cutoff);
  return result;
}

LjPair read_pair(const ConfigNode& node, double cutoff) {
  LjPair pair;
  pair.epsilon = node.at("epsilon").number(Dimension::energy, 0.0, 1e6);
  pair.sigma = node.at("sigma").number(Dimension::length, 1e-3, 1e3);
  pair.cutoff = node.number("cutoff", Dimension::length, cutoff, 1e-3, 1e3);
  return pair;
}

}  // namespace

std::unique_ptr<Potential> make_lj_cut(const ConfigNode& term,
                                       const std::vector<Species>& species) {
  const double cutoff = term.at("cutoff").number(Dimension::length, 1e-3, 1e3);
  const auto mixing =
      term.has("mixing") ? term.at("mixing").choice({"arithmetic", "geometric"}) : "geometric";
  const std::size_t n = species.size();
  std::vector<std::vector<LjPair>> pairs(n, std::vector<LjPair>(n));
  std::vector<std::vector<bool>> given(n, std::vector<bool>(n, false));
  for (const ConfigNode& node : term.at("pairs").items()) {
    const auto names = node.at("species").items();
    if (names.size() != 2) node.fail("species must name two species, found {}", names.size());
    const auto i = static_cast<std::size_t>(species_index(names[0], species));
    const auto j = static_cast<std::size_t>(species_index(names[1], species));
    if (given[i][j])
      node.fail("the pair {} {} is given twice", species[i].symbol, species[j].symbol);
    pairs[i][j] = pairs[j][i] = read_pair(node, cutoff);
    given[i][j] = given[j][i] = true;
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (!given[i][i]) term.at("pairs").fail("the pair {0} {0} is missing", species[i].symbol);
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      if (!given[i][j]) pairs[i][j] = mix(pairs[i][i], pairs[j][j], mixing);
    }
  }
  return std::make_unique<LennardJones>(pairs, term.boolean("shift", false));
}

}  // namespace splicemd::md
