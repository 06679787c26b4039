// Plain data to bytes and back: the encoding of messages, of tasks and of what the datastore keeps.
//
// Numbers are stored in little-endian order, strings and arrays behind a 64-bit length. A reader checks
// every length before it allocates and throws RunError on anything short or left over.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/error.hpp"

namespace splicemd {

static_assert(std::endian::native == std::endian::little, "encodings are little-endian");

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

inline ByteView as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }
inline Bytes to_bytes(std::string_view text) {
  const ByteView view = as_bytes(text);
  return {view.begin(), view.end()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Appends values to a growing array of bytes.
class ByteWriter {
 public:
  template <class T>
  requires std::is_trivially_copyable_v<T> &&
      (!std::is_pointer_v<T>)ByteWriter& put(const T& value) {
    append(&value, sizeof(T));
    return *this;
  }
  template <class T>
  requires std::is_trivially_copyable_v<T> ByteWriter& put(std::span<const T> values) {
    put(static_cast<std::uint64_t>(values.size()));
    append(values.data(), values.size_bytes());
    return *this;
  }
  template <class T>
  ByteWriter& put(const std::vector<T>& values) {
    return put(std::span<const T>(values));
  }
  ByteWriter& put(std::string_view text) { return put(std::span<const char>(text)); }
  ByteWriter& put(const std::string& text) { return put(std::string_view(text)); }

  // The bytes as they are, without their number: read back by whoever knows it.
  ByteWriter& put_raw(ByteView bytes) {
    append(bytes.data(), bytes.size());
    return *this;
  }

  std::size_t size() const { return bytes_.size(); }
  ByteView view() const { return bytes_; }
  // The bytes, leaving the writer empty.
  Bytes take() { return std::move(bytes_); }

 private:
  void append(const void* data, std::size_t n) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + n);
    if (n != 0) std::memcpy(bytes_.data() + at, data, n);
  }
  Bytes bytes_;
};

// Reads values back in the order in which they were put; the bytes must outlive the reader.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : bytes_(bytes) {}

  template <class T>
  requires std::is_trivially_copyable_v<T> T get() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  template <class T>
  requires std::is_trivially_copyable_v<T> std::vector<T> get_vector() {
    const ByteView data = take_array(sizeof(T));
    std::vector<T> values(data.size() / sizeof(T));
    if (!data.empty()) std::memcpy(values.data(), data.data(), data.size());
    return values;
  }
  std::string get_text() { return std::string(as_text(take_array(1))); }
  // An array of bytes where it lies.
  ByteView get_view() { return take_array(1); }

  std::size_t left() const { return bytes_.size() - at_; }
  void finish() const { ensure(left() == 0, "{} bytes too many in a message", left()); }

 private:
  ByteView take_array(std::size_t element) {
    const auto n = get<std::uint64_t>();
    ensure(n <= left() / element, "a message ends within an array of {} elements", n);
    return take(n * element);
  }
  ByteView take(std::size_t n) {
    ensure(n <= left(), "a message ends {} bytes early", n - left());
    const ByteView part = bytes_.subspan(at_, n);
    at_ += n;
    return part;
  }
  ByteView bytes_;
  std::size_t at_ = 0;
};

}  // namespace splicemd
