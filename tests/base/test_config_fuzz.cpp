// A bounded corpus mutator for the YAML reader: any bytes give a document or an InputError, soon.
//
// SPLICEMD_FUZZ_ROUNDS in the environment runs it longer than the default.
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <random>

#include "base/config.hpp"
#include "base/parse.hpp"

namespace splicemd {
namespace {

const std::vector<std::string>& corpus() {
  static const std::vector<std::string> texts = {
      "variables: {T: 300 K, n: 4}\n"
      "system:\n  lattice: {style: bcc, a: 3.1803, species: W, repeat: [5, 5, 5]}\n"
      "boundary: [periodic, periodic, open]\n"
      "potentials:\n  - style: snap\n    coefficients: W.snapcoeff\n    elements: {W: W}\n"
      "  - {style: zbl, inner: 4, outer: 4.8}\n"
      "stages:\n  - {style: nve, steps: 100, timestep: 0.5 fs}\n  - style: langevin\n    "
      "temperature: ${T}\n",
      "a: 'single ''quoted'' text'\nb: \"double \\u00c5 \\x41 \\n\"\nc: |\n  block\n  text\nd: "
      ">-\n  folded\n  text\n",
      "- 1\n-\n  - 2\n  - {x: y, z: [a, b, {c: d}]}\n- ? q\n  : r\n",
      "%YAML 1.2\n---\na: &anchor [1, 2]\nb: *anchor\nc: !!str 3\n<<: *anchor\n...\n",
      "# comment\nempty:\nnull: ~\ninf: .inf\nnan: .nan\nhex: 0x1F\n\"quoted key\": 1\n",
  };
  return texts;
}

const std::vector<std::string> kTokens = {
    "{",      "}",        "[",    "]",     ": ",    "- ",           "? ", ", ",   "&a ",
    "*a",     "!!",       "!<",   "%",     "|\n",   ">\n",          "\"", "'",    "\n",
    "\n\n  ", "\t",       "#",    "---\n", "...\n", "${",           "}",  "${T}", "\\u",
    "\\x",    "\xc3\x85", "\xff", "1e999", "nan",   "\xef\xbb\xbf", "~",  "<<",   "@",
    "`"};

std::string mutate(std::mt19937_64& random) {
  const auto below = [&random](std::size_t n) { return n == 0 ? 0 : random() % n; };
  std::string text = corpus()[below(corpus().size())];
  for (std::size_t edits = 1 + below(6); edits-- > 0;) {
    const std::size_t at = below(text.size() + 1);
    switch (below(7)) {
      case 0:
        text.resize(at);
        break;
      case 1:
        text.erase(at, below(20));
        break;
      case 2:
        text.insert(at, kTokens[below(kTokens.size())]);
        break;
      case 3:
        text.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 4:
        text.insert(at, text.substr(below(text.size() + 1), below(60)));
        break;
      case 5:
        text.insert(at, corpus()[below(corpus().size())].substr(below(40), below(60)));
        break;
      default: {
        std::string many;
        const std::string& token = kTokens[below(kTokens.size())];
        for (std::size_t n = below(200); n-- > 0;) many += token;
        text.insert(at, many);
      }
    }
  }
  return text;
}

// Reads every value of a document in every way; InputErrors are the reader's right.
std::size_t walk(const ConfigNode& node) {
  const auto attempt = [](auto action) {
    try {
      action();
    } catch (const InputError&) {
    }
  };
  attempt([&] { (void)node.number(Dimension::time); });
  attempt([&] { (void)node.integer(0, 10); });
  attempt([&] { (void)node.boolean(); });
  attempt([&] { (void)node.at("style"); });
  attempt([&] { (void)node.choice({"nve", "snap"}); });
  attempt([&] { node.reject_unread(); });
  std::size_t n = 1;
  if (node.is_map()) {
    for (const auto& [key, child] : node.entries()) n += walk(child);
  } else if (node.is_list()) {
    for (const auto& child : node.items()) n += walk(child);
  }
  return n;
}

// True if the text was accepted; anything but an InputError escapes and fails the test.
bool read(const std::string& text) {
  try {
    const auto root = ConfigNode::parse("fuzz.yaml", text, {});
    EXPECT_GT(walk(root), 0U);
    return true;
  } catch (const InputError& error) {
    EXPECT_EQ(std::string(error.what()).rfind("fuzz.yaml", 0), 0U) << error.what();
    return false;
  }
}

TEST(ConfigFuzz, MutatedDocumentsAreReadOrRefused) {
  const char* setting = std::getenv("SPLICEMD_FUZZ_ROUNDS");
  const auto rounds = parse_int(setting ? setting : "").value_or(20000);
  std::mt19937_64 random(20240917);
  std::int64_t accepted = 0;
  for (std::int64_t round = 0; round < rounds; ++round) {
    const std::string text = mutate(random);
    SCOPED_TRACE(text);
    accepted += read(text) ? 1 : 0;
  }
  EXPECT_GT(accepted, rounds / 50);  // the mutator must reach past the scanner
  EXPECT_LT(accepted, rounds);
}

TEST(ConfigFuzz, RandomBytes) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 500; ++round) {
    std::string text(random() % 2000, '\0');
    for (char& c : text) c = static_cast<char>(random());
    read(text);
    for (char& c : text) c = static_cast<char>(32 + (static_cast<unsigned char>(c) % 95U));
    read(text);
  }
}

TEST(ConfigFuzz, PathologicalDocumentsEndSoon) {
  const auto repeat = [](std::string_view unit, std::size_t n) {
    std::string text;
    text.reserve(unit.size() * n);
    for (std::size_t i = 0; i < n; ++i) text += unit;
    return text;
  };
  constexpr std::size_t n = 50000;
  for (const std::string_view unit :
       {"[", "{",  "- ",     "? ",    "a: ", "{a: ",  "[a, ",   "\n",    " ",          "#",
        "'", "\"", "&a ",    "!a ",   "|",   "a\n",   "a: 1\n", "- a\n", "%TAG ! !\n", ",",
        "}", "]",  "--- \n", "...\n", "*a ", "a:\n ", "${a}",   "\"\\",  "\t"}) {
    const std::clock_t start = std::clock();  // processor time; sanitizers are slow
    read(repeat(unit, n));
    read("a: " + repeat(unit, n));
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    EXPECT_LT(seconds, 60.0) << "'" << unit << "'";
  }
}

}  // namespace
}  // namespace splicemd
