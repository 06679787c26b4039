// The engine of atoms: labels of a vacancy, configurations that come back as they were, determinism, and the maps
// between numberings.
#include <gtest/gtest.h>

#include "parsplice/configuration.hpp"
#include "parsplice/md_engine.hpp"
#include "parsplice/segment_generator.hpp"

namespace splicemd::parsplice {
namespace {

std::string deck_text(const std::string& vacancy, const std::string& labels = "canonical",
                      const std::string& bonds = "3.1") {
  return fmt::format(
      "system: {{build: {{lattice: fcc, a: 3.615, elements: [Cu], repeats: [3, 3, 3], "
      "vacancies: {{at: {}}}}}}}\n"
      "potentials: [{{style: eam, file: {}/inputs/potentials/Cu_u3.eam}}]\n"
      "dynamics: {{temperature: 1000 K}}\n"
      "quench: {{method: fire, force_tolerance: 0.01, max_steps: 2000}}\n"
      "states: {{bonds: {}, labels: {}}}\n",
      vacancy, SPLICEMD_SOURCE_DIR, bonds, labels);
}

const char* const kHere = "[3.615, 3.615, 3.615]";
const char* const kThere = "[1.8075, 1.8075, 0.0]";

class MdEngineTest : public testing::Test {
 protected:
  MdEngine make(const std::string& text) {
    return MdEngine(ConfigNode::parse("deck", text), 0.2, comm_);
  }
  Communicator comm_{MPI_COMM_SELF};
};

TEST_F(MdEngineTest, AVacancyIsOneStateWhereverItIs) {
  MdEngine here = make(deck_text(kHere)), there = make(deck_text(kThere));
  const StateRecord a = here.initial_state(), b = there.initial_state();
  EXPECT_EQ(a.label, b.label);
  EXPECT_NE(here.observe().identity, there.observe().identity);
  EXPECT_NEAR(a.energy, b.energy, 1e-3);
}

TEST_F(MdEngineTest, IdentityLabelsTellPlacesApart) {
  MdEngine here = make(deck_text(kHere, "identity")), there = make(deck_text(kThere, "identity"));
  EXPECT_NE(here.initial_state().label, there.initial_state().label);
}

TEST_F(MdEngineTest, TheRdfGivesACutoffBetweenTheShells) {
  MdEngine engine = make(deck_text(kHere, "canonical", "rdf"));
  MdEngine given = make(deck_text(kHere));
  EXPECT_EQ(engine.initial_state().label, given.initial_state().label);
}

TEST_F(MdEngineTest, AStoredStateIsAtHomeInItsOwnOrder) {
  MdEngine engine = make(deck_text(kHere));
  const StateRecord start = engine.initial_state();
  engine.place(start.configuration, Placement::fresh, 5);
  const Observation seen = engine.observe();
  EXPECT_EQ(seen.state, start.label);
  EXPECT_EQ(seen.identity, start.label);  // canonical order: the two labels are the same
  const AtomicConfiguration stored = AtomicConfiguration::decode(start.configuration);
  EXPECT_EQ(stored.size(), 107U);
}

std::string quenched(const std::string& keys) {
  std::string text = deck_text(kHere);
  const auto begin = text.find("quench:");
  return text.replace(begin, text.find('\n', begin) - begin, "quench: {" + keys + "}");
}

TEST_F(MdEngineTest, AQuenchThatFailsIsCarriedOnByTheOtherMinimiser) {
  MdEngine full = make(quenched("method: fire, force_tolerance: 0.01, max_steps: 2000"));
  const StateRecord start = full.initial_state();
  // Conjugate gradients need more than 15 steps from 1000 K, and 60 of FIRE are then enough.
  MdEngine few = make(quenched("method: cg, force_tolerance: 0.05, max_steps: 15"));
  few.initial_state();
  for (MdEngine* each : {&full, &few}) {
    each->place(start.configuration, Placement::fresh, 7);
    each->observe();
    each->advance();
    const Observation seen = each->observe();
    EXPECT_TRUE(seen.labelled);
    EXPECT_EQ(seen.state, start.label);
  }
}

TEST_F(MdEngineTest, AQuenchThatNeverConvergesIsNotLabelled) {
  MdEngine full = make(deck_text(kHere));
  const StateRecord start = full.initial_state();
  MdEngine engine = make(quenched("method: fire, force_tolerance: 1e-9, max_steps: 1"));
  engine.place(start.configuration, Placement::fresh, 7);
  const Observation home = engine.observe();
  EXPECT_TRUE(home.labelled);  // the stored minimum is not minimised again
  engine.advance();
  const Observation lost = engine.observe();
  EXPECT_FALSE(lost.labelled);
  EXPECT_EQ(lost.identity, home.identity);
  EXPECT_FALSE(engine.observe().labelled);  // looking twice is the same
  // Dephasing needs labelled blocks and gives up after a hundred without.
  SegmentRules rules;
  SegmentGenerator generator(engine, rules);
  SegmentOrder order;
  order.id = 1;
  order.state = start.label;
  order.seed = 3;
  EXPECT_THROW(generator.generate(order, start.configuration), RunError);
}

TEST_F(MdEngineTest, TheSameSeedGivesTheSameDynamics) {
  MdEngine engine = make(deck_text(kHere)), other = make(deck_text(kHere));
  const StateRecord start = engine.initial_state();
  other.initial_state();
  other.place(start.configuration, Placement::fresh, 99);  // another past
  other.advance();
  for (MdEngine* each : {&engine, &other}) {
    each->place(start.configuration, Placement::fresh, 7);
    each->advance();
    each->observe();  // looking must not disturb
    each->advance();
    each->observe();
  }
  EXPECT_EQ(engine.snapshot(), other.snapshot());
}

TEST_F(MdEngineTest, LookingDoesNotDisturbTheDynamics) {
  MdEngine looked = make(deck_text(kHere)), left_alone = make(deck_text(kHere));
  const StateRecord start = looked.initial_state();
  left_alone.initial_state();
  looked.place(start.configuration, Placement::fresh, 3);
  left_alone.place(start.configuration, Placement::fresh, 3);
  for (int k = 0; k < 3; ++k) {
    looked.advance();
    looked.observe();
    left_alone.advance();
  }
  looked.observe();
  left_alone.observe();
  EXPECT_EQ(looked.snapshot(), left_alone.snapshot());
}

TEST_F(MdEngineTest, ASnapshotGoesOnWhereItWasTaken) {
  MdEngine engine = make(deck_text(kHere));
  const StateRecord start = engine.initial_state();
  engine.place(start.configuration, Placement::fresh, 11);
  engine.advance();
  const Observation before = engine.observe();
  const Bytes snapshot = engine.snapshot();
  const AtomicConfiguration stored = AtomicConfiguration::decode(snapshot);
  engine.place(snapshot, Placement::as_is, 12);
  EXPECT_EQ(engine.observe().state, before.state);
  EXPECT_EQ(engine.observe().identity, before.state);
  const AtomicConfiguration again = AtomicConfiguration::decode(engine.snapshot());
  for (std::size_t k = 0; k < stored.size(); ++k) {
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(again.x[k][c], stored.x[k][c], 1e-9);
      EXPECT_NEAR(again.v[k][c], stored.v[k][c], 1e-12);
    }
  }
}

// An atom next to the vacancy is moved into it: a hop, without waiting for one.
Bytes hopped(const Bytes& state, std::size_t which) {
  AtomicConfiguration atoms = AtomicConfiguration::decode(state);
  // The vacancy is where a neighbour is missing: atoms with 11 neighbours surround it.
  const auto vector_to = [&](std::size_t a, std::size_t b) {
    Vector3 d{};
    for (std::size_t c = 0; c < 3; ++c) {
      const double length = atoms.box.h[c][c];
      d[c] = atoms.minimum[b][c] - atoms.minimum[a][c];
      d[c] -= length * std::round(d[c] / length);
    }
    return d;
  };
  std::vector<std::size_t> around;
  for (std::size_t a = 0; a < atoms.size(); ++a) {
    int neighbours = 0;
    for (std::size_t b = 0; b < atoms.size(); ++b) {
      const Vector3 d = vector_to(a, b);
      if (a != b && d[0] * d[0] + d[1] * d[1] + d[2] * d[2] < 3.1 * 3.1) ++neighbours;
    }
    if (neighbours == 11) around.push_back(a);
  }
  EXPECT_EQ(around.size(), 12U);
  // The centre of the twelve, seen from one of them.
  const std::size_t chosen = around.at(which);
  Vector3 centre{};
  for (const std::size_t a : around) {
    const Vector3 d = vector_to(chosen, a);
    for (std::size_t c = 0; c < 3; ++c) centre[c] += d[c] / 12.0;
  }
  for (std::size_t c = 0; c < 3; ++c) atoms.minimum[chosen][c] += centre[c];
  atoms.x = atoms.minimum;
  atoms.v.assign(atoms.size(), Vector3{});
  return atoms.encode();
}

TEST_F(MdEngineTest, HopsLeadToOneStateByDifferentMaps) {
  MdEngine engine = make(deck_text(kHere));
  const StateRecord start = engine.initial_state();
  std::vector<Key> identities;
  std::vector<Permutation> orders;
  for (const std::size_t which : {0U, 1U, 7U}) {
    engine.place(hopped(start.configuration, which), Placement::as_is, 1);
    const Observation seen = engine.observe();
    EXPECT_EQ(seen.state, start.label);     // a self-transition …
    EXPECT_NE(seen.identity, start.label);  // … that is one
    const AtomicArrival arrival = AtomicArrival::decode(engine.arrival());
    identities.push_back(seen.identity);
    orders.push_back(arrival.order);
    // In canonical order the atoms are at home again.
    engine.place(engine.state().configuration, Placement::fresh, 1);
    EXPECT_EQ(engine.observe().identity, start.label);
  }
  EXPECT_NE(identities[0], identities[1]);
  EXPECT_NE(identities[1], identities[2]);
  EXPECT_NE(orders[0], orders[1]);
}

TEST_F(MdEngineTest, SegmentsOfAtomsFollowTheRules) {
  MdEngine engine = make(deck_text(kHere));
  const StateRecord start = engine.initial_state();
  SegmentRules rules;
  rules.dephasing = rules.decorrelation = 2;
  rules.length = 3;
  SegmentGenerator generator(engine, rules);
  SegmentOrder order;
  order.id = 1;
  order.state = start.label;
  order.seed = 17;
  const SegmentOutput output = generator.generate(order, start.configuration);
  EXPECT_GE(output.piece.blocks, 3);
  EXPECT_GE(output.piece.dephasing_blocks, 2);
  EXPECT_GT(output.piece.dynamics_seconds, 0.0);
  const SegmentOutput again = generator.generate(order, start.configuration);
  EXPECT_EQ(again.end_configuration, output.end_configuration);
}

}  // namespace
}  // namespace splicemd::parsplice
