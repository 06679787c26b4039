// One measured figure with the bar it is held to, and how it is printed.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

namespace splicemd::bench {

struct Figure {
  enum class Better { higher, lower };
  std::string name;
  double value = 0.0;
  std::string unit;
  double bar = 0.0;
  Better better = Better::higher;

  bool met() const { return better == Better::higher ? value >= bar : value <= bar; }
};

// An array of objects with the keys name, value, unit, bar, met.
inline std::string to_json(const std::vector<Figure>& figures) {
  std::string text = "[";
  for (const Figure& each : figures) {
    text += fmt::format(
        "{}\n  {{\"name\": \"{}\", \"value\": {:.6g}, \"unit\": \"{}\", \"bar\": {:.6g}, "
        "\"met\": {}}}",
        text.size() > 1 ? "," : "", each.name, each.value, each.unit, each.bar, each.met());
  }
  return text + "\n]";
}

inline std::string to_table(const std::vector<Figure>& figures) {
  std::string text = fmt::format("{:<44}{:>12} {:<8}{:>14}", "figure", "value", "unit", "bar");
  for (const Figure& each : figures) {
    text += fmt::format("\n{:<44}{:>12.4g} {:<8}{:>3}{:>11.4g}  {}", each.name, each.value,
                        each.unit, each.better == Figure::Better::higher ? ">=" : "<=", each.bar,
                        each.met() ? "met" : "NOT MET");
  }
  return text;
}

}  // namespace splicemd::bench
