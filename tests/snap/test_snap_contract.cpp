// Physics of every SNAP kernel: forces are the gradient of the energy, no net force, rotation
// invariance, and the same answers for any number of atoms, neighbours and empty lanes.
#include <gtest/gtest.h>

#include <Kokkos_Core.hpp>
#include <cmath>
#include <numeric>
#include <optional>
#include <random>
#include <sstream>

#include "snap/reference.hpp"
#include "snap/snap.hpp"
#include "tests/snap/snap_cases.hpp"

namespace splicemd::test {
namespace {

// Potentials that together use every option.
const std::vector<std::string> kCases{"snap_w2940_cluster",
                                      "snap_c_quadratic",
                                      "snap_inp_chem",
                                      "snap_synthetic_2j7",
                                      "snap_synthetic_2j14",
                                      "snap_synthetic_inner",
                                      "snap_synthetic_bnorm_wselfall",
                                      "snap_synthetic_bzero_rmin0",
                                      "snap_synthetic_noswitch",
                                      "snap_synthetic_chem_quadratic"};

// `n` atoms at random, no two closer than `separation`, in a cube with open boundaries.
System random_cluster(const md::ReferenceCase& reference, int n, double side, double separation,
                      unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> place(0.0, side);
  System system;
  system.box = md::Box::from_vectors({{{side, 0, 0}, {0, side, 0}, {0, 0, side}}}, {0, 0, 0},
                                     {false, false, false});
  system.elements = reference.elements;
  int tries = 0;
  while (static_cast<int>(system.x.size()) < n && ++tries < 1000000) {
    const Vec3 x{place(random), place(random), place(random)};
    bool free = true;
    for (const Vec3& y : system.x) {
      double rsq = 0.0;
      for (std::size_t k = 0; k < 3; ++k) rsq += (x[k] - y[k]) * (x[k] - y[k]);
      free = free && rsq > separation * separation;
    }
    if (!free) continue;
    system.x.push_back(x);
    system.type.push_back(static_cast<int>(random() % reference.elements.size()));
  }
  EXPECT_EQ(static_cast<int>(system.x.size()), n);
  return system;
}

double largest(const std::vector<Vec3>& rows) {
  double out = 0.0;
  for (const Vec3& row : rows) {
    for (const double value : row) out = std::max(out, std::abs(value));
  }
  return out;
}

void expect_same(const Result& a, const Result& b, double tolerance) {
  const double scale = std::max(largest(a.force), 1e-3);
  EXPECT_NEAR(a.energy, b.energy, tolerance * std::max(1.0, std::abs(a.energy)));
  for (std::size_t i = 0; i < a.force.size(); ++i) {
    for (std::size_t k = 0; k < 3; ++k)
      EXPECT_NEAR(a.force[i][k], b.force[i][k], tolerance * scale) << i;
  }
  for (std::size_t k = 0; k < 6; ++k) {
    EXPECT_NEAR(a.virial[k], b.virial[k],
                tolerance * scale * 10.0 * static_cast<double>(a.force.size()));
  }
}

class SnapContract : public testing::TestWithParam<std::string> {
 protected:
  void TearDown() override { snap::set_kernel(nullptr); }
};

TEST_P(SnapContract, ForceIsTheGradient) {
  const md::ReferenceCase reference = snap_case(GetParam());
  // Coefficients drawn at random lack the symmetry that forces of several densities assume.
  if (GetParam() == "snap_synthetic_chem_quadratic") GTEST_SKIP();
  for (const std::string& kernel : snap_kernels()) {
    SCOPED_TRACE(kernel);
    snap::set_kernel(kernel.c_str());
    const auto potential = make_snap(reference);
    const double side = 1.7 * potential->cutoff();
    System system = random_cluster(reference, 12, side, 0.35 * potential->cutoff(), 5);
    const Result at = evaluate(*potential, system);
    const double h = 1e-4;
    for (const std::size_t i : {std::size_t{0}, std::size_t{11}}) {
      for (std::size_t k = 0; k < 3; ++k) {
        double sum = 0.0;  // fourth-order central difference
        for (const auto& [step, weight] : {std::pair{-2, 1.0}, {-1, -8.0}, {1, 8.0}, {2, -1.0}}) {
          System moved = system;
          moved.x[i][k] += step * h;
          sum += weight * evaluate(*potential, moved).energy;
        }
        EXPECT_NEAR(at.force[i][k], -sum / (12.0 * h), 2e-7 * std::max(1.0, largest(at.force)));
      }
    }
  }
}

TEST_P(SnapContract, NoNetForceAndRotationInvariance) {
  const md::ReferenceCase reference = snap_case(GetParam());
  const double c = std::cos(0.7), s = std::sin(0.7);
  for (const std::string& kernel : snap_kernels()) {
    SCOPED_TRACE(kernel);
    snap::set_kernel(kernel.c_str());
    const auto potential = make_snap(reference);
    const System system =
        random_cluster(reference, 21, 2.0 * potential->cutoff(), 0.35 * potential->cutoff(), 3);
    const Result at = evaluate(*potential, system);
    const double scale = largest(at.force);
    Vec3 net{};
    for (const Vec3& f : at.force) {
      for (std::size_t k = 0; k < 3; ++k) net[k] += f[k];
    }
    for (const double value : net) EXPECT_NEAR(value, 0.0, 1e-11 * std::max(1.0, scale));
    System turned = system;  // about z, then about x
    const auto rotate = [&](const Vec3& x) {
      const Vec3 y{c * x[0] - s * x[1], s * x[0] + c * x[1], x[2]};
      return Vec3{y[0], c * y[1] - s * y[2], s * y[1] + c * y[2]};
    };
    for (Vec3& x : turned.x) x = rotate(x);
    const Result there = evaluate(*potential, turned);
    EXPECT_NEAR(at.energy, there.energy, 1e-10 * std::max(1.0, std::abs(at.energy)));
    for (std::size_t i = 0; i < at.force.size(); ++i) {
      const Vec3 expected = rotate(at.force[i]);
      for (std::size_t k = 0; k < 3; ++k)
        EXPECT_NEAR(there.force[i][k], expected[k], 1e-10 * std::max(1.0, scale));
    }
  }
}

// Tiles of every kernel full, nearly empty and in between; a lone atom among them.
TEST_P(SnapContract, AnyNumberOfAtoms) {
  const md::ReferenceCase reference = snap_case(GetParam());
  for (const int n : {1, 2, 3, 6, 9, 17}) {
    SCOPED_TRACE(n);
    const double cutoff = make_snap(reference)->cutoff();
    System system = random_cluster(reference, n, 1.5 * cutoff, 0.3 * cutoff, 11);
    system.x.push_back({50.0, 50.0, 50.0});  // no neighbours
    system.type.push_back(0);
    std::optional<Result> plain;  // of the first kernel
    for (const std::string& kernel : snap_kernels()) {
      snap::set_kernel(kernel.c_str());
      const Result found = evaluate(*make_snap(reference), system);
      if (!plain) plain = found;
      expect_same(*plain, found, 1e-11);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, SnapContract, testing::ValuesIn(kCases),
                         [](const auto& each) { return each.param; });

// More than 200 neighbours inside the cutoff, against the reference implementation.
TEST(SnapNeighbours, MoreThanTwoHundred) {
  const md::ReferenceCase reference = snap_case("snap_synthetic_2j7");
  const SnapFiles files = snap_files(reference);
  const snap::Parameters parameters =
      snap::read_parameters(files.coefficients, files.parameters, reference.elements);
  const double side = 1.1 * parameters.max_cutoff();
  const System system = random_cluster(reference, 260, side, 0.05 * parameters.max_cutoff(), 17);
  std::vector<snap::ReferenceNeighbour> neighbours;
  Vec3 centre{0.5 * side, 0.5 * side, 0.5 * side};
  System around = system;
  around.x.push_back(centre);
  around.type.push_back(0);
  for (const Vec3& x : system.x)
    neighbours.push_back({{x[0] - centre[0], x[1] - centre[1], x[2] - centre[2]}, 0});
  const snap::ReferenceAtom atom = snap::Reference(parameters).compute(0, neighbours);
  EXPECT_GT(std::count_if(atom.gradient.begin(), atom.gradient.end(),
                          [](const auto& g) { return g[0] != 0.0; }),
            200);
  for (const std::string& kernel : snap_kernels()) {
    SCOPED_TRACE(kernel);
    snap::set_kernel(kernel.c_str());
    const Result found = evaluate(*make_snap(reference), around);
    EXPECT_NEAR(found.atom_energy.back(), atom.energy, 1e-9 * std::abs(atom.energy));
  }
  snap::set_kernel(nullptr);
}

// A chain of work: the same call twice gives the same bits, or the same up to rounding where forces are added
// atomically.
TEST(SnapReproducible, BitForBit) {
  const md::ReferenceCase reference = snap_case("snap_w2940_triclinic");
  const System system = snap_system(reference);
  for (const std::string& kernel : snap_kernels()) {
    SCOPED_TRACE(kernel);
    snap::set_kernel(kernel.c_str());
    const auto potential = make_snap(reference);
    const Result a = evaluate(*potential, system), b = evaluate(*potential, system);
    EXPECT_EQ(a.energy, b.energy);
    if (kernel == "device") {
      expect_same(a, b, 1e-12);
    } else {
      EXPECT_EQ(a.force, b.force);
    }
  }
  snap::set_kernel(nullptr);
}

// Chosen when the potential is made: whatever changes afterwards, a run keeps its kernel.
TEST(SnapKernels, AreChosenOnce) {
  const md::ReferenceCase reference = snap_case("snap_synthetic_2j7");
  const SnapFiles files = snap_files(reference);
  const snap::Parameters parameters =
      snap::read_parameters(files.coefficients, files.parameters, reference.elements);
  std::vector<int> elements(reference.elements.size());
  std::iota(elements.begin(), elements.end(), 0);
  snap::set_kernel(kHostExecution ? "generic" : "device");
  const snap::Snap chosen(parameters, elements);
  snap::set_kernel("avx521");
  EXPECT_STREQ(chosen.kernel(), kHostExecution ? "generic" : "device");
  EXPECT_THROW(snap::Snap(parameters, elements), InputError);
  snap::set_kernel(nullptr);
}

TEST(SnapKernels, UnknownNameIsRefused) {
  snap::set_kernel("avx521");
  EXPECT_THROW(snap::select_kernel(), InputError);
  snap::set_kernel(nullptr);
}

}  // namespace
}  // namespace splicemd::test
