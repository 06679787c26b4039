// The displacement criterion of a state's definition: with the bond graph unchanged, a state also ends once an atom
// of the minimised system is further than a given distance from its place in the state's reference.
//
// The reference of a stay is the minimum with which the state was entered. It is part of every configuration stored
// of that stay, so that the segments that go on from there judge by the same one, whoever runs them. The name of a
// state must be one that another entry into it finds again, although minimisers stop within a tolerance of a
// minimum. Canonical names are made of the graph and of the minimum's energy against the deck's start, in steps
// of a resolution; identity names of the graph and of where atoms are against the deck's start, in cells. A
// minimum at the edge of a step can get two names. Both are then names of one set of configurations with one
// quasi-stationary distribution, and a name is kept until the state is left, so splicing stays exact.
#pragma once

#include <cstdint>
#include <vector>

#include "parsplice/configuration.hpp"
#include "parsplice/engine.hpp"

namespace splicemd::parsplice {

struct DisplacementSettings {
  double distance = 0.0;           // Å; 0: no criterion
  double energy_resolution = 0.0;  // eV
  bool canonical = true;
};

// What a bond graph and its minimum say.
struct MinimumSeen {
  Observation
      graph;  // state: canonical (or identity) label of the graph; identity: its identity label
  const std::vector<Vector3>& x;  // Å, unwrapped
  double energy;                  // eV
};

// Follows one system from placement to placement. Not thread-safe.
class DisplacementCriterion {
 public:
  explicit DisplacementCriterion(const DisplacementSettings& settings) : settings_(settings) {}

  // The system was put at `placed`, of which `seen` is the minimum; the first one is the deck's start.
  Observation begin(const AtomicConfiguration& placed, const MinimumSeen& seen);
  // The state now; `atoms` has the numbering in force.
  Observation observe(const AtomicConfiguration& atoms, const MinimumSeen& seen);
  // Adds to a configuration of the present stay, in the numbering in force, what begin() needs to know of it.
  void mark(AtomicConfiguration& atoms) const;

 private:
  using Cells = std::vector<std::array<std::int32_t, 3>>;
  Cells cells(const AtomicConfiguration& atoms, const std::vector<Vector3>& places,
              const std::vector<Vector3>& x) const;
  bool within(const AtomicConfiguration& atoms, const std::vector<Vector3>& reference,
              const std::vector<Vector3>& x) const;
  Key name(const AtomicConfiguration& atoms, const MinimumSeen& seen) const;

  DisplacementSettings settings_;
  std::vector<Vector3> origin_;  // the deck's start
  double origin_energy_ = 0.0;   // eV
  std::vector<Vector3> placed_;  // the reference at the last begin()
  std::vector<Vector3> reference_;
  Observation graph_, now_;  // of the reference
};

}  // namespace splicemd::parsplice
