// 128-bit keys: names of values in the datastore, labels of states.
#pragma once

#include <fmt/format.h>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace splicemd {

struct Key {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const Key&) const = default;  // as friends, nvcc loses the equality this implies

  // 32 hexadecimal digits.
  std::string text() const { return fmt::format("{:016x}{:016x}", high, low); }
};

}  // namespace splicemd

// Keys are hashes already (XXH3) or are made to differ in `low`.
template <>
struct std::hash<splicemd::Key> {
  std::size_t operator()(const splicemd::Key& key) const noexcept {
    return key.low ^ (key.high * 0x9e3779b97f4a7c15ULL);
  }
};
