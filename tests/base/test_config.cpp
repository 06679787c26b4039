// The strict YAML document: what it reads, what it refuses, and how it says so.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "base/config.hpp"

namespace splicemd {
namespace {

ConfigNode parse(std::string_view text, const std::map<std::string, std::string>& variables = {}) {
  return ConfigNode::parse("dir/deck.yaml", text, variables);
}

// The message of the InputError that `action` throws.
std::string message(const std::function<void()>& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "(no error)";
}

#define EXPECT_ERROR(expression, text) EXPECT_EQ(message([&] { (void)(expression); }), text)
#define EXPECT_ERROR_HAS(expression, text)                                      \
  EXPECT_NE(message([&] { (void)(expression); }).find(text), std::string::npos) \
      << message([&] { (void)(expression); })

TEST(Config, ReadsScalarsListsAndMaps) {
  const auto root = parse(
      "a: 1\nb: 0.5 fs\nc: [1, 2 nm, 3]\nd: yes\ne: {x: text with blanks}\nf:\n- 1\n- 2\ng: "
      "1e6\nh: '12'\n");
  EXPECT_TRUE(root.is_map());
  EXPECT_EQ(root.at("a").integer(), 1);
  EXPECT_EQ(root.at("b").number(Dimension::time), 0.0005);
  EXPECT_EQ(root.at("c").numbers(3, Dimension::length), (std::vector<double>{1, 20, 3}));
  EXPECT_TRUE(root.at("d").boolean());
  EXPECT_EQ(root.at("e").at("x").text(), "text with blanks");
  EXPECT_EQ(root.at("f").items().size(), 2U);
  EXPECT_EQ(root.at("g").integer(), 1000000);
  EXPECT_EQ(root.at("h").integer(), 12);
  EXPECT_EQ(root.at("a").items().size(), 1U);  // a scalar is a list of one
  EXPECT_EQ(root.directory(), "dir");
  EXPECT_NO_THROW(root.reject_unread());
}

TEST(Config, DefaultsApplyOnlyToAbsentKeys) {
  const auto root = parse("skin: 2\nname: x\nempty:\n");
  EXPECT_EQ(root.number("skin", Dimension::length, 1.0), 2.0);
  EXPECT_EQ(root.number("other", Dimension::length, 1.5), 1.5);
  EXPECT_EQ(root.integer("n", 7), 7);
  EXPECT_TRUE(root.boolean("flag", true));
  EXPECT_EQ(root.text("name", "y"), "x");
  EXPECT_FALSE(root.at("empty").find("anything"));
  EXPECT_TRUE(root.at("empty").items().empty());
  EXPECT_ERROR_HAS(root.number("empty", Dimension::length, 1.0), "found nothing");
}

TEST(Config, ErrorsNameFileLinePathAndExpectation) {
  const auto root = parse("a: 1\nlist:\n- style: x\n- style: y\n  cut: 3 K\n  n: 2.5\n");
  const auto item = root.at("list").items()[1];
  EXPECT_EQ(item.at("cut").where(), "dir/deck.yaml:5: list[1].cut");
  EXPECT_ERROR(item.at("n").integer(),
               "dir/deck.yaml:6: list[1].n: expected an integer, found '2.5'");
  EXPECT_ERROR_HAS(item.at("cut").number(Dimension::length), "expected a length (Å, A, ");
  EXPECT_ERROR(root.at("a").integer(2, 5), "dir/deck.yaml:1: a: must be between 2 and 5, found 1");
  EXPECT_ERROR(root.at("a").number(Dimension::none, 2.0),
               "dir/deck.yaml:1: a: must be at least 2, found 1");
  EXPECT_ERROR(root.at("list").text(),
               "dir/deck.yaml:2: list: expected a single value, found a list");
  EXPECT_ERROR_HAS(root.at("a").find("x"), "expected a map with the key 'x', found '1'");
  EXPECT_ERROR(
      item.at("style").choice({"xx", "yy", "other"}),
      "dir/deck.yaml:4: list[1].style: unknown name 'y' (did you mean 'yy'?); expected one of: "
      "xx, yy, other");
  EXPECT_ERROR_HAS(root.at("list").numbers(3), "expected a list of 3 numbers, found 2");
  EXPECT_ERROR_HAS(root.at("a").boolean(), "expected true or false");
}

TEST(Config, MissingKeysPointAtUnreadNeighbours) {
  const auto root = parse("potential: x\n");
  EXPECT_ERROR(root.at("potentials"),
               "dir/deck.yaml:1: missing key 'potentials' (there is 'potential': is that it?)");
}

TEST(Config, UnreadKeysAreErrors) {
  const auto root = parse("a: 1\nsub:\n  xs:\n  - {p: 1}\n  - {p: 1, qq: 2}\n");
  root.at("a").integer();
  EXPECT_ERROR(root.reject_unread(), "dir/deck.yaml:2: sub: unknown key 'sub' (known here: a)");
  const auto items = root.at("sub").at("xs").items();
  items[0].at("p");
  items[0].find("q");
  items[1].at("p");
  items[1].find("q");
  EXPECT_ERROR(root.reject_unread(),
               "dir/deck.yaml:5: sub.xs[1].qq: unknown key 'qq' (did you mean 'q'?)");
  items[1].at("qq");
  EXPECT_NO_THROW(root.reject_unread());
}

TEST(Config, EntriesKeepDocumentOrder) {
  const auto entries = parse("W: 183.84\nBe: 9.01\nAl: 27\n").entries();
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].first, "W");
  EXPECT_EQ(entries[2].first, "Al");
  EXPECT_EQ(entries[1].second.number(Dimension::mass), 9.01);
}

TEST(Config, VariablesAreReplacedAndOverridden) {
  const char* text =
      "variables:\n  T: 300 K\n  half: 150\n  name: run_${T}\nt: ${T}\nf: ${name}.xyz\nn: "
      "'${half}${half}'\n";
  const auto root = parse(text);
  EXPECT_EQ(root.at("t").number(Dimension::temperature), 300.0);
  EXPECT_EQ(root.at("f").text(), "run_300 K.xyz");
  EXPECT_EQ(root.at("n").integer(), 150150);
  EXPECT_NO_THROW(root.reject_unread());
  const auto other = parse(text, {{"T", "600"}});
  EXPECT_EQ(other.at("t").number(Dimension::temperature), 600.0);
  EXPECT_EQ(other.at("f").text(), "run_600.xyz");
}

TEST(Config, VariableErrors) {
  EXPECT_ERROR(
      parse("variables: {temp: 1}\na: ${tmep}\n"),
      "dir/deck.yaml:2: a: variable 'tmep' is not declared in 'variables:' (did you mean 'temp'?)");
  EXPECT_ERROR(
      parse("variables: {temp: 1}\n", {{"tmp", "2"}}),
      "dir/deck.yaml: variable 'tmp' is not declared in 'variables:' (did you mean 'temp'?)");
  EXPECT_ERROR_HAS(parse("a: 1\n", {{"b", "2"}}), "variable 'b' is not declared");
  EXPECT_ERROR_HAS(parse("variables: {x: 1}\na: ${x\n"), "without its '}'");
  EXPECT_ERROR_HAS(parse("variables: {x: [1]}\n"), "must be a single value");
  EXPECT_ERROR_HAS(parse("variables: [x]\n"), "expected a map");
  EXPECT_ERROR_HAS(parse("variables: {x: '${y}', y: 1}\n"), "variable 'y' is not declared");
}

TEST(Config, RefusesAnchorsAliasesTagsAndDuplicates) {
  EXPECT_ERROR_HAS(parse("a: &x 1\nb: 2\n"), "dir/deck.yaml:1: ");
  EXPECT_ERROR_HAS(parse("a: &x [1]\nb: *x\n"), "not allowed");
  EXPECT_ERROR_HAS(parse("a: !!int 3\n"), "tag");
  EXPECT_ERROR_HAS(parse("a: !mine {b: 1}\n"), "tag");
  EXPECT_ERROR(parse("a: 1\nb: 2\na: 3\n"), "dir/deck.yaml:3: duplicate key 'a' (first on line 1)");
  EXPECT_ERROR_HAS(parse("a: 1\n---\nb: 2\n"), "second YAML document");
  EXPECT_ERROR_HAS(parse("? [1, 2]\n: 3\n"), "key must be plain text");
  EXPECT_ERROR_HAS(parse("~: 3\n"), "empty key");
}

TEST(Config, RefusesWhatIsNotAText) {
  EXPECT_ERROR_HAS(parse(""), "empty");
  EXPECT_ERROR_HAS(parse("# only a comment\n"), "empty");
  EXPECT_ERROR_HAS(parse(std::string("a: 1\0", 5)), "control character");
  EXPECT_ERROR_HAS(parse("a: 1\nb: \x1b[31m\n"), "deck.yaml:2: byte 0x1b is a control character");
  EXPECT_ERROR_HAS(parse("a: \xff\xfe\n"), "not valid UTF-8");
  EXPECT_ERROR_HAS(parse("a: [1, 2\n"), "not valid YAML");
  EXPECT_ERROR_HAS(parse("a: [${x}]\n"), "(write \"${name}\" in quotes inside [...] and {...})");
  EXPECT_ERROR_HAS(parse("a: b: c\n"), "deck.yaml:1: not valid YAML");
  EXPECT_ERROR_HAS(ConfigNode::load("/nonexistent/deck.yaml"), "no such file");
  EXPECT_ERROR_HAS(ConfigNode::load("/"), "not a regular file");
}

TEST(Config, LimitsOnSizeDepthAndNumber) {
  std::string deep;
  for (int i = 0; i < 31; ++i) deep += '[';
  std::string many_dashes;
  for (int i = 0; i < 10000; ++i) many_dashes += "- ";
  EXPECT_NO_THROW(parse("a: " + deep + std::string(31, ']')));
  EXPECT_ERROR_HAS(parse("a: " + deep + "[" + std::string(32, ']')), "nested more than 32");
  EXPECT_ERROR_HAS(parse("a:\n" + many_dashes), "nested more than 32");
  EXPECT_ERROR_HAS(parse("a: " + std::string((16U << 20U) + 1, 'x')), "bytes is more than");
  std::string many = "a:\n";
  for (int i = 0; i < 1000001; ++i) many += "- 1\n";
  EXPECT_ERROR_HAS(parse(many), "more than 1000000 values");
}

TEST(Config, BombsAreRefused) {
  // Nine levels of nine aliases: 3·10⁸ nodes if they were followed.
  std::string aliases = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  std::string variables = "variables:\n  v0: xxxxxxxxx\n";
  for (int i = 1; i < 10; ++i) {
    aliases += fmt::format("a{0}: &a{0} [*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1}]\n",
                           i, i - 1);
    variables += fmt::format(
        "  v{0}: ${{v{1}}}${{v{1}}}${{v{1}}}${{v{1}}}${{v{1}}}${{v{1}}}${{v{1}}}${{v{1}}}\n", i,
        i - 1);
  }
  EXPECT_ERROR_HAS(parse(aliases), "not allowed");
  EXPECT_ERROR_HAS(parse(variables), "variables expand to more than");
}

TEST(FindDataFile, LooksBesideTheDeckThenInTheEnvironment) {
  namespace fs = std::filesystem;
  const fs::path root = fs::path(SPLICEMD_TEST_TMP) / "find_data_file";
  fs::create_directories(root / "deck/potentials");
  fs::create_directories(root / "mine");
  fs::create_directories(root / "theirs");
  for (const char* name : {"deck/potentials/a.eam", "mine/b.eam", "theirs/b.eam", "theirs/c.eam"}) {
    std::ofstream(root / name) << "x";
  }
  unsetenv("SPLICEMD_POTENTIALS");
  unsetenv("LAMMPS_POTENTIALS");
  const auto node =
      ConfigNode::parse((root / "deck/deck.yaml").string(), "file: potentials/a.eam\n").at("file");
  EXPECT_EQ(find_data_file(node, "potentials/a.eam"), (root / "deck/potentials/a.eam").string());
  EXPECT_EQ(find_data_file(node, (root / "mine/b.eam").string()), (root / "mine/b.eam").string());
  EXPECT_ERROR_HAS(find_data_file(node, "b.eam"),
                   "deck.yaml:1: file: file 'b.eam' not found; looked for ");
  setenv("SPLICEMD_POTENTIALS", (":" + (root / "mine").string()).c_str(), 1);
  setenv("LAMMPS_POTENTIALS", (root / "theirs").c_str(), 1);
  EXPECT_EQ(find_data_file(node, "b.eam"), (root / "mine/b.eam").string());
  EXPECT_EQ(find_data_file(node, "potentials/c.eam"), (root / "theirs/c.eam").string());
  EXPECT_ERROR_HAS(find_data_file(node, "d.eam"), (root / "theirs/d.eam").string());
  unsetenv("SPLICEMD_POTENTIALS");
  unsetenv("LAMMPS_POTENTIALS");
}

}  // namespace
}  // namespace splicemd
