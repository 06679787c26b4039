// Reading a deck's groups and deciding which atoms belong to them.
#include "md/groups.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/parse.hpp"
#include "md/system.hpp"

namespace splicemd::md {
namespace {

// "17" or "10-20".
std::pair<std::int64_t, std::int64_t> read_id_range(const ConfigNode& node) {
  const std::string text = node.text();
  const auto dash = text.find('-', 1);
  const auto first = parse_int(trim(std::string_view(text).substr(0, dash)));
  const auto last =
      dash == std::string::npos ? first : parse_int(trim(std::string_view(text).substr(dash + 1)));
  if (!first || !last || *first < 1 || *last < *first) {
    node.fail("expected an atom id or a range of ids such as 10-20, found '{}'", text);
  }
  return {*first, *last};
}

void read_region(const ConfigNode& node, Group& group) {
  const char* axes[] = {"x", "y", "z"};
  for (std::size_t k = 0; k < 3; ++k) {
    const auto bounds = node.find(axes[k]);
    if (!bounds) continue;
    group.above[k] = bounds->number("above", Dimension::length, group.above[k]);
    group.below[k] = bounds->number("below", Dimension::length, group.below[k]);
    if (!(group.above[k] < group.below[k])) bounds->fail("'above' must be less than 'below'");
  }
  if (const auto sphere = node.find("sphere")) {
    Group::Sphere read;
    const auto centre = sphere->at("centre").numbers(3, Dimension::length);
    std::copy(centre.begin(), centre.end(), read.centre.begin());
    read.radius = sphere->at("radius").number(Dimension::length, 0.0);
    group.sphere = read;
  }
}

Group read_group(const std::string& name, const ConfigNode& node) {
  Group group;
  group.name = name;
  if (name == "all") node.fail("the name 'all' is reserved: it means all atoms");
  group.frozen = node.boolean("frozen", false);
  if (const auto ids = node.find("ids")) {
    for (const ConfigNode& item : ids->items()) group.ids.push_back(read_id_range(item));
    if (group.ids.empty()) ids->fail("expected at least one atom id");
  }
  if (const auto species = node.find("species")) {
    for (const ConfigNode& item : species->items()) group.species.push_back(item.text());
    if (group.species.empty()) species->fail("expected at least one species");
  }
  if (const auto region = node.find("region")) read_region(*region, group);
  return group;
}

bool contains(const Group& group, const AtomRecord& atom, const std::string& symbol) {
  if (group.name == kSelectedFixed && atom.held != kHeldAlongAll) return false;
  const auto has_id = [&atom](const auto& range) {
    return atom.id >= range.first && atom.id <= range.second;
  };
  if (!group.ids.empty() && std::none_of(group.ids.begin(), group.ids.end(), has_id)) return false;
  if (!group.species.empty() &&
      std::find(group.species.begin(), group.species.end(), symbol) == group.species.end()) {
    return false;
  }
  for (int k = 0; k < 3; ++k) {
    if (atom.x[k] < group.above[k] || atom.x[k] >= group.below[k]) return false;
  }
  if (!group.sphere) return true;
  double r2 = 0.0;
  for (int k = 0; k < 3; ++k) {
    const double d = atom.x[k] - group.sphere->centre[k];
    r2 += d * d;
  }
  return r2 <= group.sphere->radius * group.sphere->radius;
}

// Atoms that the structure file holds and the deck lets go: seldom what was meant.
void warn_of_freed_atoms(const Configuration& configuration, const std::vector<unsigned>& bits) {
  std::int64_t held = 0;
  std::int64_t partly_held = 0;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    if ((bits[i] & kFrozenBit) != 0) continue;
    const unsigned axes = configuration.atoms[i].held;
    held += axes == kHeldAlongAll ? 1 : 0;
    partly_held += axes != kHeldAlongAll && axes != 0 ? 1 : 0;
  }
  if (!log::on_root()) return;
  if (held > 0) {
    log::warning(
        "the structure file holds {} atom{} fixed, which will move: `groups: {{{}: {{frozen: "
        "true}}}}` freezes them",
        held, held == 1 ? "" : "s", kSelectedFixed);
  }
  if (partly_held > 0) {
    log::warning(
        "the structure file holds {} atom{} fixed along some axes only, which is not possible "
        "here: they move along all",
        partly_held, partly_held == 1 ? "" : "s");
  }
}

}  // namespace

std::vector<Group> read_groups(const ConfigNode& node) {
  std::vector<Group> groups;
  for (const auto& [name, entry] : node.entries()) groups.push_back(read_group(name, entry));
  if (groups.size() > kMaxGroups - 1) {
    node.fail("at most {} groups, found {}", kMaxGroups - 1, groups.size());
  }
  return groups;
}

std::vector<unsigned> assign_groups(const std::vector<Group>& groups,
                                    const Configuration& configuration) {
  std::vector<std::string> symbols;
  for (const Species& species : configuration.species) symbols.push_back(species.symbol);
  std::vector<unsigned> bits(configuration.atoms.size(), 0U);
  for (std::size_t k = 0; k < groups.size(); ++k) {
    const Group& group = groups[k];
    for (const std::string& name : group.species) {
      require(std::find(symbols.begin(), symbols.end(), name) != symbols.end(),
              "group '{}': the system has no species '{}'{}; it has {}", group.name, name,
              did_you_mean(name, symbols), fmt::join(symbols, ", "));
    }
    std::int64_t members = 0;
    for (std::size_t i = 0; i < bits.size(); ++i) {
      const AtomRecord& atom = configuration.atoms[i];
      if (!contains(group, atom, symbols[static_cast<std::size_t>(atom.type)])) continue;
      bits[i] |= group_bit(k) | (group.frozen ? kFrozenBit : 0U);
      ++members;
    }
    require(members > 0, "group '{}' contains no atom{}", group.name,
            group.name == kSelectedFixed
                ? ": the structure file holds none of those asked for fixed"
                : "");
  }
  warn_of_freed_atoms(configuration, bits);
  return bits;
}

}  // namespace splicemd::md
