// Tables in each format: alignment, quoting, values that are not there.
#include <gtest/gtest.h>

#include <limits>

#include "base/error.hpp"
#include "base/table.hpp"

namespace splicemd {
namespace {

Table sample() {
  Table table({"name", "n"});
  table.add({std::string("a, \"b\""), std::int64_t{12}});
  table.add({std::string("Å"), 0.1});
  table.add({std::monostate{}, std::numeric_limits<double>::infinity()});
  return table;
}

TEST(Table, AlignsForPeople) {
  EXPECT_EQ(sample().format(TableFormat::text),
            "name      n\n"
            "a, \"b\"   12\n"
            "Å       0.1\n"
            "        inf");
}

TEST(Table, RoundsForPeopleOnly) {
  Table table({"x"});
  table.add({1.0 / 3.0});
  table.add({1795000000.25});
  table.add({2.5e-20});
  EXPECT_EQ(table.format(TableFormat::text),
            "           x\n   0.3333333\n1795000000.2\n     2.5e-20");
  EXPECT_EQ(table.format(TableFormat::csv), "x\n0.3333333333333333\n1795000000.25\n2.5e-20");
}

TEST(Table, QuotesForPrograms) {
  EXPECT_EQ(sample().format(TableFormat::csv), "name,n\n\"a, \"\"b\"\"\",12\nÅ,0.1\n,inf");
  EXPECT_EQ(sample().format(TableFormat::json),
            "[\n  {\"name\": \"a, \\\"b\\\"\", \"n\": 12},\n  {\"name\": \"Å\", \"n\": 0.1},\n"
            "  {\"name\": null, \"n\": null}\n]");
  EXPECT_EQ(Table({"x"}).format(TableFormat::json), "[]");
  EXPECT_EQ(json_value(std::string("a\nb")), "\"a\\u000ab\"");
}

TEST(Table, FieldsAreOneObject) {
  const Fields fields{{"states", std::int64_t{3}}, {"length", 1.5}};
  EXPECT_EQ(format_fields(fields, TableFormat::text), "states  3\nlength  1.5");
  EXPECT_EQ(format_fields(fields, TableFormat::json), "{\n  \"states\": 3,\n  \"length\": 1.5\n}");
  EXPECT_EQ(format_fields(fields, TableFormat::csv), "states,length\n3,1.5");
}

TEST(Table, RefusesRowsOfAnotherLength) { EXPECT_THROW(Table({"x"}).add({}), RunError); }

}  // namespace
}  // namespace splicemd
