// The bond graph of a configuration and its two labels: the identity label, which tells any two
// graphs over numbered atoms apart, and the canonical label, which all renumberings of one graph share.
//
// Vertices are atoms, coloured by species (and by whether they are frozen); an edge joins atoms closer
// than the cutoff of their species. The canonical form is nauty's (McKay, Piperno, J. Symb. Comput. 60
// (2014) 94): a graph whose atoms are renumbered into canonical order has its canonical label as its
// identity label, so a configuration kept in that order is at home in its state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/key.hpp"

namespace splicemd::parsplice {

using AtomIndex = std::uint32_t;

struct BondGraph {
  std::vector<std::uint32_t> colours;                  // one per atom
  std::vector<std::pair<AtomIndex, AtomIndex>> bonds;  // first < second

  // Sorts bonds and drops repeated ones; both labels need it.
  void normalise();
};

// XXH3 (128 bits) over the colours and sorted bonds.
Key identity_label(const BondGraph& graph);

// order[k] is the atom that comes k-th in canonical order.
using Permutation = std::vector<AtomIndex>;
struct CanonicalForm {
  Key label;
  Permutation order;
};
CanonicalForm canonical_form(const BondGraph& bonded);

// The graph with its atoms renumbered: new atom k is old atom order[k].
BondGraph renumbered(const BondGraph& graph, const Permutation& order);
Permutation identity_permutation(std::size_t n);
// (a ∘ b)[k] = a[b[k]].
Permutation compose(const Permutation& a, const Permutation& b);
Permutation inverse(const Permutation& permutation);

// Remembers the canonical forms of the graphs met most recently, by identity label. Not thread-safe.
class CanonicalCache {
 public:
  explicit CanonicalCache(std::size_t capacity) : capacity_(capacity) {}
  // Valid until the next call.
  const CanonicalForm& form(const Key& identity, const BondGraph& graph);
  std::size_t misses() const { return misses_; }

 private:
  using Entry = std::pair<Key, CanonicalForm>;
  std::size_t capacity_;
  std::size_t misses_ = 0;
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<Key, std::list<Entry>::iterator> index_;
};

}  // namespace splicemd::parsplice
