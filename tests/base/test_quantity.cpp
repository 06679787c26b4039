// Numbers with units: each unit's value in metal units, and what is refused.
#include <gtest/gtest.h>

#include "base/quantity.hpp"

namespace splicemd {
namespace {

double value(std::string_view text, Dimension dimension) {
  const auto parsed = parse_quantity(text, dimension);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(-1e300);
}

TEST(Quantity, WithoutUnitItIsInMetalUnits) {
  EXPECT_EQ(value("4.7", Dimension::length), 4.7);
  EXPECT_EQ(value(" 300 ", Dimension::temperature), 300.0);
  EXPECT_EQ(value("1e-3", Dimension::none), 1e-3);
}

TEST(Quantity, ConversionsAreTheNearestDouble) {
  EXPECT_EQ(value("0.5 fs", Dimension::time), 0.0005);
  EXPECT_EQ(value("1.5fs", Dimension::time), 0.0015);
  EXPECT_EQ(value("2 ns", Dimension::time), 2000.0);
  EXPECT_EQ(value("3µs", Dimension::time), 3e6);
  EXPECT_EQ(value("12 GPa", Dimension::pressure), 120000.0);
  EXPECT_EQ(value("100 kPa", Dimension::pressure), 1.0);
  EXPECT_EQ(value("1 atm", Dimension::pressure), 1.01325);
  EXPECT_EQ(value("0.3 nm", Dimension::length), 3.0);
  EXPECT_EQ(value("250 pm", Dimension::length), 2.5);
  EXPECT_EQ(value("3 Å", Dimension::length), 3.0);
  EXPECT_EQ(value("3 \u212b", Dimension::length), 3.0);
  EXPECT_EQ(value("5 meV", Dimension::energy), 0.005);
  EXPECT_EQ(value("1 km/s", Dimension::velocity), 10.0);
  EXPECT_EQ(value("2 1/fs", Dimension::rate), 2000.0);
  EXPECT_EQ(value("1 ps^-1", Dimension::rate), 1.0);
  EXPECT_EQ(value("1 THz", Dimension::rate), 1.0);
  EXPECT_EQ(value("183.84 u", Dimension::mass), 183.84);
  EXPECT_EQ(value("2 GiB", Dimension::bytes), 2147483648.0);
  EXPECT_EQ(value("0.01 eV/Å", Dimension::force), 0.01);
  EXPECT_NEAR(value("1 bohr", Dimension::length), 0.529177210903, 1e-14);
  EXPECT_NEAR(value("1 Ry", Dimension::energy), 13.605693122994, 1e-12);
  EXPECT_NEAR(value("96.48533212331 kJ/mol", Dimension::energy), 1.0, 1e-14);
  EXPECT_NEAR(value("1 kcal/mol", Dimension::energy), 0.0433641, 1e-7);
  EXPECT_NEAR(value("1 J", Dimension::energy), 6.241509e18, 1e13);
  EXPECT_NEAR(value("3.14159265358979323846 rad", Dimension::angle), 180.0, 1e-12);
}

TEST(Quantity, WallTimes) {
  EXPECT_EQ(value("90", Dimension::wall_time), 90.0);
  EXPECT_EQ(value("1:02:03", Dimension::wall_time), 3723.0);
  EXPECT_EQ(value("3d", Dimension::wall_time), 3 * 86400.0);
  EXPECT_EQ(value("1.5 h", Dimension::wall_time), 5400.0);
  for (const char* text : {"1:02", "1:60:00", "1:00:60", "-1:00:00", "a:b:c", "1:2:3:4", "::"}) {
    EXPECT_FALSE(parse_quantity(text, Dimension::wall_time)) << text;
  }
}

TEST(Quantity, RefusesWrongUnitsAndGarbage) {
  EXPECT_FALSE(parse_quantity("300 K", Dimension::length));
  EXPECT_FALSE(parse_quantity("3 Mpa", Dimension::pressure));
  EXPECT_FALSE(parse_quantity("3 fs fs", Dimension::time));
  EXPECT_FALSE(parse_quantity("fs", Dimension::time));
  EXPECT_FALSE(parse_quantity("", Dimension::time));
  EXPECT_FALSE(parse_quantity("nan ps", Dimension::time));
  EXPECT_FALSE(parse_quantity("inf", Dimension::none));
  EXPECT_FALSE(parse_quantity("1e305 m", Dimension::length));  // overflows in Å
  EXPECT_FALSE(parse_quantity("1 eV", Dimension::none));
}

TEST(Quantity, LettersThatAreBothExponentAndUnit) {
  EXPECT_EQ(value("5e3s", Dimension::time), 5e15);
  EXPECT_EQ(value("2d", Dimension::wall_time), 172800.0);
  EXPECT_EQ(value("2eV", Dimension::energy), 2.0);
}

TEST(Quantity, DescriptionNamesTheUnits) {
  EXPECT_EQ(describe(Dimension::none), "a number");
  EXPECT_EQ(describe(Dimension::temperature), "a temperature (K)");
  EXPECT_NE(describe(Dimension::wall_time).find("h:m:s"), std::string::npos);
}

}  // namespace
}  // namespace splicemd
