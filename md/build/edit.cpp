// Cuts, vacancies, adatoms, displacements and random species. Random choices are functions of (seed, atom
// id), so that they do not depend on the order of the atoms.
#include "md/build/edit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_set>

#include "base/error.hpp"
#include "base/parse.hpp"
#include "base/random.hpp"
#include "md/elements.hpp"

namespace splicemd::md {

namespace {

constexpr double kClosest = 0.5;  // Å; nearer than this no two atoms ever are

void number_atoms(Configuration& c) {
  for (std::size_t i = 0; i < c.atoms.size(); ++i) c.atoms[i].id = static_cast<std::int64_t>(i) + 1;
}

// Squared distance (Å²) of two points, of the nearest images along periodic axes; exact for boxes that
// are not too skewed, and it never is too small.
double image_distance2(const Box& box, const double p[3], const double q[3]) {
  double s[3], t[3], n[3];
  box.to_fractional(p, s);
  box.to_fractional(q, t);
  for (int k = 0; k < 3; ++k) n[k] = box.periodic[k] ? std::round(s[k] - t[k]) : 0.0;
  double best = std::numeric_limits<double>::max();
  const auto range = [&](int k) { return box.periodic[k] ? 1 : 0; };
  for (int i = -range(0); i <= range(0); ++i) {
    for (int j = -range(1); j <= range(1); ++j) {
      for (int k = -range(2); k <= range(2); ++k) {
        double shift[3];
        box.lattice_vector(n[0] + i, n[1] + j, n[2] + k, shift);
        double d2 = 0.0;
        for (int m = 0; m < 3; ++m) d2 += std::pow(p[m] - q[m] - shift[m], 2);
        best = std::min(best, d2);
      }
    }
  }
  return best;
}

// The indices of `rows` in the random order of (seed, stream, atom id).
void shuffle_by_id(const Configuration& c, std::vector<std::size_t>& rows, std::uint64_t seed,
                   RandomStream stream) {
  std::vector<std::pair<std::uint64_t, std::size_t>> keyed;
  keyed.reserve(rows.size());
  for (const std::size_t row : rows) {
    std::uint64_t bits[4];
    random_bits(seed, stream, static_cast<std::uint64_t>(c.atoms[row].id), 0, 0, bits);
    keyed.emplace_back(bits[0], row);
  }
  std::sort(keyed.begin(), keyed.end(), [&](const auto& p, const auto& q) {
    return p.first != q.first ? p.first < q.first : c.atoms[p.second].id < c.atoms[q.second].id;
  });
  std::transform(keyed.begin(), keyed.end(), rows.begin(),
                 [](const auto& entry) { return entry.second; });
}

void remove_rows(Configuration& c, const std::unordered_set<std::size_t>& rows) {
  std::vector<AtomRecord> kept;
  kept.reserve(c.atoms.size() - rows.size());
  for (std::size_t i = 0; i < c.atoms.size(); ++i) {
    if (rows.count(i) == 0) kept.push_back(c.atoms[i]);
  }
  c.atoms = std::move(kept);
  number_atoms(c);
}

}  // namespace

void cut_sphere(Configuration& c, double radius, double vacuum) {
  require(std::isfinite(radius) && radius > 0.0, "the sphere's radius must be positive, found {}",
          radius);
  require(std::isfinite(vacuum) && vacuum >= 0.0, "the vacuum must not be negative, found {}",
          vacuum);
  for (int k = 0; k < 3; ++k) {
    require(2.0 * radius <= c.box.face_distance(k) + 1e-9,
            "a sphere of radius {} Å does not fit the box, which is {:.6g} Å wide along {}: more "
            "repeats are needed",
            radius, c.box.face_distance(k), "abc"[k]);
  }
  const double half[3] = {0.5, 0.5, 0.5};
  double centre[3];
  c.box.to_cartesian(half, centre);
  const auto outside = [&](const AtomRecord& atom) {
    double d2 = 0.0;
    for (int k = 0; k < 3; ++k) d2 += std::pow(atom.x[k] - centre[k], 2);
    return d2 > radius * radius;
  };
  c.atoms.erase(std::remove_if(c.atoms.begin(), c.atoms.end(), outside), c.atoms.end());
  require(!c.atoms.empty(), "no atom is within {} Å of the sphere's centre", radius);
  number_atoms(c);
  const double edge = 2.0 * (radius + vacuum);
  c.box = Box::from_vectors({{{edge, 0, 0}, {0, edge, 0}, {0, 0, edge}}},
                            {centre[0] - edge / 2, centre[1] - edge / 2, centre[2] - edge / 2},
                            {false, false, false});
}

void cut_slab(Configuration& c, int axis, double vacuum) {
  require(axis >= 0 && axis < 3, "the slab's axis must be 0, 1 or 2, found {}", axis);
  require(std::isfinite(vacuum) && vacuum >= 0.0, "the vacuum must not be negative, found {}",
          vacuum);
  const double* normal = c.box.h[axis];
  double length2 = 0.0;
  for (int k = 0; k < 3; ++k) length2 += normal[k] * normal[k];
  for (int other = 0; other < 3; ++other) {
    if (other == axis) continue;
    double dot = 0.0;
    for (int k = 0; k < 3; ++k) dot += normal[k] * c.box.h[other][k];
    require(std::abs(dot) <= 1e-9 * length2,
            "a slab needs a box whose axis {} is orthogonal to the others", "abc"[axis]);
  }
  const double length = std::sqrt(length2);
  double rows[3][3];
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k < 3; ++k)
      rows[i][k] = c.box.h[i][k] * (i == axis ? (length + vacuum) / length : 1.0);
  }
  for (int k = 0; k < 3; ++k) c.box.origin[k] -= 0.5 * vacuum * normal[k] / length;
  c.box.set_vectors(rows);
  c.box.periodic[axis] = false;
}

void remove_random_atoms(Configuration& c, std::int64_t count, std::uint64_t seed) {
  require(count >= 0 && count < static_cast<std::int64_t>(c.atoms.size()),
          "{} vacancies are too many for {} atoms", count, c.atoms.size());
  std::vector<std::size_t> rows(c.atoms.size());
  std::iota(rows.begin(), rows.end(), 0);
  shuffle_by_id(c, rows, seed, RandomStream::build_vacancies);
  remove_rows(c, {rows.begin(), rows.begin() + count});
}

void remove_nearest_atom(Configuration& c, const std::array<double, 3>& point) {
  require(c.atoms.size() > 1, "a vacancy would leave no atom");
  std::size_t nearest = 0;
  double best = std::numeric_limits<double>::max();
  for (std::size_t i = 0; i < c.atoms.size(); ++i) {
    const double d2 = image_distance2(c.box, c.atoms[i].x, point.data());
    // Atoms equally far up to rounding: the lowest id, so that the choice is the same everywhere.
    if (d2 < best - 1e-9) {
      best = d2;
      nearest = i;
    }
  }
  remove_rows(c, {nearest});
}

void remove_atoms(Configuration& c, const std::vector<std::int64_t>& ids) {
  const std::unordered_set<std::int64_t> wanted(ids.begin(), ids.end());
  require(wanted.size() == ids.size(), "an atom id is given twice among the vacancies");
  std::unordered_set<std::size_t> rows;
  for (std::size_t i = 0; i < c.atoms.size(); ++i) {
    if (wanted.count(c.atoms[i].id) != 0) rows.insert(i);
  }
  require(rows.size() == wanted.size(), "{} of the {} atom ids do not exist (ids are 1 to {})",
          wanted.size() - rows.size(), wanted.size(), c.atoms.size());
  require(rows.size() < c.atoms.size(), "the vacancies would leave no atom");
  remove_rows(c, rows);
}

void add_atom(Configuration& c, const std::string& element, const std::array<double, 3>& point) {
  for (const AtomRecord& other : c.atoms) {
    const double d2 = image_distance2(c.box, other.x, point.data());
    require(d2 >= kClosest * kClosest, "the {} atom at ({}, {}, {}) would be {:.3f} Å from atom {}",
            element, point[0], point[1], point[2], std::sqrt(d2), other.id);
  }
  AtomRecord atom;
  for (const AtomRecord& other : c.atoms) atom.id = std::max(atom.id, other.id);
  ++atom.id;
  atom.type = species_index(c, element);
  for (std::size_t k = 0; k < 3; ++k) atom.x[k] = point[k];
  c.atoms.push_back(atom);
}

std::array<double, 3> point_above(const Configuration& c, double x, double y, double height,
                                  double reach) {
  double top = -std::numeric_limits<double>::max();
  for (const AtomRecord& atom : c.atoms) {
    const double level[3] = {x, y, atom.x[2]};
    if (image_distance2(c.box, atom.x, level) <= reach * reach) top = std::max(top, atom.x[2]);
  }
  require(top > -std::numeric_limits<double>::max(),
          "there is no atom within {} Å of the line x = {}, y = {}", reach, x, y);
  return {x, y, top + height};
}

void displace_randomly(Configuration& c, double amplitude, std::uint64_t seed) {
  require(std::isfinite(amplitude) && amplitude >= 0.0,
          "the amplitude must not be negative, found {}", amplitude);
  for (AtomRecord& atom : c.atoms) {
    double u[4];
    random_uniform4(seed, RandomStream::build_displace, static_cast<std::uint64_t>(atom.id), 0, 0,
                    u);
    for (int k = 0; k < 3; ++k) atom.x[k] += amplitude * (2.0 * u[k] - 1.0);
  }
}

void randomise_species(Configuration& c,
                       const std::vector<std::pair<std::string, double>>& fractions,
                       std::uint64_t seed, const std::string& on) {
  require(!fractions.empty(), "no fractions are given");
  double sum = 0.0;
  for (const auto& [element, fraction] : fractions) {
    require(std::isfinite(fraction) && fraction >= 0.0, "the fraction of {} is negative: {}",
            element, fraction);
    sum += fraction;
  }
  require(std::abs(sum - 1.0) <= 1e-6, "the fractions must sum to 1, not to {}", sum);
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < c.atoms.size(); ++i) {
    if (on.empty() || c.species[static_cast<std::size_t>(c.atoms[i].type)].symbol == on)
      rows.push_back(i);
  }
  require(!rows.empty(), "no atom is of the element '{}' that fractions replace", on);
  shuffle_by_id(c, rows, seed, RandomStream::build_species);
  // Element k gets the atoms between the rounded cumulative shares: no count is off by more than one.
  double cumulative = 0.0;
  std::size_t first = 0;
  for (std::size_t k = 0; k < fractions.size(); ++k) {
    cumulative += fractions[k].second;
    const auto share =
        static_cast<std::size_t>(std::llround(cumulative / sum * static_cast<double>(rows.size())));
    const std::size_t last = k + 1 == fractions.size() ? rows.size() : std::min(share, rows.size());
    const int type = species_index(c, fractions[k].first);
    for (; first < last; ++first) c.atoms[rows[first]].type = type;
  }
  drop_unused_species(c);
}

int species_index(Configuration& c, const std::string& element) {
  for (std::size_t t = 0; t < c.species.size(); ++t) {
    if (c.species[t].symbol == element) return static_cast<int>(t);
  }
  c.species.push_back({element, standard_weight(element).value_or(0.0)});
  return static_cast<int>(c.species.size()) - 1;
}

void drop_unused_species(Configuration& c) {
  std::vector<bool> used(c.species.size(), false);
  for (const AtomRecord& atom : c.atoms) used[static_cast<std::size_t>(atom.type)] = true;
  std::vector<int> renumbered(c.species.size(), 0);
  std::vector<Species> kept;
  for (std::size_t t = 0; t < c.species.size(); ++t) {
    if (!used[t]) continue;
    renumbered[t] = static_cast<int>(kept.size());
    kept.push_back(c.species[t]);
  }
  c.species = std::move(kept);
  for (AtomRecord& atom : c.atoms) atom.type = renumbered[static_cast<std::size_t>(atom.type)];
}

}  // namespace splicemd::md
