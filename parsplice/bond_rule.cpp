// Cutoffs from the deck or from the radial distribution function, and the bonds they make.
#include "parsplice/bond_rule.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace splicemd::parsplice {
namespace {

constexpr double kBin = 0.02;    // Å
constexpr double kWidth = 0.08;  // Å, the Gaussian each distance is smeared with

// Calls use(i, j, r²) for every pair of an owned atom and a listed neighbour.
template <class Use>
void for_each_pair(const md::System& system, const md::Forces& forces, const Use& use) {
  const md::NeighbourList list = forces.lists().full();
  const auto host = [](const auto& view) {
    return Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), view);
  };
  const auto x = host(system.atoms.x);
  const auto count = host(list.count);
  const auto neighbours = host(list.neighbours);
  for (int i = 0; i < system.atoms.n_local; ++i) {
    for (int k = 0; k < count(i); ++k) {
      const int j = neighbours(i, k);
      double r2 = 0.0;
      for (int c = 0; c < 3; ++c) r2 += (x(i, c) - x(j, c)) * (x(i, c) - x(j, c));
      use(i, j, r2);
    }
  }
}

template <class View>
auto on_host(const View& view) {
  return Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), view);
}

}  // namespace

double first_rdf_minimum(const std::vector<double>& distances, double reach) {
  const auto bins = static_cast<std::size_t>(reach / kBin);
  std::vector<double> g(bins, 0.0);
  for (const double r : distances) {
    const double centre = r / kBin;
    const auto first = static_cast<std::ptrdiff_t>(centre - 4 * kWidth / kBin);
    for (std::ptrdiff_t b = std::max<std::ptrdiff_t>(first, 0);
         b <= static_cast<std::ptrdiff_t>(centre + 4 * kWidth / kBin); ++b) {
      if (b >= static_cast<std::ptrdiff_t>(bins)) break;
      const double d = (static_cast<double>(b) + 0.5 - centre) * kBin / kWidth;
      g[static_cast<std::size_t>(b)] += std::exp(-0.5 * d * d) / (r * r);
    }
  }
  if (g.empty()) return 0.0;
  const double highest = *std::max_element(g.begin(), g.end());
  std::size_t peak = 0;
  while (peak + 1 < bins && (g[peak] < 0.3 * highest || g[peak + 1] > g[peak])) ++peak;
  // The valley ends where g has risen again by a tenth of the peak.
  double lowest = g[peak];
  std::size_t end = peak;
  while (end < bins && g[end] < lowest + 0.1 * g[peak]) lowest = std::min(lowest, g[end++]);
  if (end == bins) return 0.0;
  double sum = 0.0, weight = 0.0;
  for (std::size_t b = peak; b < end; ++b) {
    if (g[b] > lowest + 0.01 * g[peak]) continue;
    sum += (static_cast<double>(b) + 0.5) * kBin;
    weight += 1.0;
  }
  return sum / weight;
}

void BondRule::set(std::size_t a, std::size_t b, double cutoff, bool from_rdf) {
  for (const std::size_t k : {a * species_ + b, b * species_ + a}) {
    cutoffs_[k] = cutoff;
    is_from_rdf_[k] = from_rdf ? 1 : 0;
  }
}

BondRule BondRule::read(const ConfigNode& node, const std::vector<std::string>& symbols) {
  BondRule rule;
  rule.species_ = symbols.size();
  rule.cutoffs_.assign(symbols.size() * symbols.size(), 0.0);
  rule.is_from_rdf_.assign(rule.cutoffs_.size(), 1);
  const auto cutoff_of = [](const ConfigNode& value) {
    return value.text() == "rdf" ? 0.0 : value.number(Dimension::length, 0.1, 100.0);
  };
  if (!node.is_map()) {
    const double cutoff = cutoff_of(node);
    for (std::size_t a = 0; a < symbols.size(); ++a) {
      for (std::size_t b = 0; b <= a; ++b) rule.set(a, b, cutoff, cutoff == 0.0);
    }
    return rule;
  }
  const auto fallback = node.find("default");
  for (std::size_t a = 0; a < symbols.size(); ++a) {
    for (std::size_t b = 0; b <= a; ++b) {
      auto value = node.find(symbols[a] + "-" + symbols[b]);
      if (!value) value = node.find(symbols[b] + "-" + symbols[a]);
      if (!value) value = fallback;
      if (!value) {
        node.fail("no cutoff for the pair {}-{}: name it, or give `default`", symbols[b],
                  symbols[a]);
      }
      const double cutoff = cutoff_of(*value);
      rule.set(a, b, cutoff, cutoff == 0.0);
    }
  }
  return rule;
}

bool BondRule::needs_rdf() const {
  return std::any_of(cutoffs_.begin(), cutoffs_.end(), [](double r) { return r == 0.0; });
}

double BondRule::largest() const { return *std::max_element(cutoffs_.begin(), cutoffs_.end()); }

void BondRule::from_rdf(const md::System& system, const md::Forces& forces) {
  const auto type = on_host(system.atoms.type);
  const double reach = forces.cutoff() + forces.settings().skin;
  for (std::size_t a = 0; a < species_; ++a) {
    for (std::size_t b = 0; b <= a; ++b) {
      if (cutoff(a, b) != 0.0) continue;
      std::vector<double> distances;
      for_each_pair(system, forces, [&](int i, int j, double r2) {
        const auto ti = static_cast<std::size_t>(type(i)), tj = static_cast<std::size_t>(type(j));
        if (std::max(ti, tj) == a && std::min(ti, tj) == b) distances.push_back(std::sqrt(r2));
      });
      distances = system.comm.gather(distances);
      double minimum = first_rdf_minimum(distances, reach);
      system.comm.broadcast(minimum);
      require(minimum > 0.0,
              "the radial distribution function of species {} and {} has no first minimum within "
              "{:.3g} Å: give the bond cutoff",
              b + 1, a + 1, reach);
      set(a, b, minimum, true);
    }
  }
}

std::string BondRule::describe(const std::vector<std::string>& symbols) const {
  std::string text;
  for (std::size_t a = 0; a < species_; ++a) {
    for (std::size_t b = a; b < species_; ++b) {
      text += fmt::format("{}{}-{} {:.4g} Å{}", text.empty() ? "" : ", ", symbols[a], symbols[b],
                          cutoff(a, b),
                          is_from_rdf_[a * species_ + b] != 0 ? " (first minimum of the RDF)" : "");
    }
  }
  return text;
}

std::vector<std::pair<AtomIndex, AtomIndex>> BondRule::bonds(const md::System& system,
                                                             const md::Forces& forces) const {
  const auto type = on_host(system.atoms.type);
  const auto id = on_host(system.atoms.id);
  struct Bond {
    AtomIndex a, b;
  };
  std::vector<Bond> found;
  for_each_pair(system, forces, [&](int i, int j, double r2) {
    if (id(i) >= id(j)) return;  // the other side lists it too
    const double r = cutoff(static_cast<std::size_t>(type(i)), static_cast<std::size_t>(type(j)));
    if (r2 > r * r) return;
    found.push_back({static_cast<AtomIndex>(id(i) - 1), static_cast<AtomIndex>(id(j) - 1)});
  });
  if (system.comm.size() > 1) found = system.comm.gather(found);
  std::vector<std::pair<AtomIndex, AtomIndex>> result;
  result.reserve(found.size());
  for (const Bond& bond : found) result.emplace_back(bond.a, bond.b);
  return result;
}

}  // namespace splicemd::parsplice
