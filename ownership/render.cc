#include "ownership/log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include "ownership/time_text.h"
#include "ownership/utf8.h"

namespace ownership::log {
namespace {

constexpr std::string_view ellipsis = "…";

constexpr std::string_view name_of(Level level) noexcept {
  switch (level) {
    case Level::error:
      return "error";
    case Level::warning:
      return "warning";
    case Level::notice:
      return "notice";
    case Level::debug:
      return "debug";
  }
  return "error";
}

/// Fills a buffer, whose last bytes are kept for the ending. What does not fit whole is left out, with all that
/// follows.
class Writer {
 public:
  Writer(std::span<char> room, std::size_t ending) noexcept : room_(room) {
    limit_ = room.size() > ending ? room.size() - ending : 0;
  }
  bool is_cut() const noexcept { return is_cut_; }
  bool has_room_for(std::size_t size) noexcept {
    is_cut_ = is_cut_ || size > limit_ - used_;
    return !is_cut_;
  }
  void put(std::string_view piece) noexcept {
    if (has_room_for(piece.size())) append(piece);
  }
  /// Into the bytes that were kept.
  void end(std::string_view piece) noexcept {
    if (piece.size() <= room_.size() - used_) append(piece);
  }
  std::string_view text() const noexcept { return {room_.data(), used_}; }

 private:
  void append(std::string_view piece) noexcept {
    std::copy(piece.begin(), piece.end(), room_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ += piece.size();
  }
  std::span<char> room_;
  std::size_t limit_ = 0, used_ = 0;
  bool is_cut_ = false;
};

void put_hex(Writer& out, std::string_view prefix, unsigned value, int digits) noexcept {
  constexpr std::string_view hex = "0123456789abcdef";
  std::array<char, 8> piece{};
  std::size_t size = prefix.copy(piece.data(), 4);
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) piece[size++] = hex[(value >> shift) & 15];
  out.put({piece.data(), size});
}

enum class Escaping { plain, quoted, json };

void put_escaped(Writer& out, std::string_view text, Escaping escaping) noexcept {
  while (!text.empty()) {
    const auto [code, size] = first_code_point(text);
    const auto piece = text.substr(0, size);
    text.remove_prefix(size);
    if (code == invalid_utf8) {
      put_hex(out, escaping == Escaping::json ? "\\\\x" : "\\x", static_cast<unsigned char>(piece[0]), 2);
    } else if (escaping != Escaping::plain && (code == '"' || code == '\\')) {
      out.put(code == '"' ? "\\\"" : "\\\\");
    } else if (code == '\n' || code == '\t' || code == '\r') {
      out.put(code == '\n' ? "\\n" : code == '\t' ? "\\t" : "\\r");
    } else if (!is_control(code)) {
      out.put(piece);
    } else if (escaping == Escaping::json || code > 0xFF) {
      put_hex(out, "\\u", code, 4);
    } else {
      put_hex(out, "\\x", code, 2);
    }
  }
}

void put_number(Writer& out, std::int64_t number) noexcept {
  std::array<char, 24> digits{};
  const auto last = std::to_chars(digits.begin(), digits.end(), number).ptr;
  out.put({digits.data(), static_cast<std::size_t>(last - digits.data())});
}

bool needs_quotes(std::string_view value) noexcept {
  return value.empty() || value.find_first_of(" \"=\\") != std::string_view::npos;
}

void put_field(Writer& out, const Field& field) noexcept {
  out.put(" ");
  out.put(field.key);
  out.put("=");
  if (field.is_number) return put_number(out, field.number);
  const bool is_quoted = needs_quotes(field.text);
  if (is_quoted) out.put("\"");
  put_escaped(out, field.text, is_quoted ? Escaping::quoted : Escaping::plain);
  if (is_quoted) out.put("\"");
}

std::string_view render_text(const Line& line, std::string_view program, std::span<char> room) noexcept {
  Writer out(room, ellipsis.size());
  put_escaped(out, program, Escaping::plain);
  out.put(": ");
  out.put(name_of(line.level));
  out.put(": ");
  put_escaped(out, line.what, Escaping::plain);
  if (!line.object.empty()) {
    out.put(" ");
    put_escaped(out, line.object, Escaping::plain);
  }
  if (!line.why.empty()) {
    out.put(": ");
    put_escaped(out, line.why, Escaping::plain);
  }
  if (!line.advice.empty()) {
    out.put("; ");
    put_escaped(out, line.advice, Escaping::plain);
  }
  for (const auto& field : line.fields) put_field(out, field);
  if (out.is_cut()) out.end(ellipsis);
  return out.text();
}

/// One `"key":"value"`. A value that does not fit whole is cut and closed, and is the last.
void put_member(Writer& out, std::string_view key, std::string_view value, bool is_first = false) noexcept {
  if (!out.has_room_for(key.size() + 5)) return;
  out.put(is_first ? "\"" : ",\"");
  out.put(key);
  out.put("\":\"");
  put_escaped(out, value, Escaping::json);
  if (out.has_room_for(1)) return out.put("\"");
  out.end(ellipsis);
  out.end("\"");
}

void put_member(Writer& out, const Field& field) noexcept {
  constexpr std::size_t longest_number = 20;
  if (!field.is_number) return put_member(out, field.key, field.text);
  if (!out.has_room_for(field.key.size() + 4 + longest_number)) return;
  out.put(",\"");
  out.put(field.key);
  out.put("\":");
  put_number(out, field.number);
}

std::string_view render_json(const Line& line, std::string_view program, std::span<char> room,
                             const timespec& when) noexcept {
  constexpr std::string_view ending = "\"}";
  Writer out(room, ellipsis.size() + ending.size());
  out.put("{");
  const auto time = format_time(when);
  put_member(out, "time", {time.data(), time.size()}, true);
  put_member(out, "program", program);
  put_member(out, "level", name_of(line.level));
  put_member(out, "what", line.what);
  if (!line.object.empty()) put_member(out, "object", line.object);
  if (!line.why.empty()) put_member(out, "why", line.why);
  if (!line.advice.empty()) put_member(out, "advice", line.advice);
  for (const auto& field : line.fields) put_member(out, field);
  out.end("}");
  return out.text();
}

}  // namespace

std::string_view render(const Line& line, std::string_view program, Format format, std::span<char> room,
                        const timespec& when) noexcept {
  return format == Format::text ? render_text(line, program, room) : render_json(line, program, room, when);
}

}  // namespace ownership::log
