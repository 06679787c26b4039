// A parser that goes through the line once and gives up on nothing but values that the reader needs.
#include "md/io/extxyz_comment.hpp"

#include <algorithm>
#include <array>

namespace splicemd::md {

namespace {

constexpr std::string_view kBlanks = " \t\r\f\v";
constexpr std::string_view kBetweenItems = " \t\r\f\v,[]{}";
// Quotes and brackets that are never closed each cost a look through the line: so many, then they are letters.
constexpr int kMaxUnclosed = 100;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

bool is_blank(char c) { return kBlanks.find(c) != std::string_view::npos; }

}  // namespace

ExtxyzComment::ExtxyzComment(const TextFile& file, std::size_t line,
                             const std::vector<std::string>& needed)
    : file_(file), line_(line), needed_(needed), text_(file.line(line)) {
  parse();
}

void ExtxyzComment::parse() {
  while (true) {
    while (at(',') || at('=') || (position_ < text_.size() && is_blank(text_[position_])))
      ++position_;
    if (position_ >= text_.size()) return;
    std::string key = quoted().value_or("");
    if (key.empty()) key = word();
    skip_blanks();
    std::string text = "T";
    if (at('=')) {
      ++position_;
      const auto same = [&key](const std::string& name) { return lower(name) == lower(key); };
      text = value(std::any_of(needed_.begin(), needed_.end(), same));
    }
    pairs_.emplace_back(std::move(key), std::move(text));
  }
}

void ExtxyzComment::skip_blanks() {
  position_ = std::min(text_.find_first_not_of(kBlanks, position_), text_.size());
}

// Up to a blank or an equals sign.
std::string ExtxyzComment::word() {
  const std::size_t start = position_;
  while (position_ < text_.size() && !is_blank(text_[position_]) && !at('=')) ++position_;
  return std::string(text_.substr(start, position_ - start));
}

std::string ExtxyzComment::value(bool needed) {
  const std::size_t start = position_;
  skip_blanks();
  const bool opens = position_ < text_.size() &&
                     std::string_view("\"'{[").find(text_[position_]) != std::string_view::npos;
  if (opens) {
    if (const auto text = quoted()) return *text;
    if (const auto text = bracketed()) return *text;
    if (needed) file_.fail(line_, "a {} in the comment line is never closed", text_[position_]);
  }
  const std::size_t first = position_;
  word();
  if (at('=') && first > start) {  // "key= next=…": the key has no value
    position_ = first;
    return {};
  }
  while (position_ < text_.size() && !is_blank(text_[position_])) ++position_;
  return std::string(text_.substr(first, position_ - first));
}

// A quoted text, or nothing (and nothing is read) if there is none or it is never closed.
std::optional<std::string> ExtxyzComment::quoted() {
  if ((!at('"') && !at('\'')) || unclosed_ >= kMaxUnclosed) return std::nullopt;
  std::string inside;
  for (std::size_t k = position_ + 1; k < text_.size(); ++k) {
    if (text_[k] == text_[position_]) {
      position_ = k + 1;
      return inside;
    }
    if (text_[k] == '\\' && k + 1 < text_.size()) ++k;
    inside += text_[k];
  }
  ++unclosed_;
  return std::nullopt;
}

// What is between a bracket and the one that closes it, or nothing, likewise.
std::optional<std::string> ExtxyzComment::bracketed() {
  if ((!at('{') && !at('[')) || unclosed_ >= kMaxUnclosed) return std::nullopt;
  const char open = text_[position_];
  const char close = open == '{' ? '}' : ']';
  std::size_t depth = 0;
  for (std::size_t k = position_; k < text_.size(); ++k) {
    if (text_[k] == open) ++depth;
    if (text_[k] == close && --depth == 0) {
      const std::size_t first = position_ + 1;
      position_ = k + 1;
      return std::string(text_.substr(first, k - first));
    }
  }
  ++unclosed_;
  return std::nullopt;
}

std::optional<std::string> ExtxyzComment::find(std::string_view key) const {
  const std::string* found = nullptr;
  bool exact = false;
  for (const auto& [name, text] : pairs_) {
    const bool same = name == key;
    if (!same && (exact || lower(name) != lower(key))) continue;
    found = &text;
    exact = exact || same;
  }
  return found == nullptr ? std::nullopt : std::optional<std::string>(*found);
}

std::string ExtxyzComment::cell_like_key() const {
  constexpr std::array kSigns = {"lattice", "cell", "box"};
  for (const auto& [name, text] : pairs_) {
    const std::string key = lower(name);
    for (const std::string_view sign : kSigns) {
      // A bare word counts if it is more than a word: "CELL(abcABC):", not the "cell" of a title.
      const bool counts = text != "T" || sign == "lattice" || (!key.empty() && key.back() == ':');
      if (counts && key.find(sign) != std::string::npos) return name;
    }
  }
  return {};
}

std::vector<std::string_view> list_items(std::string_view text) {
  std::vector<std::string_view> items;
  std::size_t start = text.find_first_not_of(kBetweenItems);
  while (start != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(kBetweenItems, start), text.size());
    items.push_back(text.substr(start, end - start));
    start = text.find_first_not_of(kBetweenItems, end);
  }
  return items;
}

}  // namespace splicemd::md
