#include "ownership/process.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "ownership/fd.h"

namespace ownership {
namespace {

template <typename Number>
std::optional<Number> number_from(std::string_view text) noexcept {
  Number number{};
  const auto [end, failure] = std::from_chars(text.begin(), text.end(), number);
  if (failure != std::errc() || end != text.end()) return {};
  return number;
}

}  // namespace

std::optional<ProcessStatus> parse_process_status(std::string_view stat) noexcept {
  const auto open = stat.find('('), close = stat.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
  ProcessStatus status;
  stat.substr(open + 1, close - open - 1).copy(status.command.data(), status.command.size() - 1);

  constexpr int state = 3, parent = 4, started = 22;  // as the manual page numbers them
  std::string_view rest = stat.substr(close + 1);
  for (int field = state; field <= started; ++field) {
    if (rest.empty()) return {};
    rest.remove_prefix(1);
    const auto word = rest.substr(0, rest.find_first_of(" \n"));
    rest.remove_prefix(word.size());
    if (field == state && word.size() == 1) status.state = word.front();
    const auto number = field == parent || field == started ? number_from<std::uint64_t>(word) : 0;
    if (!number) return {};
    if (field == parent) status.parent = static_cast<pid_t>(*number);
    if (field == started) status.started = *number;
  }
  return status;
}

bool is_proc_ours() noexcept {
  char target[16] = {};
  if (readlink("/proc/self", target, sizeof target - 1) <= 0) return false;
  return number_from<pid_t>(target) == getpid();
}

std::optional<ProcessStatus> read_process_status(pid_t pid) noexcept {
  char room[512];
  std::snprintf(room, sizeof room, "/proc/%d/stat", pid);
  const Fd file(is_proc_ours() ? open(room, O_RDONLY | O_CLOEXEC) : -1);
  const auto size = file ? read(file.get(), room, sizeof room) : -1;
  if (size <= 0) return {};
  return parse_process_status({room, static_cast<std::size_t>(size)});
}

bool is_above_us(pid_t pid) noexcept {
  if (pid == getpid()) return true;
  constexpr int deepest = 4096;
  pid_t above = getppid();
  for (int depth = 0; above > 0 && depth < deepest; ++depth) {
    if (above == pid) return true;
    const auto status = read_process_status(above);
    above = status ? status->parent : 0;
  }
  return false;
}

std::int64_t start_time(std::uint64_t started) noexcept {
  timespec now{}, since_boot{};
  clock_gettime(CLOCK_REALTIME, &now);
  clock_gettime(CLOCK_BOOTTIME, &since_boot);
  const auto ticks = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
  return now.tv_sec - since_boot.tv_sec + static_cast<std::int64_t>(started / ticks);
}

}  // namespace ownership
