#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace manifests {

/// Writes plain data as bytes that a FlatReader gives back: integers little-endian in the width of their type, bool
/// and enumerations in one byte, text and lists after a 32-bit length, an optional after a bool. Pure; one value has
/// one form. Throws std::bad_alloc, and std::length_error for a text or list of 4 GiB.
class FlatWriter {
 public:
  template <std::integral T>
  void put(T value) {
    using Bits = std::make_unsigned_t<std::conditional_t<std::same_as<T, bool>, std::uint8_t, T>>;
    auto bits = static_cast<std::uint64_t>(static_cast<Bits>(value));
    for (std::size_t i = 0; i < sizeof(T); ++i, bits >>= 8) bytes_.push_back(static_cast<char>(bits & 0xff));
  }

  template <typename E>
  requires std::is_enum_v<E>
  void put(E value) { put(static_cast<std::uint8_t>(value)); }

  void put(std::chrono::milliseconds value) { put(std::int64_t{value.count()}); }

  void put(std::string_view text) {
    put_size(text.size());
    bytes_ += text;
  }

  void put(const std::vector<std::string>& texts) {
    put_size(texts.size());
    for (const auto& text : texts) put(std::string_view(text));
  }

  template <typename T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }

  /// For lists of other things: first their number, then each.
  void put_size(std::size_t size) {
    if (size > std::numeric_limits<std::uint32_t>::max()) throw std::length_error("FlatWriter");
    put(static_cast<std::uint32_t>(size));
  }

  std::string finish() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

}  // namespace manifests
