// The displacement criterion: what makes a new state although no bond changes, what does not, and that it sees the
// hops of real atoms which the bond graph sees.
#include <gtest/gtest.h>

#include <cmath>

#include "base/bytes.hpp"
#include "parsplice/displacement.hpp"
#include "parsplice/md_engine.hpp"

namespace splicemd::parsplice {
namespace {

constexpr double kSpacing = 2.5;  // Å

// 4 × 4 × 4 atoms on a cubic lattice; without forces, for what counts here is where they are.
AtomicConfiguration lattice(bool periodic) {
  AtomicConfiguration atoms;
  const double edge = 4.0 * kSpacing;
  atoms.box = md::Box::from_vectors({{{edge, 0, 0}, {0, edge, 0}, {0, 0, edge}}}, {0, 0, 0},
                                    {periodic, periodic, periodic});
  atoms.species.resize(1);
  for (int k = 0; k < 64; ++k) {
    atoms.type.push_back(0);
    atoms.group.push_back(0);
    atoms.minimum.push_back({kSpacing * (k % 4), kSpacing * (k / 4 % 4), kSpacing * (k / 16)});
  }
  return atoms;
}

std::vector<Vector3> moved(std::vector<Vector3> x, std::size_t atom, double by) {
  x[atom][0] += by;
  return x;
}

class Criterion : public testing::Test {
 protected:
  Observation begin(const AtomicConfiguration& atoms, double energy = -1.005) {
    atoms_ = atoms;
    return rule_.begin(atoms, {graph_, atoms.minimum, energy});
  }
  Observation look(const std::vector<Vector3>& x, double energy = -1.005) {
    return rule_.observe(atoms_, {graph_, x, energy});
  }
  void use_identity_labels() { rule_ = DisplacementCriterion({1.0, 0.0, false}); }

  DisplacementCriterion rule_{DisplacementSettings{1.0, 0.01, true}};
  Observation graph_{{1, 2}, {1, 2}};
  AtomicConfiguration atoms_;
};

TEST_F(Criterion, AnAtomFartherThanTheDistanceMakesANewState) {
  const Observation start = begin(lattice(true));
  EXPECT_EQ(look(moved(atoms_.minimum, 5, 0.95)).identity, start.identity);
  const Observation far = look(moved(atoms_.minimum, 5, 1.1), -0.5);
  EXPECT_NE(far.identity, start.identity);
  EXPECT_NE(far.state, start.state);
  // The stay that has begun is judged by the minimum it was entered with.
  EXPECT_EQ(look(moved(atoms_.minimum, 5, 2.0), -0.5).identity, far.identity);
  const Observation back = look(atoms_.minimum);
  EXPECT_NE(back.identity, far.identity);
  EXPECT_EQ(back.state, start.state);
}

TEST_F(Criterion, AMinimumOfTheSameEnergyIsReachedByASelfTransition) {
  const Observation start = begin(lattice(true));
  const Observation twin = look(moved(atoms_.minimum, 5, 1.1), -1.0051);
  EXPECT_EQ(twin.state, start.state);
  EXPECT_NE(twin.identity, start.identity);
}

TEST_F(Criterion, AChangedGraphIsATransitionWhereverAtomsAre) {
  const Observation start = begin(lattice(true));
  graph_ = {{3, 4}, {3, 4}};
  EXPECT_NE(look(atoms_.minimum).identity, start.identity);
}

TEST_F(Criterion, MotionAsAWholeIsNoDisplacement) {
  const Observation start = begin(lattice(true));
  std::vector<Vector3> drifted = atoms_.minimum;
  for (std::size_t k = 0; k < drifted.size(); ++k) {
    drifted[k][0] += 7.3 + (k % 2 == 0 ? 4.0 * kSpacing : 0.0);  // some in another image
    drifted[k][1] -= 21.0;
  }
  EXPECT_EQ(look(drifted).identity, start.identity);
  EXPECT_NE(look(moved(drifted, 9, 1.2)).identity, start.identity);
}

TEST_F(Criterion, AFreeParticleMayTurn) {
  const Observation start = begin(lattice(false));
  std::vector<Vector3> turned;
  const double c = std::cos(2.0), s = std::sin(2.0);
  for (const Vector3& x : atoms_.minimum) {
    turned.push_back({c * x[0] - s * x[1] + 30.0, s * x[0] + c * x[1], x[2] - 3.0});
  }
  EXPECT_EQ(look(turned).identity, start.identity);
  EXPECT_NE(look(moved(turned, 20, 1.5)).identity, start.identity);
}

TEST_F(Criterion, FrozenAtomsHoldTheFrame) {
  AtomicConfiguration atoms = lattice(true);
  for (std::size_t k = 0; k < 16; ++k) atoms.group[k] = 1;
  const Observation start = begin(atoms);
  std::vector<Vector3> slid = atoms.minimum;
  for (std::size_t k = 16; k < slid.size(); ++k) slid[k][0] += 1.1;
  EXPECT_NE(look(slid).identity, start.identity);
}

TEST_F(Criterion, StoredConfigurationsCarryTheirReference) {
  const AtomicConfiguration start = lattice(true);
  begin(start);
  const Observation far = look(moved(start.minimum, 5, 1.1), -0.5);
  // The stay goes on to 0.7 Å from where it was entered; there it is stored, atoms in another order.
  AtomicConfiguration stored = start;
  stored.minimum = moved(start.minimum, 5, 1.8);
  EXPECT_EQ(look(stored.minimum, -0.494).identity, far.identity);
  rule_.mark(stored);
  Permutation order = identity_permutation(stored.size());
  std::swap(order[5], order[40]);
  stored = AtomicConfiguration::decode(stored.reordered(order).encode());
  // Another worker goes on from it: the name is the one given on entry, the reference too.
  rule_ = DisplacementCriterion({1.0, 0.01, true});
  const Observation again = begin(stored, -0.494);
  EXPECT_EQ(again.state, far.state);
  EXPECT_EQ(look(moved(stored.minimum, 40, 0.2)).identity, again.identity);
  EXPECT_NE(look(moved(stored.minimum, 40, 0.4)).identity, again.identity);
}

TEST_F(Criterion, IdentityLabelsNameWhereAtomsAre) {
  use_identity_labels();
  const Observation start = begin(lattice(true));
  const Observation right = look(moved(atoms_.minimum, 5, 1.2));
  const Observation left = look(moved(atoms_.minimum, 5, -1.2));
  EXPECT_NE(left.state, right.state);
  EXPECT_NE(left.state, start.state);
  EXPECT_EQ(look(moved(atoms_.minimum, 5, 1.19)).state, right.state);
  EXPECT_EQ(look(moved(atoms_.minimum, 5, 0.01)).state, start.state);
}

// A vacancy in copper at a temperature where it hops every few picoseconds.
std::string deck_text(const std::string& states) {
  return fmt::format(
      "system: {{build: {{lattice: fcc, a: 3.615, elements: [Cu], repeats: [3, 3, 3], "
      "vacancies: {{at: [3.615, 3.615, 3.615]}}}}}}\n"
      "potentials: [{{style: eam, file: {}/inputs/potentials/Cu_u3.eam}}]\n"
      "dynamics: {{temperature: 1500 K}}\n"
      "quench: {{method: fire, force_tolerance: 0.01, max_steps: 2000}}\n"
      "states: {}\n",
      SPLICEMD_SOURCE_DIR, states);
}

// In which of the blocks a transition was seen.
std::vector<int> transitions_of(MdEngine& engine, int blocks) {
  const StateRecord start = engine.initial_state();
  engine.place(start.configuration, Placement::fresh, 4);
  Observation before = engine.observe();
  std::vector<int> found;
  for (int k = 0; k < blocks; ++k) {
    engine.advance();
    const Observation now = engine.observe();
    if (now.identity != before.identity) found.push_back(k);
    before = now;
  }
  return found;
}

TEST(DisplacementOfAtoms, SeesTheHopsThatTheBondGraphSees) {
  const Communicator comm(MPI_COMM_SELF);
  const auto make = [&](const char* states) {
    return MdEngine(ConfigNode::parse("deck", deck_text(states)), 0.5, comm);
  };
  MdEngine bonds = make("{bonds: 3.1, labels: identity}");
  // No two atoms are ever bonded here: the graph says nothing.
  MdEngine places = make("{bonds: 0.5, labels: identity, displacement: 1.2}");
  const std::vector<int> seen = transitions_of(bonds, 50);
  EXPECT_GE(seen.size(), 1U);  // ten on average
  EXPECT_EQ(transitions_of(places, 50), seen);
}

TEST(DisplacementOfAtoms, AHoppedVacancyIsTheSameCanonicalState) {
  const Communicator comm(MPI_COMM_SELF);
  MdEngine engine(ConfigNode::parse("deck", deck_text("{bonds: 0.5, displacement: 1.2}")), 0.5,
                  comm);
  const StateRecord start = engine.initial_state();
  engine.place(start.configuration, Placement::fresh, 4);
  const Observation before = engine.observe();
  EXPECT_EQ(before.state, start.label);
  Observation now = before;
  for (int k = 0; k < 100 && now.identity == before.identity; ++k) {
    engine.advance();
    now = engine.observe();
  }
  EXPECT_NE(now.identity, before.identity);
  EXPECT_EQ(now.state, before.state);
  engine.place(engine.snapshot(), Placement::as_is, 5);
  EXPECT_EQ(engine.observe().state, before.state);
}

}  // namespace
}  // namespace splicemd::parsplice
