#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ownership {

/// One moment of a process, from /proc/PID/stat.
struct ProcessStatus {
  char state = '?';
  pid_t parent = 0;
  std::uint64_t started = 0;  ///< clock ticks since boot; with the pid it names one process
  std::array<char, 65> command{};
  bool is_dead() const noexcept { return state == 'Z' || state == 'X'; }
  std::string_view name() const noexcept { return command.data(); }
};

/// Pure. proc_pid_stat(5); nothing when it is not one. The command may hold any byte, parentheses included.
std::optional<ProcessStatus> parse_process_status(std::string_view stat) noexcept;
/// Nothing when there is no such process, or /proc is not that of our pid namespace.
std::optional<ProcessStatus> read_process_status(pid_t pid) noexcept;

/// Whether /proc numbers processes as kill(2) does for us. After a pid namespace was entered without mounting /proc
/// anew it does not, and a number read there is somebody else here.
bool is_proc_ours() noexcept;

/// Ourselves or what started us, as far as our pid namespace reaches.
bool is_above_us(pid_t pid) noexcept;

/// Seconds since 1970 at which a process of `started` ticks began; wrong by as much as the clock was set since.
std::int64_t start_time(std::uint64_t started) noexcept;

}  // namespace ownership
