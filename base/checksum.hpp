// Checksums (XXH3 of the xxHash library): 64 bits of byte ranges and of tables of rows, 128 bits as names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/key.hpp"

namespace splicemd {

// XXH3 of `bytes` bytes with a seed.
std::uint64_t checksum(const void* data, std::size_t bytes, std::uint64_t seed = 0);
inline std::uint64_t checksum(const std::string& text) {
  return checksum(text.data(), text.size());
}

// 128-bit XXH3 of `bytes` bytes: a name for what they hold.
Key hash_key(const void* data, std::size_t bytes, std::uint64_t seed = 0);

// Σ mod 2⁶⁴ over rows of the row's checksum seeded with its number `first + i`: the sums of the parts of a
// table add up to that of the whole, however it is split.
std::uint64_t row_checksum(const void* rows, std::size_t count, std::size_t row_bytes,
                           std::uint64_t first);

}  // namespace splicemd
