// The strict YAML document behind ConfigNode, built from yaml-cpp's events.
//
// The event interface is used because yaml-cpp's own node tree resolves aliases and overwrites
// duplicate keys without telling.
#include "base/config.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <set>
#include <sstream>

#include "base/parse.hpp"

namespace splicemd {
namespace {

constexpr std::size_t kMaxDocumentBytes = std::size_t{16} << 20;
constexpr std::size_t kMaxNodes = 1'000'000;
constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxExpandedBytes = std::size_t{16} << 20;  // text that variables stand for

enum class Kind { null, scalar, list, map };

struct Document;

// User text as it may appear in a message: short, on one line.
std::string shown(std::string_view text) {
  constexpr std::size_t limit = 60;
  std::string out(text.substr(0, limit));
  while (text.size() > limit && !out.empty() &&
         (static_cast<unsigned char>(out.back()) & 0xC0U) == 0x80U) {
    out.pop_back();
  }
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 32U; }, ' ');
  if (text.size() > limit) out += "...";
  return out;
}

}  // namespace

struct ConfigNode::Data {
  Document* document = nullptr;
  Data* parent = nullptr;
  Kind kind = Kind::null;
  int line = 1;
  std::string key;        // in the parent map
  std::size_t index = 0;  // in the parent list
  std::string scalar;
  std::vector<Data*> children;                           // of a list or map, in document order
  std::map<std::string, Data*, std::less<>> child_keys;  // of a map
  bool read = false;
  std::set<std::string, std::less<>> known_keys;  // asked for by some code
};

namespace {

// Owns all nodes of a document; handles keep it alive.
struct Document : std::enable_shared_from_this<Document> {
  std::string name;
  std::string directory;
  std::deque<ConfigNode::Data> nodes;

  std::shared_ptr<ConfigNode::Data> handle(ConfigNode::Data* node) {
    return std::shared_ptr<ConfigNode::Data>(shared_from_this(), node);
  }
};

std::string path_of(const ConfigNode::Data& node) {
  if (!node.parent) return {};
  std::string path = path_of(*node.parent);
  if (node.parent->kind == Kind::list) return path + fmt::format("[{}]", node.index);
  return path + (path.empty() ? "" : ".") + shown(node.key);
}

// Turns yaml-cpp's events into nodes and refuses what a deck may not contain.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(Document& document) : document_(document) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (started_) fail(mark.line, "a second YAML document begins here; only one is expected");
    started_ = true;
  }
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    fail(mark.line, "the anchor '&{}' is not allowed (write the value out, or use 'variables:')",
         shown(name));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    fail(mark.line, "aliases ('*name') are not allowed (use 'variables:')");
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    if (awaiting_key()) fail(mark.line, "an empty key is not allowed");
    add(mark, Kind::null);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (awaiting_key()) {
      set_key(mark, value);
    } else {
      add(mark, Kind::scalar).scalar = value;
    }
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Kind::list);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Kind::map);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  struct Open {
    ConfigNode::Data* node;
    std::optional<std::string> key;  // of the value to come, in a map
    int key_line = 0;
  };

  template <class... Args>
  [[noreturn]] void fail(int line, fmt::format_string<Args...> format, Args&&... args) const {
    throw InputError(fmt::format("{}:{}: {}", document_.name, line + 1,
                                 fmt::format(format, std::forward<Args>(args)...)));
  }
  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) const {
    if (anchor != 0) fail(mark.line, "anchors ('&name') are not allowed (use 'variables:')");
  }
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    // "?" marks a plain node and "!" a quoted one: what yaml-cpp reports where no tag was written.
    if (!tag.empty() && tag != "?" && tag != "!")
      fail(mark.line, "the tag '{}' is not allowed", shown(tag));
  }
  bool awaiting_key() const {
    return !open_.empty() && open_.back().node->kind == Kind::map && !open_.back().key;
  }
  void set_key(const YAML::Mark& mark, const std::string& key) {
    Open& top = open_.back();
    const auto found = top.node->child_keys.find(key);
    if (found != top.node->child_keys.end()) {
      fail(mark.line, "duplicate key '{}' (first on line {})", shown(key), found->second->line);
    }
    top.key = key;
    top.key_line = mark.line;
  }
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Kind kind) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (awaiting_key()) fail(mark.line, "a key must be plain text, not a list or a map");
    if (open_.size() >= kMaxDepth) fail(mark.line, "nested more than {} levels deep", kMaxDepth);
    open_.push_back({&add(mark, kind), std::nullopt});
  }
  ConfigNode::Data& add(const YAML::Mark& mark, Kind kind) {
    if (document_.nodes.size() >= kMaxNodes) fail(mark.line, "more than {} values", kMaxNodes);
    ConfigNode::Data& node = document_.nodes.emplace_back();
    node.document = &document_;
    node.kind = kind;
    node.line = mark.line + 1;
    if (open_.empty()) return node;
    Open& top = open_.back();
    node.parent = top.node;
    node.index = top.node->children.size();
    top.node->children.push_back(&node);
    if (top.node->kind == Kind::map) {
      node.key = *top.key;
      node.line = top.key_line + 1;
      top.node->child_keys.emplace(node.key, &node);
      top.key.reset();
    }
    return node;
  }

  Document& document_;
  std::vector<Open> open_;
  bool started_ = false;
};

// The length of the UTF-8 sequence that starts `text`, or 0 if it is malformed.
std::size_t utf8_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0x80U                    ? 1
                             : lead >= 0xC2U && lead < 0xE0U ? 2
                             : lead >= 0xE0U && lead < 0xF0U ? 3
                             : lead >= 0xF0U && lead < 0xF5U ? 4
                                                             : 0;
  if (length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) return 0;
  }
  return length;
}

// Refuses binary content before the YAML scanner sees it.
void check_text(const std::string& name, std::string_view text) {
  require(text.size() <= kMaxDocumentBytes, "{}: {} bytes is more than the {} a deck may have",
          name, text.size(), kMaxDocumentBytes);
  int line = 1;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const auto code = static_cast<unsigned char>(c);
    if (c == '\n') ++line;
    const bool control = (code < 32U && c != '\n' && c != '\r' && c != '\t') || code == 127U;
    require(!control, "{}:{}: byte {:#04x} is a control character: this is not a text file", name,
            line, code);
    const std::size_t length = utf8_length(text.substr(i));
    require(length > 0, "{}:{}: byte {:#04x} is not valid UTF-8", name, line, code);
    i += length;
  }
}

std::shared_ptr<Document> build(const std::string& name, std::string_view text) {
  check_text(name, text);
  auto document = std::make_shared<Document>();
  document->name = name;
  document->directory = std::filesystem::path(name).parent_path().string();
  if (document->directory.empty()) document->directory = ".";
  std::istringstream in{std::string(text)};
  Builder builder(*document);
  try {
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    const bool variable = text.find("${") != std::string_view::npos;
    throw InputError(
        fmt::format("{}:{}: not valid YAML: {} (column {}){}", name, error.mark.line + 1, error.msg,
                    error.mark.column + 1,
                    variable ? " (write \"${name}\" in quotes inside [...] and {...})" : ""));
  }
  require(!document->nodes.empty(), "{}: the document is empty", name);
  return document;
}

using Variables = std::map<std::string, std::string>;

std::vector<std::string> names_of(const Variables& variables) {
  std::vector<std::string> names;
  for (const auto& [name, value] : variables) names.push_back(name);
  return names;
}

std::string where_of(const ConfigNode::Data& node) {
  const std::string path = path_of(node);
  return fmt::format("{}:{}{}{}", node.document->name, node.line, path.empty() ? "" : ": ", path);
}

// Replaces each ${name} once; replaced text is not searched again. `budget` bounds the text produced.
std::string expand(const ConfigNode::Data& node, const Variables& variables, std::size_t& budget) {
  const std::string& text = node.scalar;
  std::string out;
  std::size_t position = 0;
  while (position < text.size()) {
    const std::size_t start = text.find("${", position);
    out.append(text, position, start - position);
    if (start == std::string::npos) break;
    const std::size_t end = text.find('}', start);
    require(end != std::string::npos, "{}: '${{' without its '}}'", where_of(node));
    const std::string name = text.substr(start + 2, end - start - 2);
    const auto found = variables.find(name);
    require(found != variables.end(), "{}: variable '{}' is not declared in 'variables:'{}",
            where_of(node), shown(name), did_you_mean(name, names_of(variables)));
    require(found->second.size() <= budget, "{}: variables expand to more than {} bytes of text",
            where_of(node), kMaxExpandedBytes);
    budget -= found->second.size();
    out += found->second;
    position = end + 1;
  }
  return out;
}

// Reads the `variables:` map, where a value may use variables declared above it.
Variables declared_variables(ConfigNode::Data& root, const Variables& overrides,
                             std::size_t& budget) {
  Variables variables;
  const auto section = root.child_keys.find("variables");
  if (root.kind == Kind::map && section != root.child_keys.end()) {
    ConfigNode::Data& map = *section->second;
    map.read = true;
    require(map.kind == Kind::map || map.kind == Kind::null,
            "{}: expected a map of names and values", where_of(map));
    for (ConfigNode::Data* child : map.children) {
      child->read = true;
      const auto replaced = overrides.find(child->key);
      require(child->kind == Kind::scalar, "{}: a variable must be a single value",
              where_of(*child));
      child->scalar =
          replaced != overrides.end() ? replaced->second : expand(*child, variables, budget);
      variables[child->key] = child->scalar;
    }
  }
  for (const auto& [name, value] : overrides) {
    require(variables.count(name) > 0, "{}: variable '{}' is not declared in 'variables:'{}",
            root.document->name, shown(name), did_you_mean(name, names_of(variables)));
  }
  return variables;
}

void substitute(Document& document, const Variables& overrides) {
  std::size_t budget = kMaxExpandedBytes;
  ConfigNode::Data& root = document.nodes.front();
  const Variables variables = declared_variables(root, overrides, budget);
  for (ConfigNode::Data& node : document.nodes) {
    const bool declaration =
        node.parent && node.parent->parent == &root && node.parent->key == "variables";
    if (node.kind == Kind::scalar && !declaration && node.scalar.find("${") != std::string::npos) {
      node.scalar = expand(node, variables, budget);
    }
  }
}

std::string describe_kind(const ConfigNode::Data& node) {
  switch (node.kind) {
    case Kind::null:
      return "nothing";
    case Kind::list:
      return "a list";
    case Kind::map:
      return "a map";
    case Kind::scalar:
      break;
  }
  return fmt::format("'{}'", shown(node.scalar));
}

void append_canonical(const ConfigNode::Data& node, const std::string& path, std::string& out) {
  if (node.children.empty()) {
    out += fmt::format("{}: {}\n", path,
                       node.kind == Kind::scalar ? node.scalar : describe_kind(node));
    return;
  }
  for (const ConfigNode::Data* child : node.children) {
    const std::string step =
        node.kind == Kind::list ? fmt::format("[{}]", child->index) : "." + child->key;
    append_canonical(*child, path + step, out);
  }
}

void reject_unread_below(const ConfigNode::Data& node) {
  for (const ConfigNode::Data* child : node.children) {
    if (node.kind == Kind::map && !child->read) {
      const std::vector<std::string> known(node.known_keys.begin(), node.known_keys.end());
      std::string hint = did_you_mean(child->key, known);
      if (hint.empty() && !known.empty())
        hint = fmt::format(" (known here: {})", fmt::join(known, ", "));
      throw InputError(
          fmt::format("{}: unknown key '{}'{}", where_of(*child), shown(child->key), hint));
    }
    reject_unread_below(*child);
  }
}

}  // namespace

ConfigNode ConfigNode::load(const std::string& path,
                            const std::map<std::string, std::string>& variables) {
  const TextFile file(path, kMaxDocumentBytes);
  std::string text;
  for (std::size_t i = 0; i < file.size(); ++i) {
    text += file.line(i);
    text += '\n';
  }
  return parse(path, text, variables);
}

ConfigNode ConfigNode::parse(const std::string& name, std::string_view text,
                             const std::map<std::string, std::string>& variables) {
  const auto document = build(name, text);
  substitute(*document, variables);
  document->nodes.front().read = true;
  return ConfigNode(document->handle(&document->nodes.front()));
}

bool ConfigNode::is_map() const { return data_->kind == Kind::map; }
bool ConfigNode::is_list() const { return data_->kind == Kind::list; }
bool ConfigNode::is_scalar() const { return data_->kind == Kind::scalar; }
bool ConfigNode::is_null() const { return data_->kind == Kind::null; }
std::string ConfigNode::where() const { return where_of(*data_); }
std::string ConfigNode::directory() const { return data_->document->directory; }

std::optional<ConfigNode> ConfigNode::find(std::string_view key) const {
  data_->known_keys.emplace(key);
  if (is_null()) return std::nullopt;  // an empty section is an empty map
  if (!is_map()) fail("expected a map with the key '{}', found {}", key, describe_kind(*data_));
  const auto found = data_->child_keys.find(key);
  if (found == data_->child_keys.end()) return std::nullopt;
  found->second->read = true;
  return ConfigNode(data_->document->handle(found->second));
}

ConfigNode ConfigNode::at(std::string_view key) const {
  if (const auto node = find(key)) return *node;
  std::vector<std::string> unread;
  for (const Data* child : data_->children) {
    if (!child->read) unread.push_back(child->key);
  }
  const auto near = nearest_name(key, unread);
  fail("missing key '{}'{}", key,
       near ? fmt::format(" (there is '{}': is that it?)", shown(*near)) : "");
}

bool ConfigNode::has(std::string_view key) const {
  data_->known_keys.emplace(key);
  return is_map() && data_->child_keys.find(key) != data_->child_keys.end();
}

std::vector<std::pair<std::string, ConfigNode>> ConfigNode::entries() const {
  if (!is_map() && !is_null()) fail("expected a map, found {}", describe_kind(*data_));
  std::vector<std::pair<std::string, ConfigNode>> out;
  for (Data* child : data_->children) {
    child->read = true;
    out.emplace_back(child->key, ConfigNode(data_->document->handle(child)));
  }
  return out;
}

std::vector<ConfigNode> ConfigNode::items() const {
  if (is_null()) return {};
  if (!is_list()) return {*this};
  std::vector<ConfigNode> out;
  for (Data* child : data_->children) {
    child->read = true;
    out.push_back(ConfigNode(data_->document->handle(child)));
  }
  return out;
}

std::string ConfigNode::text() const {
  if (!is_scalar()) fail("expected a single value, found {}", describe_kind(*data_));
  return data_->scalar;
}

bool ConfigNode::boolean() const {
  std::string word = is_scalar() ? data_->scalar : std::string();
  std::transform(word.begin(), word.end(), word.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (word == "true" || word == "yes" || word == "on") return true;
  if (word == "false" || word == "no" || word == "off") return false;
  fail("expected true or false, found {}", describe_kind(*data_));
}

std::int64_t ConfigNode::integer(std::int64_t min, std::int64_t max) const {
  constexpr double exact = 9007199254740992.0;  // 2⁵³: every integer up to it is a double
  std::optional<std::int64_t> value;
  if (is_scalar()) {
    value = parse_int(data_->scalar);
    const auto real = value ? std::nullopt : parse_double(data_->scalar);  // 1e6 steps
    if (real && std::abs(*real) <= exact &&
        *real == static_cast<double>(static_cast<std::int64_t>(*real))) {
      value = static_cast<std::int64_t>(*real);
    }
  }
  if (!value) fail("expected an integer, found {}", describe_kind(*data_));
  constexpr auto highest = std::numeric_limits<std::int64_t>::max();
  if (*value < min || *value > max) {
    if (max == highest) fail("must be at least {}, found {}", min, *value);
    fail("must be between {} and {}, found {}", min, max, *value);
  }
  return *value;
}

double ConfigNode::number(Dimension dimension, double min, double max) const {
  const auto value = is_scalar() ? parse_quantity(data_->scalar, dimension) : std::nullopt;
  if (!value) fail("expected {}, found {}", describe(dimension), describe_kind(*data_));
  constexpr double highest = std::numeric_limits<double>::max();
  if (*value < min || *value > max) {
    if (max == highest) fail("must be at least {}, found {}", min, *value);
    if (min == -highest) fail("must be at most {}, found {}", max, *value);
    fail("must be between {} and {}, found {}", min, max, *value);
  }
  return *value;
}

std::string ConfigNode::choice(const std::vector<std::string>& names) const {
  std::string name = text();
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    fail("unknown name '{}'{}; expected one of: {}", shown(name), did_you_mean(name, names),
         fmt::join(names, ", "));
  }
  return name;
}

std::vector<double> ConfigNode::numbers(std::size_t count, Dimension dimension) const {
  const auto nodes = items();
  if (!is_list() || nodes.size() != count) {
    fail("expected a list of {} numbers, found {}", count,
         is_list() ? fmt::format("{}", nodes.size()) : describe_kind(*data_));
  }
  std::vector<double> values;
  for (const ConfigNode& node : nodes) values.push_back(node.number(dimension));
  return values;
}

std::string ConfigNode::text(std::string_view key, const std::string& fallback) const {
  const auto node = find(key);
  return node ? node->text() : fallback;
}
bool ConfigNode::boolean(std::string_view key, bool fallback) const {
  const auto node = find(key);
  return node ? node->boolean() : fallback;
}
std::int64_t ConfigNode::integer(std::string_view key, std::int64_t fallback, std::int64_t min,
                                 std::int64_t max) const {
  const auto node = find(key);
  return node ? node->integer(min, max) : fallback;
}
double ConfigNode::number(std::string_view key, Dimension dimension, double fallback, double min,
                          double max) const {
  const auto node = find(key);
  return node ? node->number(dimension, min, max) : fallback;
}

std::string ConfigNode::canonical() const {
  std::string out;
  append_canonical(*data_, data_->key, out);
  return out;
}

void ConfigNode::reject_unread() const { reject_unread_below(*data_); }

std::string find_data_file(const ConfigNode& context, const std::string& name) {
  namespace fs = std::filesystem;
  const fs::path wanted(name);
  std::vector<fs::path> candidates;
  if (wanted.is_absolute()) {
    candidates.push_back(wanted);
  } else {
    candidates.push_back(fs::path(context.directory()) / wanted);
    for (const char* variable : {"SPLICEMD_POTENTIALS", "LAMMPS_POTENTIALS"}) {
      const char* value = std::getenv(variable);
      std::istringstream directories(value ? value : "");
      for (std::string directory; std::getline(directories, directory, ':');) {
        if (directory.empty()) continue;
        candidates.push_back(fs::path(directory) / wanted);
        if (wanted.has_parent_path()) candidates.push_back(fs::path(directory) / wanted.filename());
      }
    }
  }
  std::vector<std::string> tried;
  for (const fs::path& candidate : candidates) {
    std::error_code error;
    if (fs::is_regular_file(candidate, error)) return candidate.lexically_normal().string();
    tried.push_back(candidate.lexically_normal().string());
  }
  context.fail("file '{}' not found; looked for {}", shown(name), fmt::join(tried, ", "));
}

}  // namespace splicemd
