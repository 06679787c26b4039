// A system of atoms as bytes: what the MD engine stores of states, hot points and arrivals.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/key.hpp"
#include "md/configuration.hpp"
#include "parsplice/bond_graph.hpp"

namespace splicemd::parsplice {

using Vector3 = std::array<double, 3>;

// Atoms in some order; row k of each array is one atom.
struct AtomicConfiguration {
  md::Box box;
  std::vector<md::Species> species;
  std::vector<std::int32_t> type;    // into species
  std::vector<std::uint32_t> group;  // the deck's group bits; bit 0: frozen
  std::vector<Vector3> minimum;      // Å, unwrapped: the minimum the system is at or above
  std::vector<Vector3> x;            // Å, unwrapped; empty: at the minimum
  std::vector<Vector3> v;            // Å/ps; empty: none
  // With the displacement criterion (see displacement.hpp), else nothing: the state's name, the canonical label
  // of its bond graph alone, and the atoms' places in its reference (Å, unwrapped).
  Key state, graph;
  std::vector<Vector3> reference;

  std::size_t size() const { return type.size(); }
  const std::vector<Vector3>& positions() const { return x.empty() ? minimum : x; }
  // Row k of the result is row order[k] of this.
  AtomicConfiguration reordered(const Permutation& order) const;
  // For md::System: ids are rows + 1, positions wrapped by the reader.
  md::Configuration to_md() const;

  Bytes encode() const;
  static AtomicConfiguration decode(ByteView bytes);
};

// An arrival: how a piece's atoms go over into the end state's canonical order, and where they moved.
struct AtomicArrival {
  Permutation order;            // order[k]: the piece's atom that is k-th in canonical order
  std::vector<Vector3> before;  // Å, unwrapped, the piece's order: the minimum where it started …
  std::vector<Vector3> after;   // … and the one of the state it entered

  Bytes encode() const;
  static AtomicArrival decode(ByteView bytes);
};

}  // namespace splicemd::parsplice
