// The comment line of extended XYZ: key=value pairs, from the strict form to what programs write in its place.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/parse.hpp"

namespace splicemd::md {

// Pairs as libAtoms' specification has them: blanks around `=` are allowed, a word without a value is "T",
// values are bare words, "…" or '…' (with \ before a quote), {…} or […], these nested or not. The comment
// of a plain XYZ file is read as well as it can be: what is no pair is a word.
class ExtxyzComment {
 public:
  // InputError if a quote or bracket of one of the keys in `needed` is never closed.
  ExtxyzComment(const TextFile& file, std::size_t line, const std::vector<std::string>& needed);

  // The value of a key, without its quotes or outer brackets: of the last pair with that spelling, else of
  // the last that differs in upper and lower case only.
  std::optional<std::string> find(std::string_view key) const;
  // A key that seems to speak of a cell (box, CELL(abc), …), or "": for the warning that none was found.
  std::string cell_like_key() const;

 private:
  void parse();
  void skip_blanks();
  std::string word();
  std::string value(bool needed);
  std::optional<std::string> quoted();
  std::optional<std::string> bracketed();
  bool at(char c) const { return position_ < text_.size() && text_[position_] == c; }

  const TextFile& file_;
  std::size_t line_;
  const std::vector<std::string>& needed_;
  std::string_view text_;
  std::size_t position_ = 0;
  int unclosed_ = 0;
  std::vector<std::pair<std::string, std::string>> pairs_;
};

// The items of a list, which may be separated by blanks or commas and bracketed: "1 2", "1, 2", "[1], [2]".
std::vector<std::string_view> list_items(std::string_view text);

}  // namespace splicemd::md
