// What the readers of structure files share: warnings with their place, logical values.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "base/log.hpp"
#include "base/parse.hpp"

namespace splicemd::md {

// Warns as file.fail() would fail; in the first process alone, since several may read the file.
template <class... Args>
void warn_at(const TextFile& file, std::size_t line, fmt::format_string<Args...> format,
             Args&&... args) {
  if (!log::on_root()) return;
  log::warning("{}:{}: {}", file.path(), line + 1,
               fmt::format(format, std::forward<Args>(args)...));
}

// A logical value as Fortran and Python write it: T, F, true, False, .TRUE., .f., in any case.
std::optional<bool> parse_logical(std::string_view token);

// The symbol of an element written in another case ("CU", "si"), as chemists write it; else the word itself.
std::string as_symbol(std::string_view word);

}  // namespace splicemd::md
