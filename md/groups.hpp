// Groups: named sets of atoms chosen by identity, species or place; frozen ones do not move.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/config.hpp"
#include "md/configuration.hpp"

namespace splicemd::md {

// An atom belongs to the group if it satisfies every criterion that is given.
struct Group {
  struct Sphere {
    std::array<double, 3> centre{};  // Å
    double radius = 0.0;             // Å
  };

  std::string name;
  bool frozen = false;
  std::vector<std::pair<std::int64_t, std::int64_t>> ids;  // inclusive ranges; empty: any
  std::vector<std::string> species;                        // empty: any
  std::array<double, 3> above;                             // x, y, z ≥ these; Å
  std::array<double, 3> below;                             // x, y, z < these; Å
  std::optional<Sphere> sphere;

  Group() {
    above.fill(-std::numeric_limits<double>::infinity());
    below.fill(std::numeric_limits<double>::infinity());
  }
};

// Bit of the k-th group in Atoms::group: bit 0 says that an atom is frozen (kFrozenBit).
inline constexpr unsigned group_bit(std::size_t k) { return 1U << (k + 1); }
inline constexpr std::size_t kMaxGroups = 31;

// A group of this name has as a further criterion that the structure file holds the atom fixed along all
// axes (POSCAR's selective dynamics F F F, the move_mask of extended XYZ).
inline constexpr const char* kSelectedFixed = "selected_fixed";

// Reads a deck's `groups:` map.
std::vector<Group> read_groups(const ConfigNode& node);

// The group bits of each atom, in the configuration's order; positions as they are at the start.
// InputError if a group names a species the system lacks, or contains no atom. Warns if the structure file
// holds atoms that no group freezes.
std::vector<unsigned> assign_groups(const std::vector<Group>& groups,
                                    const Configuration& configuration);

}  // namespace splicemd::md
