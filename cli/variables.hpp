// The -v name=value options of commands that take a deck.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace splicemd::cli {

// "name=value" pairs as a map; InputError for anything else and for names given twice.
std::map<std::string, std::string> variable_map(const std::vector<std::string>& assignments);

}  // namespace splicemd::cli
