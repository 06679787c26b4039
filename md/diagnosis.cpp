// Searches on the host: they are made once, at set-up or when a run fails.
#include "md/diagnosis.hpp"

#include <cmath>

#include "base/error.hpp"

namespace splicemd::md {

namespace {

constexpr double kOverlap = 0.01;    // Å: no two atoms are ever as near as that
constexpr double kSuspicious = 0.5;  // Å: less than any bond

template <class ViewType>
auto to_host(const ViewType& view) {
  return Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), view);
}

// Not std::hypot: of (0, NaN, 0) that may be 0.
double length(double x, double y, double z) { return std::sqrt(x * x + y * y + z * z); }

// The rank that holds the least `value`.
int rank_of_least(const Communicator& comm, double value) {
  const double least = comm.min(value);
  return comm.min(value == least ? comm.rank() : comm.size() - 1);
}

// The lowest id of an atom whose force is not a number, on all ranks; 0 if there is none.
std::int64_t atom_without_force(const System& system) {
  const auto f = to_host(system.atoms.f);
  const auto id = to_host(system.atoms.id);
  std::int64_t lowest = std::numeric_limits<std::int64_t>::max();
  for (int i = 0; i < system.atoms.n_local; ++i) {
    if (!std::isfinite(f(i, 0) + f(i, 1) + f(i, 2))) lowest = std::min(lowest, id(i));
  }
  lowest = system.comm.min(lowest);
  return lowest == std::numeric_limits<std::int64_t>::max() ? 0 : lowest;
}

}  // namespace

NearestPair nearest_pair(const System& system, const NeighbourBuilder& lists) {
  ExecSpace().fence();
  const auto x = to_host(system.atoms.x);
  const auto id = to_host(system.atoms.id);
  const auto count = to_host(lists.full().count);
  const auto neighbours = to_host(lists.full().neighbours);
  NearestPair pair;
  for (int i = 0; i < system.atoms.n_local; ++i) {
    for (int q = 0; q < count(i); ++q) {
      const int j = neighbours(i, q);
      const double distance = length(x(i, 0) - x(j, 0), x(i, 1) - x(j, 1), x(i, 2) - x(j, 2));
      if (distance < pair.distance) pair = {id(i), id(j), distance};
    }
  }
  const int owner = rank_of_least(system.comm, pair.distance);
  system.comm.broadcast(pair.first, owner);
  system.comm.broadcast(pair.second, owner);
  system.comm.broadcast(pair.distance, owner);
  if (pair.first > pair.second) std::swap(pair.first, pair.second);
  return pair;
}

void refuse_overlaps(const System& system, const Forces& forces) {
  const NearestPair pair = nearest_pair(system, forces.lists());
  require(pair.distance >= kOverlap, "atoms {} and {} are on top of each other, {:.3g} Å apart",
          pair.first, pair.second, pair.distance);
}

std::string suspects(const System& system, const Forces& forces) {
  const NearestPair pair = nearest_pair(system, forces.lists());
  if (pair.distance < kSuspicious) {
    return fmt::format("atoms {} and {} are {:.3g} Å apart", pair.first, pair.second,
                       pair.distance);
  }
  const std::int64_t atom = atom_without_force(system);
  return fmt::format("{}is the timestep too long?",
                     atom > 0 ? fmt::format("neither is the force on atom {}; ", atom) : "");
}

Leap farthest_leap(const System& system, const Forces& forces) {
  ExecSpace().fence();
  const auto x = to_host(system.atoms.x);
  const auto saved = to_host(forces.x_at_build());
  const auto id = to_host(system.atoms.id);
  Leap leap;
  double farthest = -1.0;  // with infinity for what is not a number
  for (int i = 0; i < system.atoms.n_local; ++i) {
    const double d = length(x(i, 0) - saved(i, 0), x(i, 1) - saved(i, 1), x(i, 2) - saved(i, 2));
    const double rank = std::isfinite(d) ? d : std::numeric_limits<double>::infinity();
    if (rank <= farthest) continue;
    farthest = rank;
    leap = {id(i), d};
  }
  const int owner = rank_of_least(system.comm, -farthest);
  system.comm.broadcast(leap.id, owner);
  system.comm.broadcast(leap.distance, owner);
  return leap;
}

std::int64_t atom_outside(const System& system, int axis) {
  ExecSpace().fence();
  const auto x = to_host(system.atoms.x);
  const auto id = to_host(system.atoms.id);
  std::int64_t found = 0;
  double farthest = -1.0;  // from the box's middle, in fractions of its length
  for (int i = 0; i < system.atoms.n_local; ++i) {
    const double position[3] = {x(i, 0), x(i, 1), x(i, 2)};
    double s[3];
    system.box.to_fractional(position, s);
    if (std::abs(s[axis] - 0.5) <= farthest) continue;
    farthest = std::abs(s[axis] - 0.5);
    found = id(i);
  }
  system.comm.broadcast(found, rank_of_least(system.comm, -farthest));
  return found;
}

}  // namespace splicemd::md
