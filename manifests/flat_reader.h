#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace manifests {

/// Takes out what a FlatWriter put in, in the same order. Trusts nothing: what is cut, out of its range or not in the
/// form that the writer gives it makes the reader fail for good; from then on every value taken is empty. Never reads
/// past the end, and allocates no more than a small multiple of the bytes that are there. Pure.
class FlatReader {
 public:
  explicit FlatReader(std::string_view bytes) noexcept : bytes_(bytes) {}

  template <std::integral T>
  T take() {
    const auto raw = take_bytes(sizeof(T));
    std::uint64_t bits = 0;
    for (std::size_t i = raw.size(); i > 0; --i) bits = bits << 8 | static_cast<unsigned char>(raw[i - 1]);
    if constexpr (std::same_as<T, bool>) {
      if (bits > 1) fail();
      return bits == 1;
    } else {
      return static_cast<T>(bits);
    }
  }

  /// An enumeration whose values are 0 to `last`.
  template <typename E>
  requires std::is_enum_v<E> E take(E last) {
    const auto value = take<std::uint8_t>();
    if (value <= static_cast<std::uint8_t>(last)) return static_cast<E>(value);
    fail();
    return E{};
  }

  std::chrono::milliseconds take_duration() { return std::chrono::milliseconds(take<std::int64_t>()); }

  std::string take_text() { return std::string(take_bytes(take_size())); }

  std::vector<std::string> take_texts() {
    std::vector<std::string> texts;
    for (auto left = take_size(); left > 0 && !has_failed(); --left) texts.push_back(take_text());
    return texts;
  }

  template <std::integral T>
  std::optional<T> take_optional() {
    return take<bool>() ? std::optional(take<T>()) : std::nullopt;
  }

  std::uint32_t take_size() { return take<std::uint32_t>(); }

  /// For rules of the caller that a value does not hold to.
  void fail() noexcept {
    has_failed_ = true;
    bytes_ = {};
  }

  bool has_failed() const noexcept { return has_failed_; }
  /// All was understood, and nothing is left.
  bool is_whole() const noexcept { return !has_failed_ && bytes_.empty(); }

 private:
  std::string_view take_bytes(std::size_t size) noexcept {
    if (size > bytes_.size()) fail();
    const auto taken = bytes_.substr(0, size);
    bytes_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view bytes_;
  bool has_failed_ = false;
};

}  // namespace manifests
