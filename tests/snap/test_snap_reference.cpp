// Every SNAP reference case, by the slow reference implementation and by each kernel.
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "base/units.hpp"
#include "snap/reference.hpp"
#include "tests/snap/snap_cases.hpp"

namespace splicemd::test {
namespace {

// The case by snap::Reference, neighbours from the same explicit images.
Result evaluate_reference(const md::ReferenceCase& reference, const System& system) {
  const SnapFiles files = snap_files(reference);
  const snap::Parameters parameters =
      snap::read_parameters(files.coefficients, files.parameters, reference.elements);
  std::vector<int> element;
  for (const std::string& name : reference.elements) {
    int index = 0;
    while (parameters.elements[static_cast<std::size_t>(index)].name != name) ++index;
    element.push_back(index);
  }
  const snap::Reference slow(parameters);
  const double cutoff = parameters.max_cutoff();
  int images[3] = {0, 0, 0};
  for (int k = 0; k < 3; ++k) {
    if (system.box.periodic[k])
      images[k] = static_cast<int>(cutoff / system.box.face_distance(k)) + 2;
  }
  Result out;
  out.force.assign(system.x.size(), {0, 0, 0});
  for (std::size_t i = 0; i < system.x.size(); ++i) {
    std::vector<snap::ReferenceNeighbour> neighbours;
    std::vector<std::size_t> owner;
    for (std::size_t j = 0; j < system.x.size(); ++j) {
      for (int a = -images[0]; a <= images[0]; ++a) {
        for (int b = -images[1]; b <= images[1]; ++b) {
          for (int c = -images[2]; c <= images[2]; ++c) {
            double shift[3];
            system.box.lattice_vector(a, b, c, shift);
            std::array<double, 3> d;
            for (std::size_t k = 0; k < 3; ++k) d[k] = system.x[j][k] + shift[k] - system.x[i][k];
            const double rsq = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
            if (rsq < 1e-12 || rsq > cutoff * cutoff) continue;
            neighbours.push_back({d, element[static_cast<std::size_t>(system.type[j])]});
            owner.push_back(j);
          }
        }
      }
    }
    const snap::ReferenceAtom atom =
        slow.compute(element[static_cast<std::size_t>(system.type[i])], neighbours);
    out.energy += atom.energy;
    out.atom_energy.push_back(atom.energy);
    for (std::size_t n = 0; n < neighbours.size(); ++n) {
      const auto& g = atom.gradient[n];
      const auto& r = neighbours[n].r;
      for (std::size_t k = 0; k < 3; ++k) {
        out.force[i][k] += g[k];
        out.force[owner[n]][k] -= g[k];
        out.virial[k] -= r[k] * g[k];
      }
      out.virial[3] -= r[0] * g[1];
      out.virial[4] -= r[0] * g[2];
      out.virial[5] -= r[1] * g[2];
    }
  }
  return out;
}

void compare(const md::ReferenceCase& reference, const System& system, const Result& found) {
  double largest_energy = 0.0;
  for (const double e : reference.atom_energies)
    largest_energy = std::max(largest_energy, std::abs(e));
  EXPECT_NEAR(found.energy, reference.energy, 1e-9 * std::abs(reference.energy));
  const double force_scale = std::max(reference.largest_force(), 1e-3);
  double energy_error = 0.0, force_error = 0.0;
  for (std::size_t i = 0; i < system.x.size(); ++i) {
    energy_error =
        std::max(energy_error, std::abs(found.atom_energy[i] - reference.atom_energies[i]));
    for (std::size_t k = 0; k < 3; ++k) {
      force_error = std::max(force_error, std::abs(found.force[i][k] - reference.forces[i][k]));
    }
  }
  EXPECT_LE(energy_error / largest_energy, 1e-9);
  EXPECT_LE(force_error / force_scale, 1e-9);
  double largest_pressure = 1e-3;
  for (const double p : reference.pressure)
    largest_pressure = std::max(largest_pressure, std::abs(p));
  const double to_bar = units::kEvPerA3ToBar / system.box.volume();
  for (std::size_t k = 0; k < 6; ++k) {
    EXPECT_NEAR(found.virial[k] * to_bar, reference.pressure[k], 1e-6 * largest_pressure)
        << "component " << k;
  }
}

class SnapCase : public testing::TestWithParam<std::string> {};

TEST_P(SnapCase, ReferenceImplementation) {
  const md::ReferenceCase reference = snap_case(GetParam());
  const System system = snap_system(reference);
  compare(reference, system, evaluate_reference(reference, system));
}

TEST_P(SnapCase, EveryKernel) {
  const md::ReferenceCase reference = snap_case(GetParam());
  const System system = snap_system(reference);
  for (const std::string& kernel : snap_kernels()) {
    SCOPED_TRACE(kernel);
    snap::set_kernel(kernel.c_str());
    const auto potential = make_snap(reference);
    compare(reference, system, evaluate(*potential, system));
    compare(reference, system, evaluate(*potential, system, Split::interior_then_boundary, 1.0));
    snap::set_kernel(nullptr);
  }
}

// Forces in single precision: about 1e-6 of the largest, and never a different potential.
TEST_P(SnapCase, MixedPrecision) {
  const md::ReferenceCase reference = snap_case(GetParam());
  const System system = snap_system(reference);
  for (const std::string& kernel : snap_kernels()) {
    SCOPED_TRACE(kernel);
    snap::set_kernel(kernel.c_str());
    const Result found = evaluate(*make_snap(reference, "mixed"), system);
    snap::set_kernel(nullptr);
    double error = 0.0;
    for (std::size_t i = 0; i < system.x.size(); ++i) {
      for (std::size_t k = 0; k < 3; ++k)
        error = std::max(error, std::abs(found.force[i][k] - reference.forces[i][k]));
    }
    const double scale = std::max(reference.largest_force(), 1e-3);
    RecordProperty(kernel + "_force_error", std::to_string(error / scale));
    EXPECT_LE(error / scale, 2e-5);
    if (reference.largest_force() > 0.0) {
      EXPECT_GT(error / scale, 1e-10);  // else it was double
    }
    EXPECT_NEAR(found.energy, reference.energy, 2e-6 * std::abs(reference.energy));
  }
}

INSTANTIATE_TEST_SUITE_P(All, SnapCase, testing::ValuesIn(snap_cases()),
                         [](const auto& each) { return each.param; });

TEST(SnapCases, AllAreThere) { EXPECT_EQ(snap_cases().size(), 20u); }

}  // namespace
}  // namespace splicemd::test
