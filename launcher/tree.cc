#include "launcher/tree.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "ownership/fd.h"
#include "ownership/names.h"

namespace launcher {
namespace {

struct Process {
  pid_t pid, parent;
  bool is_ours;
};

// 32768 is the default pid_max; a fuller table is dealt with in several rounds. Pages are touched only when used.
std::array<Process, 32768> table;

int wait_status_of(const siginfo_t& info) {
  switch (info.si_code) {
    case CLD_EXITED: return (info.si_status & 0xff) << 8;
    case CLD_DUMPED: return info.si_status | 0x80;
    default: return info.si_status;
  }
}

pid_t parent_of(std::string_view stat) {
  // The command stands in parentheses and may hold any byte: what follows the last one can be trusted.
  const auto close = stat.rfind(')');
  if (close == stat.npos || close + 4 >= stat.size() || stat[close + 2] == 'Z') return -1;
  pid_t parent = -1;
  std::from_chars(stat.data() + close + 4, stat.data() + stat.size(), parent);
  return parent;
}

pid_t read_parent(int proc, pid_t pid) {
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "%d/stat", pid);
  const ownership::Fd file(openat(proc, name.data(), O_RDONLY | O_CLOEXEC));
  if (!file) return -1;
  std::array<char, 512> text{};
  const auto size = read(file.get(), text.data(), text.size());
  return size <= 0 ? -1 : parent_of({text.data(), static_cast<std::size_t>(size)});
}

std::size_t snapshot(int proc) {
  std::size_t count = 0;
  ownership::for_each_name(proc, [&](const char* name) {
    pid_t pid = 0;
    const auto parsed = std::from_chars(name, name + std::strlen(name), pid);
    if (parsed.ec == std::errc{} && *parsed.ptr == '\0') table[count++] = {pid, read_parent(proc, pid), false};
    return count < table.size();
  });
  std::sort(table.begin(), table.begin() + static_cast<std::ptrdiff_t>(count),
            [](const Process& a, const Process& b) { return a.pid < b.pid; });
  return count;
}

Process* find(std::size_t count, pid_t pid) {
  const auto end = table.begin() + static_cast<std::ptrdiff_t>(count);
  const auto found = std::lower_bound(table.begin(), end, pid, [](const Process& a, pid_t b) { return a.pid < b; });
  return found != end && found->pid == pid ? &*found : nullptr;
}

bool is_descendant(std::size_t count, const Process& process, pid_t ancestor) {
  pid_t parent = process.parent;
  for (int depth = 0; depth < 4096 && parent > 0; ++depth) {
    if (parent == ancestor) return true;
    const auto* above = find(count, parent);
    if (above == nullptr) return false;
    if (above->is_ours) return true;
    parent = above->parent;
  }
  return false;
}

}  // namespace

Change next_change() noexcept {
  siginfo_t info{};
  int result;
  do {
    info.si_pid = 0;
    result = waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WCONTINUED | WNOHANG);
  } while (result != 0 && errno == EINTR);
  if (result != 0) return {Change::Kind::no_child, 0, 0};
  if (info.si_pid == 0) return {};
  switch (info.si_code) {
    case CLD_STOPPED:
    case CLD_TRAPPED: return {Change::Kind::stopped, info.si_pid, 0};
    case CLD_CONTINUED: return {Change::Kind::continued, info.si_pid, 0};
    default: return {Change::Kind::exited, info.si_pid, wait_status_of(info)};
  }
}

bool has_just_stopped(pid_t pid) noexcept {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(pid), &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

int signal_descendants(int number, pid_t spared) noexcept {
  const ownership::Fd proc(open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!proc) return 0;
  const auto count = snapshot(proc.get());
  const pid_t self = getpid();
  int told = 0;
  for (std::size_t i = 0; i < count; ++i) table[i].is_ours = is_descendant(count, table[i], self);
  for (std::size_t i = 0; i < count; ++i)
    if (table[i].is_ours && table[i].pid != spared && kill(table[i].pid, number) == 0) ++told;
  return told;
}

void signal_namespace(int number) noexcept { kill(-1, number); }

}  // namespace launcher
