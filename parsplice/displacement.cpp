// Stays within a distance of their references, and the names of what is entered next.
#include "parsplice/displacement.hpp"

#include <algorithm>
#include <cmath>

#include "base/checksum.hpp"
#include "parsplice/rigid_motion.hpp"

namespace splicemd::parsplice {

// Points that share a cell are closer than the criterion's distance.
DisplacementCriterion::Cells DisplacementCriterion::cells(const AtomicConfiguration& atoms,
                                                          const std::vector<Vector3>& places,
                                                          const std::vector<Vector3>& x) const {
  const double edge = settings_.distance / std::sqrt(3.0);
  Cells result;
  result.reserve(x.size());
  for (const Vector3& d : displacements(atoms, places, x)) {
    auto& cell = result.emplace_back();
    for (std::size_t c = 0; c < 3; ++c)
      cell[c] = static_cast<std::int32_t>(std::lround(d[c] / edge));
  }
  return result;
}

bool DisplacementCriterion::within(const AtomicConfiguration& atoms,
                                   const std::vector<Vector3>& reference,
                                   const std::vector<Vector3>& x) const {
  const double most = settings_.distance * settings_.distance;
  const std::vector<Vector3> moved = displacements(atoms, reference, x);
  return std::all_of(moved.begin(), moved.end(),
                     [&](const Vector3& d) { return square(d) <= most; });
}

Key DisplacementCriterion::name(const AtomicConfiguration& atoms, const MinimumSeen& seen) const {
  ByteWriter out;
  out.put(seen.graph.state);
  if (settings_.canonical) {
    const double steps = (seen.energy - origin_energy_) / settings_.energy_resolution;
    out.put(static_cast<std::int64_t>(std::llround(steps)));
  } else {
    out.put(cells(atoms, origin_, seen.x));
  }
  return hash_key(out.view().data(), out.size());
}

Observation DisplacementCriterion::begin(const AtomicConfiguration& placed,
                                         const MinimumSeen& seen) {
  if (origin_.empty()) {
    origin_ = seen.x;
    origin_energy_ = seen.energy;
  }
  const bool known = !placed.reference.empty() && placed.graph == seen.graph.state &&
                     within(placed, placed.reference, seen.x);
  reference_ = placed_ = known ? placed.reference : seen.x;
  graph_ = seen.graph;
  now_.state = known ? placed.state : name(placed, seen);
  now_.identity = now_.state;
  return now_;
}

Observation DisplacementCriterion::observe(const AtomicConfiguration& atoms,
                                           const MinimumSeen& seen) {
  if (seen.graph.identity == graph_.identity && within(atoms, reference_, seen.x)) return now_;
  reference_ = seen.x;
  graph_ = seen.graph;
  now_.state = name(atoms, seen);
  ByteWriter out;
  out.put(seen.graph.identity).put(now_.state).put(cells(atoms, placed_, seen.x));
  now_.identity = hash_key(out.view().data(), out.size());
  return now_;
}

void DisplacementCriterion::mark(AtomicConfiguration& atoms) const {
  atoms.state = now_.state;
  atoms.graph = graph_.state;
  atoms.reference = reference_;
}

}  // namespace splicemd::parsplice
