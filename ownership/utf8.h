#pragma once

#include <cstddef>
#include <string_view>

namespace ownership {

inline constexpr char32_t invalid_utf8 = 0xFFFFFFFF;

struct CodePoint {
  char32_t code;     ///< or invalid_utf8
  std::size_t size;  ///< in bytes; of what is invalid, 1
};

/// Pure. The first code point of `text`, which is not empty. Overlong forms, surrogates and cut sequences are invalid.
constexpr CodePoint first_code_point(std::string_view text) noexcept {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return {invalid_utf8, 1};
  char32_t code = first & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0u) != 0x80) return {invalid_utf8, 1};
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  const bool is_overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
  if (is_overlong || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) return {invalid_utf8, 1};
  return {code, size};
}

/// What a terminal or a log reader would act on instead of showing it.
constexpr bool is_control(char32_t c) noexcept {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

}  // namespace ownership
