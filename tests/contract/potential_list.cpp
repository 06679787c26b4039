// Rows of the contract tests and the systems they are tried on.
#include "tests/contract/potential_list.hpp"

#include <random>

#include "md/potentials/registry.hpp"

namespace splicemd::test {

const std::vector<PotentialRow>& potential_rows() {
  static const std::vector<PotentialRow> rows = {
      {"lj_argon",
       "{style: lj/cut, cutoff: 8.5, pairs: [{species: [Ar, Ar], epsilon: 0.0104, sigma: 3.4}]}",
       {"Ar"},
       Lattice::fcc,
       5.3,
       0.3},
      {"lj_mixture_shifted",
       "{style: lj/cut, cutoff: 7, shift: yes, mixing: arithmetic, pairs: ["
       "{species: [Ar, Ar], epsilon: 0.0104, sigma: 3.4}, "
       "{species: [Kr, Kr], epsilon: 0.0140, sigma: 3.65, cutoff: 8}]}",
       {"Ar", "Kr"},
       Lattice::fcc,
       5.5,
       0.3},
      {"zbl_w", "{style: zbl, inner: 4.0, outer: 4.8}", {"W"}, Lattice::bcc, 3.0, 0.3},
      {"zbl_mixture",
       "{style: zbl, inner: 2.0, outer: 4.2, elements: {A: 74, B: Be}}",
       {"A", "B"},
       Lattice::bcc,
       2.6,
       0.2},
      {"eam_cu", "{style: eam, file: Cu_u3.eam}", {"Cu"}, Lattice::fcc, 3.615, 0.15},
      {"eam_two_funcfl",
       "{style: eam, files: {Cu: Cu_u3.eam, Ag: Ag_u3.eam}}",
       {"Cu", "Ag"},
       Lattice::fcc,
       3.8,
       0.15},
      {"eam_alloy_cu_mishin",
       "{style: eam/alloy, file: Cu_mishin1.eam.alloy}",
       {"Cu"},
       Lattice::fcc,
       3.615,
       0.15},
      {"eam_alloy_cuni",
       "{style: eam/alloy, file: CuNi.eam.alloy}",
       {"Cu", "Ni"},
       Lattice::fcc,
       3.57,
       0.15},
      {"eam_fs_alfe",
       "{style: eam/fs, file: AlFe_mm.eam.fs, elements: {X: Fe}}",
       {"Al", "X"},
       Lattice::bcc,
       2.9,
       0.15},
      {"snap_w",
       "{style: snap, coefficients: W_2940_2017_2.snapcoeff, parameters: W_2940_2017_2.snapparam}",
       {"W"},
       Lattice::bcc,
       3.18,
       0.15},
      {"snap_wbe",
       "{style: snap, coefficients: WBe_Wood_PRB2019.snapcoeff, parameters: "
       "WBe_Wood_PRB2019.snapparam}",
       {"W", "Be"},
       Lattice::bcc,
       3.0,
       0.15},
  };
  return rows;
}

std::unique_ptr<md::Potential> make(const PotentialRow& row) {
  std::vector<md::Species> species;
  for (const std::string& element : row.elements) species.push_back({element, 1.0});
  const std::string beside = std::string(SPLICEMD_SOURCE_DIR) + "/inputs/potentials/row.yaml";
  return md::make_potential(ConfigNode::parse(beside, row.deck), species);
}

namespace {

std::vector<Vec3> basis_of(Lattice lattice) {
  switch (lattice) {
    case Lattice::bcc:
      return {{0, 0, 0}, {0.5, 0.5, 0.5}};
    case Lattice::fcc:
      return {{0, 0, 0}, {0.5, 0.5, 0}, {0.5, 0, 0.5}, {0, 0.5, 0.5}};
    case Lattice::diamond:
      break;
  }
  return {{0, 0, 0},          {0.5, 0.5, 0},      {0.5, 0, 0.5},      {0, 0.5, 0.5},
          {0.25, 0.25, 0.25}, {0.75, 0.75, 0.25}, {0.75, 0.25, 0.75}, {0.25, 0.75, 0.75}};
}

}  // namespace

System crystal(const PotentialRow& row, int n, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> shift(-row.disorder, row.disorder);
  std::uniform_int_distribution<int> species(0, static_cast<int>(row.elements.size()) - 1);
  const double l = row.a * n;
  System system;
  system.elements = row.elements;
  system.box = md::Box::restricted({0.3, -0.2, 0.1}, {0.3 + l, -0.2 + l, 0.1 + l}, 0.05 * l,
                                   -0.04 * l, 0.03 * l, {true, true, true});
  for (int i = 0; i < n * n * n; ++i) {
    for (const Vec3& b : basis_of(row.lattice)) {
      const double s[3] = {(i % n + b[0]) / n, (i / n % n + b[1]) / n, (i / n / n + b[2]) / n};
      Vec3 x{};
      system.box.to_cartesian(s, x.data());
      for (double& c : x) c += shift(random);
      system.x.push_back(x);
      system.type.push_back(species(random));
    }
  }
  return system;
}

System cluster(const PotentialRow& row, int n, unsigned seed) {
  System system = crystal(row, n, seed);
  for (bool& periodic : system.box.periodic) periodic = false;
  return system;
}

}  // namespace splicemd::test
