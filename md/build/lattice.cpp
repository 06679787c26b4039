// Fills an orthogonal box with a crystal in any orientation, in exact integer arithmetic.
//
// Conventional cells and their bases (fractional, exact multiples of 1/12): International Tables for
// Crystallography, vol. A: Pm-3m, Im-3m, Fm-3m, Fd-3m, F-43m, P6₃/mmc (the last in its orthohexagonal cell).
#include "md/build/lattice.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "base/error.hpp"
#include "base/parse.hpp"
#include "md/elements.hpp"

namespace splicemd::md {

namespace {

using Int3 = std::array<std::int64_t, 3>;

// A basis atom: position in twelfths of the conventional cell, and its sublattice.
struct Site {
  Int3 twelfths;
  int sublattice;
};

struct CrystalType {
  const char* name;
  int sublattices;
  std::vector<Site> sites;
  std::vector<Int3> centring;  // lattice translations inside the cell, in twelfths
};

std::vector<CrystalType> make_crystal_types() {
  const std::vector<Int3> primitive = {{0, 0, 0}};
  const std::vector<Int3> body = {{0, 0, 0}, {6, 6, 6}};
  const std::vector<Int3> face = {{0, 0, 0}, {0, 6, 6}, {6, 0, 6}, {6, 6, 0}};
  const std::vector<Int3> base = {{0, 0, 0}, {6, 6, 0}};
  const Site origin{{0, 0, 0}, 0};
  std::vector<CrystalType> types;
  const auto add = [&](const char* name, int sublattices, const std::vector<Int3>& centring,
                       std::optional<Site> second) {
    types.push_back({name, sublattices, {origin}, centring});
    if (second) types.back().sites.push_back(*second);
  };
  add("sc", 1, primitive, std::nullopt);
  add("bcc", 1, body, std::nullopt);
  add("fcc", 1, face, std::nullopt);
  add("hcp", 1, base, Site{{6, 2, 6}, 0});
  add("diamond", 1, face, Site{{3, 3, 3}, 0});
  add("zincblende", 2, face, Site{{3, 3, 3}, 1});
  add("rocksalt", 2, face, Site{{6, 0, 0}, 1});
  return types;
}

const std::vector<CrystalType>& crystal_types() {
  static const std::vector<CrystalType> kTypes = make_crystal_types();
  return kTypes;
}

const CrystalType& find_type(const std::string& name) {
  for (const CrystalType& type : crystal_types()) {
    if (name == type.name) return type;
  }
  throw InputError(fmt::format("unknown lattice '{}'{}; expected one of {}", name,
                               did_you_mean(name, lattice_names()),
                               fmt::join(lattice_names(), ", ")));
}

// Whether `v` (twelfths) is a translation of the lattice.
bool is_translation(const CrystalType& type, const Int3& v) {
  return std::any_of(type.centring.begin(), type.centring.end(), [&](const Int3& t) {
    return (v[0] - t[0]) % 12 == 0 && (v[1] - t[1]) % 12 == 0 && (v[2] - t[2]) % 12 == 0;
  });
}

// The shortest translation along the direction d (twelfths).
Int3 shortest_translation(const CrystalType& type, const std::array<int, 3>& d) {
  const std::int64_t divisor = std::gcd(std::gcd(d[0], d[1]), d[2]);
  const Int3 unit = {d[0] / divisor, d[1] / divisor, d[2] / divisor};
  for (const std::int64_t half : {6, 12}) {
    const Int3 v = {unit[0] * half, unit[1] * half, unit[2] * half};
    if (is_translation(type, v)) return v;
  }
  throw InputError("no lattice translation along an orientation vector");  // 12·unit always is one
}

void check_spec(const LatticeSpec& spec, const CrystalType& type) {
  require(std::isfinite(spec.a) && spec.a > 0.0 && spec.a < 1000.0,
          "the lattice constant a must be between 0 and 1000 Å, found {}", spec.a);
  require(spec.c == 0.0 || spec.lattice == "hcp",
          "the lattice constant c has a meaning for hcp only");
  require(std::isfinite(spec.c) && spec.c >= 0.0 && spec.c < 1000.0,
          "the lattice constant c must be between 0 and 1000 Å, found {}", spec.c);
  require(spec.elements.size() == static_cast<std::size_t>(type.sublattices),
          "a {} lattice takes {} element{}, found {}", spec.lattice, type.sublattices,
          type.sublattices == 1 ? "" : "s", spec.elements.size());
  for (const auto& direction : spec.orient) {
    for (const int component : direction) {
      require(std::abs(component) <= 1000, "an orientation vector has a component beyond ±1000: {}",
              component);
    }
    require(direction != (std::array<int, 3>{0, 0, 0}), "an orientation vector is zero");
  }
  for (const int n : spec.repeats)
    require(n >= 1 && n <= 1000000, "repeats must be 1 to 1000000, found {}", n);
}

// Lengths of the conventional cell's edges (Å).
std::array<double, 3> cell_edges(const LatticeSpec& spec) {
  if (spec.lattice != "hcp") return {spec.a, spec.a, spec.a};
  return {spec.a, spec.a * std::sqrt(3.0), spec.c > 0.0 ? spec.c : spec.a * std::sqrt(8.0 / 3.0)};
}

void check_orientation(const std::array<Int3, 3>& edges, const std::array<double, 3>& cell) {
  for (int i = 0; i < 3; ++i) {
    for (int j = i + 1; j < 3; ++j) {
      double dot = 0.0, ii = 0.0, jj = 0.0;
      for (std::size_t k = 0; k < 3; ++k) {
        const double u = static_cast<double>(edges[i][k]) * cell[k];
        const double w = static_cast<double>(edges[j][k]) * cell[k];
        dot += u * w;
        ii += u * u;
        jj += w * w;
      }
      require(std::abs(dot) <= 1e-10 * std::sqrt(ii * jj),
              "orientation vectors {} and {} are not orthogonal", i + 1, j + 1);
    }
  }
  const Int3 &u = edges[0], &v = edges[1], &w = edges[2];
  const std::int64_t det = u[0] * (v[1] * w[2] - v[2] * w[1]) - u[1] * (v[0] * w[2] - v[2] * w[0]) +
                           u[2] * (v[0] * w[1] - v[1] * w[0]);
  require(det > 0,
          "the orientation vectors are left-handed: swap two of them or change one's sign");
}

// One repeat of the oriented crystal: sites as fractions of its three orthogonal edges.
struct OrientedCell {
  std::array<double, 3> lengths{};  // Å
  std::vector<std::array<double, 3>> fractions;
  std::vector<int> sublattice;
};

// The integer adjugate of the edges: p·adj / det are the fractions of p, exactly.
std::array<Int3, 3> adjugate(const std::array<Int3, 3>& e) {
  std::array<Int3, 3> adj{};
  for (std::size_t i = 0; i < 3; ++i) {
    const Int3& u = e[(i + 1) % 3];
    const Int3& w = e[(i + 2) % 3];
    adj[0][i] = u[1] * w[2] - u[2] * w[1];
    adj[1][i] = u[2] * w[0] - u[0] * w[2];
    adj[2][i] = u[0] * w[1] - u[1] * w[0];
  }
  return adj;
}

OrientedCell orient_cell(const LatticeSpec& spec, const CrystalType& type) {
  const std::array<double, 3> cell = cell_edges(spec);
  std::array<Int3, 3> edges;
  for (std::size_t i = 0; i < 3; ++i) edges[i] = shortest_translation(type, spec.orient[i]);
  check_orientation(edges, cell);
  const std::array<Int3, 3> adj = adjugate(edges);
  const std::int64_t det =
      edges[0][0] * adj[0][0] + edges[0][1] * adj[1][0] + edges[0][2] * adj[2][0];
  require(det / 1728 <= 1000000,
          "one repeat of this orientation spans more than a million conventional cells");

  OrientedCell out;
  Int3 low{}, high{};  // conventional cells that the oriented cell can touch
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t i = 0; i < 3; ++i) {
      (edges[i][k] < 0 ? low[k] : high[k]) += edges[i][k];
      out.lengths[i] += std::pow(static_cast<double>(edges[i][k]) / 12.0 * cell[k], 2);
    }
    low[k] = low[k] / 12 - 2;
    high[k] = high[k] / 12 + 2;
  }
  for (double& length : out.lengths) length = std::sqrt(length);
  const std::int64_t search = (high[0] - low[0]) * (high[1] - low[1]) * (high[2] - low[2]);
  require(search <= 20000000,
          "one repeat of this orientation is too long: {} conventional cells to search", search);
  for (std::int64_t cx = low[0]; cx <= high[0]; ++cx) {
    for (std::int64_t cy = low[1]; cy <= high[1]; ++cy) {
      for (std::int64_t cz = low[2]; cz <= high[2]; ++cz) {
        for (const Int3& t : type.centring) {
          for (const Site& site : type.sites) {
            const Int3 p = {12 * cx + t[0] + site.twelfths[0], 12 * cy + t[1] + site.twelfths[1],
                            12 * cz + t[2] + site.twelfths[2]};
            Int3 n{};
            for (std::size_t i = 0; i < 3; ++i)
              n[i] = p[0] * adj[0][i] + p[1] * adj[1][i] + p[2] * adj[2][i];
            const bool inside =
                std::all_of(n.begin(), n.end(), [&](std::int64_t m) { return m >= 0 && m < det; });
            if (!inside) continue;
            std::array<double, 3> fraction{};
            for (std::size_t i = 0; i < 3; ++i)
              fraction[i] = static_cast<double>(n[i]) / static_cast<double>(det);
            out.fractions.push_back(fraction);
            out.sublattice.push_back(site.sublattice);
          }
        }
      }
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> lattice_names() {
  std::vector<std::string> names;
  for (const CrystalType& type : crystal_types()) names.emplace_back(type.name);
  return names;
}

Configuration build_lattice(const LatticeSpec& spec) {
  const CrystalType& type = find_type(spec.lattice);
  check_spec(spec, type);
  const OrientedCell cell = orient_cell(spec, type);
  const std::int64_t cells = std::int64_t{spec.repeats[0]} * spec.repeats[1] * spec.repeats[2];
  const auto per_cell = static_cast<std::int64_t>(cell.fractions.size());
  require(cells <= kMaxBuiltAtoms / per_cell, "the lattice would have more than {} atoms",
          kMaxBuiltAtoms);

  Configuration c;
  std::array<std::array<double, 3>, 3> rows{};
  for (std::size_t k = 0; k < 3; ++k) rows[k][k] = cell.lengths[k] * spec.repeats[k];
  c.box = Box::from_vectors(rows, spec.origin, {true, true, true});
  for (const std::string& symbol : spec.elements) {
    const bool known = std::any_of(c.species.begin(), c.species.end(),
                                   [&](const Species& s) { return s.symbol == symbol; });
    if (!known) c.species.push_back({symbol, standard_weight(symbol).value_or(0.0)});
  }
  std::vector<int> type_of_sublattice;
  for (const std::string& symbol : spec.elements) {
    const auto at = std::find_if(c.species.begin(), c.species.end(),
                                 [&](const Species& s) { return s.symbol == symbol; });
    type_of_sublattice.push_back(static_cast<int>(at - c.species.begin()));
  }
  c.atoms.reserve(static_cast<std::size_t>(cells * per_cell));
  for (int nz = 0; nz < spec.repeats[2]; ++nz) {
    for (int ny = 0; ny < spec.repeats[1]; ++ny) {
      for (int nx = 0; nx < spec.repeats[0]; ++nx) {
        for (std::size_t s = 0; s < cell.fractions.size(); ++s) {
          AtomRecord atom;
          atom.id = static_cast<std::int64_t>(c.atoms.size()) + 1;
          atom.type = type_of_sublattice[static_cast<std::size_t>(cell.sublattice[s])];
          atom.x[0] = spec.origin[0] + (nx + cell.fractions[s][0]) * cell.lengths[0];
          atom.x[1] = spec.origin[1] + (ny + cell.fractions[s][1]) * cell.lengths[1];
          atom.x[2] = spec.origin[2] + (nz + cell.fractions[s][2]) * cell.lengths[2];
          c.atoms.push_back(atom);
        }
      }
    }
  }
  return c;
}

Configuration replicate(const Configuration& unit, const std::array<int, 3>& n) {
  std::int64_t copies = 1;
  for (const int k : n) {
    require(k >= 1 && k <= 1000000, "the number of copies must be 1 to 1000000, found {}", k);
    require(copies <= kMaxBuiltAtoms / k, "more than {} copies", kMaxBuiltAtoms);
    copies *= k;
  }
  const auto atoms = static_cast<std::int64_t>(unit.atoms.size());
  require(atoms == 0 || copies <= kMaxBuiltAtoms / atoms,
          "the copies would have more than {} atoms", kMaxBuiltAtoms);
  Configuration c;
  c.species = unit.species;
  c.has_velocities = unit.has_velocities;
  c.box = unit.box;
  double rows[3][3];
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k < 3; ++k) rows[i][k] = unit.box.h[i][k] * n[static_cast<std::size_t>(i)];
  }
  c.box.set_vectors(rows);
  c.atoms.reserve(static_cast<std::size_t>(copies * atoms));
  for (int k = 0; k < n[2]; ++k) {
    for (int j = 0; j < n[1]; ++j) {
      for (int i = 0; i < n[0]; ++i) {
        double shift[3];
        unit.box.lattice_vector(i, j, k, shift);
        for (AtomRecord atom : unit.atoms) {
          atom.id = static_cast<std::int64_t>(c.atoms.size()) + 1;
          for (int d = 0; d < 3; ++d) {
            atom.x[d] += shift[d];
            atom.image[d] = 0;
          }
          c.atoms.push_back(atom);
        }
      }
    }
  }
  return c;
}

}  // namespace splicemd::md
