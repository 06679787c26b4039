// What the stages' keys accept, and the messages for what they do not.
#include <gtest/gtest.h>

#include "md/integrators/ramp.hpp"
#include "md/minimisers/minimiser.hpp"
#include "tests/physics/laboratory.hpp"

namespace splicemd::test {
namespace {

// The message of the InputError that building the stage throws, "" if none.
std::string complaint(const Laboratory& lab, const std::string& keys) {
  try {
    lab.integrator(keys, 0.001, 100);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

void expect_complaint(const Laboratory& lab, const std::string& keys, const std::string& part) {
  const std::string message = complaint(lab, keys);
  EXPECT_NE(message.find(part), std::string::npos) << keys << " gave '" << message << "'";
}

TEST(StageKeys, AreRead) {
  const Laboratory lab(crystal("fcc", 5.3, {"Ar"}, 3), {kArgon});
  for (const std::string keys :
       {"{style: nve}", "{style: langevin, temperature: 300 K, friction: 2 /ps, seed: 4}",
        "{style: nvt, temperature: [300 K, 600 K], tau_t: 0.2 ps, chain: 5}",
        "{style: npt, temperature: 300, pressure: [0, 1 GPa], tau_p: 2 ps, chain_p: 2}",
        "{style: npt, temperature: 300, cell: tri, pressure: {xx: 0, xy: [0, 1 kbar]}}"}) {
    EXPECT_EQ(complaint(lab, keys), "") << keys;
  }
}

TEST(StageKeys, MistakesAreNamed) {
  const Laboratory lab(crystal("fcc", 5.3, {"Ar"}, 3), {kArgon});
  expect_complaint(lab, "{style: langevn, temperature: 300}", "langevin");
  expect_complaint(lab, "{style: langevin}", "temperature");
  expect_complaint(lab, "{style: langevin, temperature: -1}", "temperature");
  expect_complaint(lab, "{style: langevin, temperature: [1, 2, 3]}", "[start, stop]");
  expect_complaint(lab, "{style: langevin, temperature: 300, fricton: 2}", "friction");
  expect_complaint(lab, "{style: nvt, temperature: 0}", "temperature");
  expect_complaint(lab, "{style: nvt, temperature: 300, tau_t: 1 fs}", "tau_t");
  expect_complaint(lab, "{style: nvt, temperature: 300, chain: 0}", "chain");
  expect_complaint(lab, "{style: npt, temperature: 300, cell: trii}", "tri");
  expect_complaint(lab, "{style: npt, temperature: 300, pressure: {xx: 0}}", "aniso");
  expect_complaint(lab, "{style: npt, temperature: 300, cell: aniso, pressure: {xy: 0}}", "xx");
  expect_complaint(lab, "{style: npt, temperature: 300, pressure: 3 eV}", "pressure");
}

TEST(StageKeys, NptRefusesFrozenAtomsAndSlantedOpenAxes) {
  md::Configuration argon = crystal("fcc", 5.3, {"Ar"}, 3);
  std::vector<unsigned> group(argon.atoms.size(), 0u);
  group[5] = md::kFrozenBit;
  expect_complaint(Laboratory(argon, {kArgon}, group), "{style: npt, temperature: 300}", "frozen");

  double rows[3][3] = {};
  for (int k = 0; k < 3; ++k) rows[k][k] = argon.box.h[k][k];
  rows[2][0] = 1.0;
  argon.box.set_vectors(rows);
  argon.box.periodic[2] = false;
  expect_complaint(Laboratory(argon, {kArgon}), "{style: npt, temperature: 300}", "perpendicular");

  md::Configuration cluster = crystal("fcc", 5.3, {"Ar"}, 3);
  for (bool& periodic : cluster.box.periodic) periodic = false;
  expect_complaint(Laboratory(cluster, {kArgon}), "{style: npt, temperature: 300}", "periodic");
}

TEST(StageKeys, MinimisersRefuseMistakes) {
  for (const std::string keys :
       {"{method: fier}", "{force_tolerance: -1}", "{force_measure: atoms}", "{max_steps: -1}",
        "{energy_tolerance: 2}", "{max_displacement: 0}", "{method: fire, timestep: 0}"}) {
    EXPECT_THROW(md::make_minimiser(ConfigNode::parse("stage", keys)), InputError) << keys;
  }
}

}  // namespace
}  // namespace splicemd::test
