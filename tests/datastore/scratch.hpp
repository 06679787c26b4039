// What the datastore's tests share: folders of their own, values that can be recognised.
#pragma once

#include <filesystem>
#include <string>

#include "base/bytes.hpp"
#include "base/key.hpp"
#include "base/random.hpp"

namespace splicemd::datastore {

// An empty folder, a different one for each name.
inline std::string scratch(const std::string& name) {
  const auto folder = std::filesystem::path(SPLICEMD_TEST_TMP) / "datastore" / name;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder.parent_path());
  return folder.string();
}

// Keys and values that depend on a number alone.
inline Key key_of(std::uint64_t n) {
  return {n * 0x9e3779b97f4a7c15ULL, (n + 1) * 0xc2b2ae3d27d4eb4fULL};
}
inline Bytes value_of(std::uint64_t n, std::size_t bytes = 100) {
  Bytes value(bytes);
  std::uint64_t x = n * 0xd1b54a32d192ed03ULL + 1;
  for (std::byte& each : value) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    each = static_cast<std::byte>(x);
  }
  return value;
}

}  // namespace splicemd::datastore
