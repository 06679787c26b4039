// Groups: which atoms satisfy which criteria, and the bits they get.
#include <gtest/gtest.h>

#include "md/groups.hpp"
#include "md/system.hpp"

namespace splicemd::md {
namespace {

// Ten atoms on the z axis at 0, 1, ..., 9 Å; ids 1 ... 10; odd ids are Cu, even ones Ni.
Configuration chain() {
  Configuration c;
  c.species = {{"Cu", 63.5}, {"Ni", 58.7}};
  for (int i = 0; i < 10; ++i) {
    AtomRecord atom;
    atom.id = i + 1;
    atom.type = i % 2;
    atom.x[2] = i;
    c.atoms.push_back(atom);
  }
  return c;
}

std::vector<Group> groups(const std::string& text) {
  return read_groups(ConfigNode::parse("deck.yaml", text));
}

// Ids of the atoms whose bits include `bit`.
std::vector<std::int64_t> members(const std::vector<Group>& list, unsigned bit) {
  const Configuration c = chain();
  const auto bits = assign_groups(list, c);
  std::vector<std::int64_t> ids;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    if (bits[i] & bit) ids.push_back(c.atoms[i].id);
  }
  return ids;
}

using Ids = std::vector<std::int64_t>;

TEST(Groups, EachCriterion) {
  EXPECT_EQ(members(groups("g: {ids: [2, 5-7, 1000]}"), group_bit(0)), (Ids{2, 5, 6, 7}));
  EXPECT_EQ(members(groups("g: {species: Ni}"), group_bit(0)), (Ids{2, 4, 6, 8, 10}));
  EXPECT_EQ(members(groups("g: {region: {z: {above: 2, below: 4}}}"), group_bit(0)), (Ids{3, 4}));
  EXPECT_EQ(members(groups("g: {region: {z: {below: 0.2 nm}}}"), group_bit(0)), (Ids{1, 2}));
  EXPECT_EQ(members(groups("g: {region: {sphere: {centre: [0, 0, 5], radius: 1}}}"), group_bit(0)),
            (Ids{5, 6, 7}));
  EXPECT_EQ(members(groups("g: {}"), group_bit(0)).size(), 10U);
}

TEST(Groups, CriteriaMustAllHold) {
  EXPECT_EQ(members(groups("g: {species: Cu, region: {z: {below: 5}}, ids: [2-10]}"), group_bit(0)),
            (Ids{3, 5}));
}

TEST(Groups, SeveralGroupsAndFrozenAtoms) {
  const auto list =
      groups("a: {ids: [1-3], frozen: true}\nb: {ids: [3-4]}\nc: {ids: 10, frozen: yes}");
  EXPECT_EQ(members(list, group_bit(0)), (Ids{1, 2, 3}));
  EXPECT_EQ(members(list, group_bit(1)), (Ids{3, 4}));
  EXPECT_EQ(members(list, kFrozenBit), (Ids{1, 2, 3, 10}));
}

// The ids of the frozen atoms of a chain whose first two atoms its file holds fixed, and the third in part.
std::vector<std::int64_t> frozen_of_held_chain(const std::string& text, std::string& warnings) {
  Configuration c = chain();
  c.atoms[0].held = c.atoms[1].held = kHeldAlongAll;
  c.atoms[2].held = 4;
  ::testing::internal::CaptureStderr();
  const auto bits = assign_groups(groups(text), c);
  warnings = ::testing::internal::GetCapturedStderr();
  std::vector<std::int64_t> ids;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    if ((bits[i] & kFrozenBit) != 0) ids.push_back(c.atoms[i].id);
  }
  return ids;
}

TEST(Groups, SelectedFixedAreTheAtomsThatTheFileHolds) {
  std::string warnings;
  EXPECT_EQ(frozen_of_held_chain("{}", warnings), Ids{});
  EXPECT_NE(warnings.find(
                "holds 2 atoms fixed, which will move: `groups: {selected_fixed: {frozen: true}}`"),
            std::string::npos)
      << warnings;
  EXPECT_NE(warnings.find("1 atom fixed along some axes only"), std::string::npos) << warnings;
  EXPECT_EQ(frozen_of_held_chain("selected_fixed: {frozen: true}", warnings), (Ids{1, 2}));
  EXPECT_EQ(warnings.find("which will move"), std::string::npos) << warnings;
  EXPECT_EQ(frozen_of_held_chain("selected_fixed: {frozen: true, species: Ni}", warnings), Ids{2});
  EXPECT_NE(warnings.find("holds 1 atom fixed, which will move"), std::string::npos) << warnings;
  EXPECT_EQ(frozen_of_held_chain("g: {ids: [1-3], frozen: true}", warnings), (Ids{1, 2, 3}));
  EXPECT_EQ(warnings, "");
  EXPECT_THROW(assign_groups(groups("selected_fixed: {frozen: true}"), chain()), InputError);
}

TEST(Groups, Refusals) {
  EXPECT_THROW(groups("all: {}"), InputError);
  EXPECT_THROW(groups("g: {ids: []}"), InputError);
  for (const char* range : {"7-5", "0", "x", "1-", "-3", "1-2-3"}) {
    EXPECT_THROW(groups(std::string("g: {ids: ['") + range + "']}"), InputError) << range;
  }
  EXPECT_THROW(groups("g: {region: {z: {above: 4, below: 4}}}"), InputError);
  EXPECT_THROW(assign_groups(groups("g: {species: Fe}"), chain()), InputError);
  EXPECT_THROW(assign_groups(groups("g: {region: {z: {above: 50}}}"), chain()), InputError);
  std::string many;
  for (int i = 0; i < 31; ++i) many += "g" + std::to_string(i) + ": {}\n";
  EXPECT_THROW(groups(many), InputError);
}

}  // namespace
}  // namespace splicemd::md
