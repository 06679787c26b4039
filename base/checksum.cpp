// The only place that includes the xxHash header, which is compiled in here.
#include "base/checksum.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace splicemd {

std::uint64_t checksum(const void* data, std::size_t bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(data, bytes, seed);
}

Key hash_key(const void* data, std::size_t bytes, std::uint64_t seed) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(data, bytes, seed);
  return {hash.high64, hash.low64};
}

std::uint64_t row_checksum(const void* rows, std::size_t count, std::size_t row_bytes,
                           std::uint64_t first) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    sum +=
        XXH3_64bits_withSeed(static_cast<const char*>(rows) + i * row_bytes, row_bytes, first + i);
  }
  return sum;
}

}  // namespace splicemd
