// Splitting name=value.
#include "cli/variables.hpp"

#include "base/error.hpp"

namespace splicemd::cli {

std::map<std::string, std::string> variable_map(const std::vector<std::string>& assignments) {
  std::map<std::string, std::string> variables;
  for (const std::string& text : assignments) {
    const auto equals = text.find('=');
    require(equals != std::string::npos && equals > 0, "-v {}: expected name=value", text);
    const std::string name = text.substr(0, equals);
    require(variables.emplace(name, text.substr(equals + 1)).second, "-v {}: '{}' is given twice",
            text, name);
  }
  return variables;
}

}  // namespace splicemd::cli
