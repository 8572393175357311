#include "ownership/log.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <ctime>

namespace ownership::log {
namespace {

constexpr std::size_t longest_program = 32;
constexpr std::size_t longest_line = 2048;
constexpr std::chrono::duration<int, std::milli> longest_wait{100};

struct Settings {
  std::array<char, longest_program> program{"solinit"};
  Level most_talkative = Level::notice;
  Format format = Format::text;
  Sink sink = nullptr;
  std::size_t longest = longest_line;
};
constinit Settings settings;
constinit std::array<char, 256> last{};

void remember(const Line& line) noexcept {
  std::array<char, longest_program + last.size() + 2> room;
  const std::string_view program(settings.program.data());
  auto text = render(line, program, Format::text, {room.data(), program.size() + 2 + last.size() - 1});
  text.remove_prefix(std::min(text.size(), program.size() + 2));
  last[text.copy(last.data(), last.size() - 1)] = '\0';
}

}  // namespace

void set_up(std::string_view program, Level most_talkative, Format format) noexcept {
  settings.program[program.copy(settings.program.data(), longest_program - 1)] = '\0';
  settings.most_talkative = most_talkative;
  settings.format = format;
}

Level most_talkative() noexcept { return settings.most_talkative; }

void send_to(Sink sink, std::size_t longest) noexcept {
  settings.sink = sink;
  settings.longest = std::min(longest - 1, longest_line);
}

std::string_view last_event() noexcept { return last.data(); }

void write(const Line& line) noexcept {
  if (line.level <= Level::notice) remember(line);
  if (line.level > settings.most_talkative) return;
  const int reason = errno;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  std::array<char, longest_line + 1> room;
  const auto text = render(line, settings.program.data(), settings.format, {room.data(), settings.longest}, now);
  room[text.size()] = '\n';
  if (settings.sink != nullptr) {
    settings.sink(line.level, {room.data(), text.size() + 1});
    errno = reason;
    return;
  }
  // A reader that hangs must not hold us up: its line is lost. poll(2) says that a pipe takes what write(2) then gives.
  pollfd reader{STDERR_FILENO, POLLOUT, 0};
  const bool hangs = poll(&reader, 1, longest_wait.count()) == 0;
  // One write, so that the lines of several programs on one stderr do not mix; nobody can be told when it fails.
  while (!hangs && ::write(STDERR_FILENO, room.data(), text.size() + 1) < 0 && errno == EINTR) {
  }
  errno = reason;
}

void notice(std::string_view what, std::string_view object, std::string_view why,
            std::initializer_list<Field> fields) noexcept {
  write({.level = Level::notice, .what = what, .object = object, .why = why, .fields = fields});
}

void warning(std::string_view what, std::string_view object, std::string_view why,
             std::initializer_list<Field> fields) noexcept {
  write({.level = Level::warning, .what = what, .object = object, .why = why, .fields = fields});
}

void debug(std::string_view what, std::string_view object, std::string_view why,
           std::initializer_list<Field> fields) noexcept {
  write({.level = Level::debug, .what = what, .object = object, .why = why, .fields = fields});
}

int fail(const Error& error) noexcept {
  if (!error.what.empty())
    write(
        {.level = Level::error, .what = error.what, .object = error.object, .why = error.why, .advice = error.advice});
  return static_cast<int>(error.code);
}

}  // namespace ownership::log
