// Strict conversion of text to numbers, words, and nearest names.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/parse.hpp"

namespace splicemd {
namespace {

TEST(ParseDouble, AcceptsDecimalAndFortranExponents) {
  EXPECT_EQ(parse_double("1.5"), 1.5);
  EXPECT_EQ(parse_double("-2"), -2.0);
  EXPECT_EQ(parse_double("+.5"), 0.5);
  EXPECT_EQ(parse_double("3."), 3.0);
  EXPECT_EQ(parse_double("1.5D-3"), 1.5e-3);
  EXPECT_EQ(parse_double("1.5d+02"), 150.0);
  EXPECT_EQ(parse_double("1.5E2"), 150.0);
  EXPECT_EQ(parse_double("-0.12345678901234567e-02"), -0.12345678901234567e-02);
}

TEST(ParseDouble, RefusesWhatIsNotOneFiniteNumber) {
  for (const char* text : {"",    " ",    "1.5x",     "1.5 ",  " 1.5",  "1,5",    "nan", "NaN",
                           "inf", "-inf", "Infinity", "1e",    "1d",    "D5",     "+-1", "++1",
                           "--1", "0x10", "1.2.3",    "1e5e5", "1e999", "-1D999", "."}) {
    EXPECT_FALSE(parse_double(text)) << "'" << text << "'";
  }
  EXPECT_FALSE(parse_double(std::string(100, '1')));
}

TEST(ParseDouble, UnderflowIsZeroAndExtremesSurvive) {
  EXPECT_EQ(parse_double("1e-400"), 0.0);
  EXPECT_EQ(parse_double("1D-400"), 0.0);
  EXPECT_EQ(parse_double("1.7976931348623157e308"), std::numeric_limits<double>::max());
}

TEST(ParseInt, WholeTokensWithinRange) {
  EXPECT_EQ(parse_int("42"), 42);
  EXPECT_EQ(parse_int("+42"), 42);
  EXPECT_EQ(parse_int("-7"), -7);
  EXPECT_EQ(parse_int("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_int("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  for (const char* text :
       {"", "+", "-", "+-1", "1.0", "1e3", " 1", "1 ", "0x1", "9223372036854775808", "one"}) {
    EXPECT_FALSE(parse_int(text)) << "'" << text << "'";
  }
}

TEST(SplitWords, BlanksAndTabs) {
  EXPECT_EQ(split_words("  a\tbc  d\r"), (std::vector<std::string_view>{"a", "bc", "d"}));
  EXPECT_TRUE(split_words(" \t ").empty());
  EXPECT_EQ(trim(" \t x y \r"), "x y");
  EXPECT_EQ(trim("   "), "");
}

TEST(NearestName, FindsTyposOnly) {
  const std::vector<std::string> names{"potentials", "stages", "system", "thermo"};
  EXPECT_EQ(nearest_name("potential", names), "potentials");
  EXPECT_EQ(nearest_name("stagse", names), "stages");
  EXPECT_EQ(nearest_name("sytem", names), "system");
  EXPECT_FALSE(nearest_name("outputs", {"seed"}));
  EXPECT_FALSE(nearest_name("x", names));
  EXPECT_FALSE(nearest_name("anything", {}));
  EXPECT_EQ(did_you_mean("thremo", names), " (did you mean 'thermo'?)");
  EXPECT_EQ(did_you_mean("zzzzzz", names), "");
}

TEST(TextFile, LinesWithoutEndOfLineCharacters) {
  const TextFile file("memory", "one\r\ntwo\n\nfour");
  ASSERT_EQ(file.size(), 4U);
  EXPECT_EQ(file.line(0), "one");
  EXPECT_EQ(file.line(2), "");
  EXPECT_EQ(file.line(3), "four");
}

TEST(TextFile, RefusesMissingBinaryAndOversizedFiles) {
  EXPECT_THROW(TextFile("/nonexistent/file"), InputError);
  EXPECT_THROW(TextFile("/"), InputError);
  EXPECT_THROW(TextFile("memory", std::string("a\0b", 3)), InputError);
  EXPECT_THROW(TextFile(SPLICEMD_SOURCE_DIR "/CMakeLists.txt", 10), InputError);
}

TEST(WordReader, SkipsCommentsAndNamesTheLine) {
  const TextFile file("memory", "skipped\n1 2D0 # note 9\n\n x\n");
  WordReader reader(file, 1, '#');
  EXPECT_EQ(reader.integer("a count"), 1);
  EXPECT_EQ(reader.number("a weight"), 2.0);
  EXPECT_EQ(reader.line(), 1U);
  try {
    reader.number("a mass");
    FAIL() << "a word was taken for a number";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "memory:4: expected a mass (a finite number), found 'x'");
    EXPECT_EQ(error.exit_status(), 2);
  }
  EXPECT_FALSE(reader.try_next());
  EXPECT_THROW(reader.next("more"), InputError);
}

}  // namespace
}  // namespace splicemd
