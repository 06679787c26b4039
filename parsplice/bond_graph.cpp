// Hashing and renumbering bond graphs.
#include "parsplice/bond_graph.hpp"

#include <algorithm>
#include <numeric>

#include "base/bytes.hpp"
#include "base/checksum.hpp"

namespace splicemd::parsplice {

void BondGraph::normalise() {
  for (auto& [a, b] : bonds) {
    if (a > b) std::swap(a, b);
  }
  std::sort(bonds.begin(), bonds.end());
  bonds.erase(std::unique(bonds.begin(), bonds.end()), bonds.end());
}

Key identity_label(const BondGraph& graph) {
  std::vector<std::uint32_t> words;
  words.reserve(graph.colours.size() + 2 * graph.bonds.size() + 1);
  words.push_back(static_cast<std::uint32_t>(graph.colours.size()));
  words.insert(words.end(), graph.colours.begin(), graph.colours.end());
  for (const auto& [a, b] : graph.bonds) {
    words.push_back(a);
    words.push_back(b);
  }
  return hash_key(words.data(), words.size() * sizeof(words[0]));
}

Permutation identity_permutation(std::size_t n) {
  Permutation permutation(n);
  std::iota(permutation.begin(), permutation.end(), 0U);
  return permutation;
}

Permutation compose(const Permutation& a, const Permutation& b) {
  Permutation result(b.size());
  for (std::size_t k = 0; k < b.size(); ++k) result[k] = a[b[k]];
  return result;
}

Permutation inverse(const Permutation& permutation) {
  Permutation result(permutation.size());
  for (std::size_t k = 0; k < permutation.size(); ++k) {
    result[permutation[k]] = static_cast<AtomIndex>(k);
  }
  return result;
}

BondGraph renumbered(const BondGraph& graph, const Permutation& order) {
  const Permutation place = inverse(order);
  BondGraph result;
  result.colours.reserve(graph.colours.size());
  for (const AtomIndex atom : order) result.colours.push_back(graph.colours[atom]);
  result.bonds.reserve(graph.bonds.size());
  for (const auto& [a, b] : graph.bonds) result.bonds.emplace_back(place[a], place[b]);
  result.normalise();
  return result;
}

const CanonicalForm& CanonicalCache::form(const Key& identity, const BondGraph& graph) {
  const auto found = index_.find(identity);
  if (found != index_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->second;
  }
  ++misses_;
  entries_.emplace_front(identity, canonical_form(graph));
  index_[identity] = entries_.begin();
  if (entries_.size() > capacity_) {
    index_.erase(entries_.back().first);
    entries_.pop_back();
  }
  return entries_.front().second;
}

}  // namespace splicemd::parsplice
