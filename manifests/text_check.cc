#include "manifests/text_check.h"

#include <algorithm>

namespace manifests {
namespace {

Mark mark_of(std::string_view document, std::size_t offset) {
  const auto before = document.substr(0, offset);
  const auto line_end = before.rfind('\n');
  const auto lines = std::count(before.begin(), before.end(), '\n');
  return {static_cast<std::size_t>(lines), line_end == before.npos ? offset : offset - line_end - 1};
}

std::string hexadecimal(unsigned char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  return {'0', 'x', digits[byte >> 4], digits[byte & 0xf]};
}

/// Why the character at the beginning of `rest` may not stand there; empty when it may.
std::string objection(std::string_view rest, std::size_t length) {
  const auto byte = static_cast<unsigned char>(rest.front());
  if (length == 0) return "not UTF-8: byte " + hexadecimal(byte);
  if (byte == 0) return "a NUL byte, which text may not hold";
  const bool ends_line = byte == '\n' || rest.starts_with("\r\n");
  if ((byte >= 0x20 && byte != 0x7f) || byte == '\t' || ends_line) return {};
  return "control character " + hexadecimal(byte);
}

}  // namespace

std::size_t sequence_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const auto first = byte(0), second = byte(1);
  if (first < 0x80) return text.empty() ? 0 : 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (!follows(1) || !follows(2)) return 0;
  const bool is_overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool is_surrogate = first == 0xed && second > 0x9f;
  if (is_overlong || is_surrogate) return 0;
  if ((first & 0xf0) == 0xe0) return 3;
  const bool is_in_unicode = first == 0xf0 || (first > 0xf0 && first < 0xf4) || (first == 0xf4 && second < 0x90);
  return is_in_unicode && follows(3) ? 4 : 0;
}

std::optional<Blemish> find_blemish(std::string_view document) {
  for (std::size_t offset = 0; offset < document.size();) {
    const auto rest = document.substr(offset);
    const auto length = sequence_length(rest);
    if (auto why = objection(rest, length); !why.empty()) return Blemish{mark_of(document, offset), std::move(why)};
    offset += length;
  }
  return std::nullopt;
}

}  // namespace manifests
