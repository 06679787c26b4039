// EAM, ZBL and Lennard-Jones against energies, forces and pressures another code computed.
#include <gtest/gtest.h>

#include <cmath>

#include "base/units.hpp"
#include "md/potentials/registry.hpp"
#include "md/reference_case.hpp"
#include "tests/support/brute_force.hpp"

namespace splicemd {
namespace {

const std::string kSource = SPLICEMD_SOURCE_DIR;

struct Case {
  const char* folder;
  double tolerance;  // of energies and forces, relative to the largest in the case
};

class PairReference : public testing::TestWithParam<Case> {};

test::System system_of(const md::ReferenceCase& reference) {
  const md::Configuration configuration = md::read_reference_system(reference);
  test::System system;
  system.box = configuration.box;
  system.elements = reference.elements;
  for (const md::AtomRecord& atom : configuration.atoms) {
    system.x.push_back({atom.x[0], atom.x[1], atom.x[2]});
    system.type.push_back(atom.type);
  }
  return system;
}

test::Result sum_of_terms(const md::ReferenceCase& reference, const test::System& system,
                          test::Split split) {
  std::vector<md::Species> species;
  for (const std::string& element : system.elements) species.push_back({element, 1.0});
  const ConfigNode terms =
      ConfigNode::parse("case", md::deck_potentials(reference, {kSource + "/inputs/potentials"}));
  const ConfigNode term = terms.items().at(0);
  EXPECT_EQ(terms.items().size(), 1U);
  const auto potential = md::make_potential(term, species);
  terms.reject_unread();
  EXPECT_EQ(potential->name(), term.at("style").text());
  return test::evaluate(*potential, system, split);
}

void expect_agreement(const test::Result& result, const md::ReferenceCase& reference,
                      double tolerance, double volume) {
  EXPECT_NEAR(result.energy, reference.energy, tolerance * std::abs(reference.energy));
  const double force_scale = reference.largest_force();
  double energy_scale = 0.0;
  for (const double e : reference.atom_energies) energy_scale = std::max(energy_scale, std::abs(e));
  for (std::size_t i = 0; i < reference.forces.size(); ++i) {
    EXPECT_NEAR(result.atom_energy[i], reference.atom_energies[i], tolerance * energy_scale)
        << "atom " << i + 1;
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(result.force[i][c], reference.forces[i][c], tolerance * force_scale)
          << "atom " << i + 1;
    }
  }
  double pressure_scale = 0.0;
  for (const double p : reference.pressure) pressure_scale = std::max(pressure_scale, std::abs(p));
  for (std::size_t c = 0; c < 6; ++c) {
    EXPECT_NEAR(result.virial[c] / volume * units::kEvPerA3ToBar, reference.pressure[c],
                std::max(1e-6, tolerance) * pressure_scale);
  }
}

TEST_P(PairReference, EnergiesForcesPressure) {
  const md::ReferenceCase reference =
      md::read_reference_case(kSource + "/tests/reference/cases/" + GetParam().folder);
  const test::System system = system_of(reference);
  for (const test::Split split : {test::Split::none, test::Split::interior_then_boundary}) {
    expect_agreement(sum_of_terms(reference, system, split), reference, GetParam().tolerance,
                     system.box.volume());
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, PairReference,
                         testing::Values(Case{"eam_cu_u3", 1e-9}, Case{"eam_ag_cluster", 1e-9},
                                         Case{"eam_alloy_cu_mishin", 1e-9},
                                         Case{"eam_alloy_cuni", 1e-9}, Case{"eam_fs_alfe", 1e-9},
                                         Case{"eam_two_funcfl", 1e-5}, Case{"lj_argon", 1e-9},
                                         Case{"zbl_w", 1e-9}),
                         [](const auto& each) { return std::string(each.param.folder); });

}  // namespace
}  // namespace splicemd
