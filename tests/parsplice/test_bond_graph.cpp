// Labels of bond graphs: what they tell apart and what they do not.
#include <gtest/gtest.h>

#include <random>

#include "parsplice/bond_graph.hpp"

namespace splicemd::parsplice {
namespace {

BondGraph ring(std::size_t n) {
  BondGraph graph;
  graph.colours.assign(n, 0);
  for (AtomIndex i = 0; i < n; ++i) graph.bonds.emplace_back(i, (i + 1) % n);
  graph.normalise();
  return graph;
}

Permutation shuffled(std::size_t n, unsigned seed) {
  Permutation order = identity_permutation(n);
  std::mt19937 random(seed);
  std::shuffle(order.begin(), order.end(), random);
  return order;
}

BondGraph random_graph(std::size_t n, std::size_t bonds, unsigned seed) {
  std::mt19937 random(seed);
  BondGraph graph;
  for (std::size_t i = 0; i < n; ++i) graph.colours.push_back(random() % 3);
  while (graph.bonds.size() < bonds) {
    const auto a = static_cast<AtomIndex>(random() % n), b = static_cast<AtomIndex>(random() % n);
    if (a != b) graph.bonds.emplace_back(a, b);
  }
  graph.normalise();
  return graph;
}

TEST(BondGraph, RenumberingChangesTheIdentityLabelOnly) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    const BondGraph graph = random_graph(30, 60, seed);
    const BondGraph other = renumbered(graph, shuffled(30, seed + 1000));
    EXPECT_NE(identity_label(graph), identity_label(other));
    EXPECT_EQ(canonical_form(graph).label, canonical_form(other).label);
  }
}

TEST(BondGraph, CanonicalOrderMakesTheTwoLabelsEqual) {
  const BondGraph graph = random_graph(40, 90, 7);
  const CanonicalForm form = canonical_form(graph);
  const BondGraph ordered = renumbered(graph, form.order);
  EXPECT_EQ(identity_label(ordered), form.label);
  // Two numberings of one graph agree atom by atom once both are in canonical order.
  const BondGraph other = renumbered(graph, shuffled(40, 3));
  const BondGraph other_ordered = renumbered(other, canonical_form(other).order);
  EXPECT_EQ(ordered.bonds, other_ordered.bonds);
  EXPECT_EQ(ordered.colours, other_ordered.colours);
}

TEST(BondGraph, ColoursAndBondsCount) {
  const BondGraph plain = ring(12);
  BondGraph coloured = plain;
  coloured.colours[5] = 1;
  EXPECT_NE(canonical_form(plain).label, canonical_form(coloured).label);
  BondGraph elsewhere = plain;
  elsewhere.colours[8] = 1;
  EXPECT_EQ(canonical_form(coloured).label, canonical_form(elsewhere).label);
  BondGraph more = plain;
  more.bonds.emplace_back(0, 6);
  more.normalise();
  EXPECT_NE(canonical_form(plain).label, canonical_form(more).label);
}

TEST(BondGraph, OrderOfBondsAndOfTheirEndsDoesNotCount) {
  BondGraph graph = ring(8);
  const Key label = identity_label(graph);
  std::reverse(graph.bonds.begin(), graph.bonds.end());
  for (auto& [a, b] : graph.bonds) std::swap(a, b);
  graph.bonds.push_back(graph.bonds.front());
  graph.normalise();
  EXPECT_EQ(identity_label(graph), label);
}

TEST(Permutations, ComposeAndInvert) {
  const Permutation a = shuffled(20, 1), b = shuffled(20, 2);
  EXPECT_EQ(compose(a, inverse(a)), identity_permutation(20));
  const BondGraph graph = random_graph(20, 40, 5);
  EXPECT_EQ(renumbered(renumbered(graph, a), b).bonds, renumbered(graph, compose(a, b)).bonds);
}

TEST(CanonicalCache, AsksNautyOncePerGraph) {
  CanonicalCache cache(2);
  const BondGraph a = ring(5), b = ring(6), c = ring(7);
  for (int k = 0; k < 3; ++k) cache.form(identity_label(a), a);
  EXPECT_EQ(cache.misses(), 1U);
  cache.form(identity_label(b), b);
  cache.form(identity_label(c), c);  // drops a
  cache.form(identity_label(a), a);
  EXPECT_EQ(cache.misses(), 4U);
}

}  // namespace
}  // namespace splicemd::parsplice
