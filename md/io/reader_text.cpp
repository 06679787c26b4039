// Words of structure files that are no numbers.
#include "md/io/reader_text.hpp"

#include <algorithm>
#include <string>

#include "md/elements.hpp"

namespace splicemd::md {

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

}  // namespace

std::optional<bool> parse_logical(std::string_view token) {
  if (token.size() > 2 && token.front() == '.' && token.back() == '.') {
    token.remove_prefix(1);
    token.remove_suffix(1);
  }
  const std::string word = lower(token);
  if (word == "t" || word == "true") return true;
  if (word == "f" || word == "false") return false;
  return std::nullopt;
}

std::string as_symbol(std::string_view word) {
  if (word.empty() || atomic_number(word)) return std::string(word);
  std::string symbol = lower(word);
  if (symbol[0] >= 'a' && symbol[0] <= 'z') symbol[0] = static_cast<char>(symbol[0] - 'a' + 'A');
  return atomic_number(symbol) ? symbol : std::string(word);
}

}  // namespace splicemd::md
