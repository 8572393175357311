#pragma once

#include <concepts>
#include <cstdint>
#include <ctime>
#include <initializer_list>
#include <span>
#include <string_view>

#include "ownership/error.h"

namespace ownership::log {

enum class Level { error, warning, notice, debug };
enum class Format { text, json };

/// One `key=value` at the end of a line. Numbers are kept as numbers, so that JSON shows them unquoted.
struct Field {
  std::string_view key;
  std::string_view text{};
  std::int64_t number = 0;
  bool is_number = false;

  Field(std::string_view name, std::string_view value) noexcept : key(name), text(value) {}
  template <std::integral N>
  Field(std::string_view name, N value) noexcept
      : key(name), number(static_cast<std::int64_t>(value)), is_number(true) {}
};

/// `<what> <object>: <why>[; <advice>][ key=value …]`; empty parts are left out with their punctuation.
struct Line {
  Level level = Level::notice;
  std::string_view what;
  std::string_view object{};
  std::string_view why{};
  std::string_view advice{};
  std::span<const Field> fields{};
};

/// Set once at the start of each program; the defaults are "solinit", notice and text.
void set_up(std::string_view program, Level most_talkative, Format format) noexcept;
Level most_talkative() noexcept;

/// Takes each line that is wanted, with its newline, in place of stderr.
using Sink = void (*)(Level level, std::string_view line) noexcept;
/// Lines are cut to `longest` bytes, newline included; at most 2 KiB.
void send_to(Sink sink, std::size_t longest) noexcept;

/// Pure: renders `line` without its newline into `room` (text cut at the end with "…", control characters escaped so
/// that one event is always one line), and returns the used part. `when` is for JSON alone, which stays whole when it
/// is cut: what does not fit is left out. Allocates nothing.
std::string_view render(const Line& line, std::string_view program, Format format, std::span<char> room,
                        const timespec& when = {}) noexcept;

/// Renders and writes one line to stderr with one write(2), when its level is wanted. Never fails, never allocates,
/// waits 100 ms at most for a reader of stderr that hangs: then the line is lost.
void write(const Line& line) noexcept;

/// What was written last at level notice or above, wanted or not: "notice: superseded by …", cut to 255 bytes. For who asks
/// what a program did last.
std::string_view last_event() noexcept;

void notice(std::string_view what, std::string_view object = {}, std::string_view why = {},
            std::initializer_list<Field> fields = {}) noexcept;
void warning(std::string_view what, std::string_view object = {}, std::string_view why = {},
             std::initializer_list<Field> fields = {}) noexcept;
void debug(std::string_view what, std::string_view object = {}, std::string_view why = {},
           std::initializer_list<Field> fields = {}) noexcept;
/// Writes `error` at level error, where it has a text, and returns its exit code as the number to leave with.
int fail(const Error& error) noexcept;

}  // namespace ownership::log
