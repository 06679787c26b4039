// A strict YAML document: every key must be read, every value is checked where it is read.
//
// Anchors, aliases, tags, duplicate keys and documents beyond size and depth limits are refused.
// Keys asked for and keys present are recorded, so that reject_unread() can name a key no code read
// and the nearest one that some code would have read.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/quantity.hpp"

namespace splicemd {

// A cheap handle to one node of a parsed document; copies refer to the same node. All failures throw
// InputError "file:line: path.to.key: message".
class ConfigNode {
 public:
  struct Data;  // defined in config.cpp

  // `variables` override the document's top-level `variables:` map; `${name}` in any scalar is replaced.
  // An override of a variable the document does not declare is an error.
  static ConfigNode load(const std::string& path,
                         const std::map<std::string, std::string>& variables = {});
  static ConfigNode parse(const std::string& name, std::string_view text,
                          const std::map<std::string, std::string>& variables = {});

  bool is_map() const;
  bool is_list() const;
  bool is_scalar() const;
  bool is_null() const;
  std::string where() const;      // "deck.yaml:12: potentials[0].files"
  std::string directory() const;  // of the document's file, for paths relative to it

  // Maps. find/at mark the key as read and as known.
  std::optional<ConfigNode> find(std::string_view key) const;
  ConfigNode at(std::string_view key) const;  // "missing key 'x'" if absent
  bool has(std::string_view key) const;       // also marks the key as known
  // All entries of a map whose keys the user chooses (element names, say), in document order; marks all as read.
  std::vector<std::pair<std::string, ConfigNode>> entries() const;
  // The items of a list; a scalar or map counts as a list of one.
  std::vector<ConfigNode> items() const;

  // Scalars, with inclusive ranges.
  std::string text() const;
  bool boolean() const;  // true/false/yes/no/on/off
  std::int64_t integer(std::int64_t min = std::numeric_limits<std::int64_t>::min(),
                       std::int64_t max = std::numeric_limits<std::int64_t>::max()) const;
  double number(Dimension dimension = Dimension::none,
                double min = -std::numeric_limits<double>::max(),
                double max = std::numeric_limits<double>::max()) const;
  // One of `names`; an unknown one gives the nearest.
  std::string choice(const std::vector<std::string>& names) const;
  std::vector<double> numbers(std::size_t count, Dimension dimension = Dimension::none) const;

  // Map entry or default.
  std::string text(std::string_view key, const std::string& fallback) const;
  bool boolean(std::string_view key, bool fallback) const;
  std::int64_t integer(std::string_view key, std::int64_t fallback,
                       std::int64_t min = std::numeric_limits<std::int64_t>::min(),
                       std::int64_t max = std::numeric_limits<std::int64_t>::max()) const;
  double number(std::string_view key, Dimension dimension, double fallback,
                double min = -std::numeric_limits<double>::max(),
                double max = std::numeric_limits<double>::max()) const;

  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
    throw InputError(where() + ": " + fmt::format(format, std::forward<Args>(args)...));
  }

  // All values below this node, one "path: value" per line in document order, whatever was read: two
  // documents that say the same give the same text.
  std::string canonical() const;

  // Throws for the first key below this node that was never read.
  void reject_unread() const;

 private:
  explicit ConfigNode(std::shared_ptr<Data> data) : data_(std::move(data)) {}
  std::shared_ptr<Data> data_;
};

// Finds `name` relative to the directories in turn: the document's own, then those in the environment
// variables SPLICEMD_POTENTIALS and LAMMPS_POTENTIALS (colon-separated). InputError lists where it looked.
std::string find_data_file(const ConfigNode& context, const std::string& name);

}  // namespace splicemd
