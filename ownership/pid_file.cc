#include "ownership/pid_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <exception>
#include <utility>

#include "ownership/bearers.h"
#include "ownership/pid_namespace.h"
#include "ownership/process.h"

namespace ownership {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::int64_t clock_grain = 2;

Bearer bearer_of(pid_t number) noexcept {
  Bearer bearer;
  if (number <= 0 || (kill(number, 0) != 0 && errno == ESRCH)) return bearer;
  bearer.is_above_us = is_above_us(number);
  const auto status = read_process_status(number);
  bearer.is_alive = !status || !status->is_dead();
  if (status) bearer.started = start_time(status->started);
  bearer.pid = number;
  return bearer;
}

/// Where memory is short, somebody: in doubt it lives.
Bearer bearer_of(pid_t number, const MountedPart& part) noexcept try {
  return number <= 0 ? Bearer{} : bearer_on_host(number, part).value_or(Bearer{});
} catch (const std::exception&) {
  return {.is_alive = true};
}

/// One byte more than any pid file has, so that a longer file is garbage.
PidText read_text(int file) noexcept {
  std::array<char, 65> room;
  ssize_t size;
  do size = pread(file, room.data(), room.size(), 0);
  while (size < 0 && errno == EINTR);
  if (size < 0 || size == static_cast<ssize_t>(room.size())) return {};
  return parse_pid_text({room.data(), static_cast<std::size_t>(size)});
}

}  // namespace

PidText parse_pid_text(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {PidText::Kind::empty, 0};
  text = text.substr(first, text.find_last_not_of(blanks) - first + 1);
  pid_t number = 0;
  const auto [end, failure] = std::from_chars(text.begin(), text.end(), number);
  if (failure != std::errc() || end != text.end() || number < 0) return {};
  return {PidText::Kind::number, number};
}

PidVerdict judge_pid_file(const PidText& text, const Bearer& bearer, std::int64_t written, bool can_none_be) noexcept {
  if (text.kind == PidText::Kind::garbage) return PidVerdict::foreign;
  if (text.kind == PidText::Kind::empty || can_none_be) return PidVerdict::stale;
  if (!bearer.is_alive || bearer.is_above_us) return PidVerdict::stale;
  const bool is_another = bearer.started && *bearer.started > written + clock_grain;
  return is_another ? PidVerdict::stale : PidVerdict::live;
}

PidFileSighting look_at_pid_file(int directory, const char* name, const MountedPart* part) noexcept {
  PidFileSighting seen;
  seen.pin.reset(openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!seen.pin) {
    seen.reason = errno;
    seen.entry = seen.reason == ENOENT ? Entry::nothing : Entry::unknown;
    return seen;
  }
  struct stat status {};
  seen.identity = identity_of(seen.pin.get());
  if (fstat(seen.pin.get(), &status) != 0 || seen.identity.inode == 0) {
    seen.reason = errno;
    return seen;
  }
  seen.entry = Entry::other;
  if (!S_ISREG(status.st_mode)) return seen;
  const Fd file(openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file || identity_of(file.get()) != seen.identity || fstat(file.get(), &status) != 0) {
    seen.reason = file ? EAGAIN : errno;
    seen.entry = Entry::unknown;
    return seen;
  }
  seen.text = read_text(file.get());
  Bearer bearer;
  if (seen.text.kind == PidText::Kind::number)
    bearer = part == nullptr ? bearer_of(seen.text.number) : bearer_of(seen.text.number, *part);
  const bool can_none_be = part == nullptr && is_private_pid_one();
  seen.verdict = judge_pid_file(seen.text, bearer, status.st_mtim.tv_sec, can_none_be);
  seen.bearer = bearer.pid;
  return seen;
}

SecondLook look_again_at_pid_file(int quarantine, const char* name, int pin, const MountedPart* part) noexcept {
  const auto seen = look_at_pid_file(quarantine, name, part);
  if (seen.entry == Entry::unknown) return SecondLook::unknown;
  if (seen.entry == Entry::nothing || seen.identity != identity_of(pin)) return SecondLook::another;
  return seen.verdict == PidVerdict::stale ? SecondLook::nobody : SecondLook::somebody;
}

}  // namespace ownership
