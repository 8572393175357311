#include "launcher/inherited.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <span>
#include <span>

// entry.S
extern "C" {
extern std::uint64_t solinit_inherited_mask;
extern bool solinit_was_entered;
}

namespace launcher {
namespace {

using ownership::Fd;

constexpr int first_given = 3;

void reserve_closed_stdio() noexcept {
  std::array<pollfd, 3> stdio{{{0, 0, 0}, {1, 0, 0}, {2, 0, 0}}};
  if (poll(stdio.data(), stdio.size(), 0) <= 0) return;
  for (const auto& entry : stdio)
    // Each open lands on the lowest free number, which is this one. There may be no /dev to take a null device from.
    if ((entry.revents & POLLNVAL) != 0 && open("/", O_PATH | O_CLOEXEC) < 0) return;
}

bool take_default_child_signal() noexcept {
  struct sigaction before{};
  sigaction(SIGCHLD, nullptr, &before);
  if (before.sa_handler != SIG_IGN) return false;
  std::signal(SIGCHLD, SIG_DFL);
  return true;
}

Fd leave_directory() noexcept {
  Fd cwd(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!cwd || chdir("/") != 0) return Fd();
  return cwd;
}

int find_terminal() noexcept {
  for (int descriptor = 0; descriptor < first_given; ++descriptor) {
    const pid_t foreground = tcgetpgrp(descriptor);
    if (foreground >= 0) return foreground == getpgrp() ? descriptor : -1;
  }
  return -1;
}

/// Ours are told from theirs by close-on-exec.
bool was_given(int descriptor) noexcept {
  const int flags = fcntl(descriptor, F_GETFD);
  return flags >= 0 && (flags & FD_CLOEXEC) == 0;
}

/// One buffer of getdents64(2): opendir(3) would take 32 KiB of heap for the life of PID 1.
void for_each_listed(std::span<const std::byte> entries, const auto& call) noexcept {
  while (entries.size() > offsetof(dirent64, d_name)) {
    std::uint16_t length = 0;
    std::memcpy(&length, entries.data() + offsetof(dirent64, d_reclen), sizeof length);
    if (length == 0 || length > entries.size()) return;
    char name[12] = {};
    std::memcpy(name, entries.data() + offsetof(dirent64, d_name),
                std::min(sizeof name - 1, length - offsetof(dirent64, d_name)));
    int descriptor = -1;
    std::from_chars(name, name + std::strlen(name), descriptor);
    call(descriptor);
    entries = entries.subspan(length);
  }
}

bool for_all_listed(const auto& call) noexcept {
  const Fd list(open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!list) return false;
  alignas(dirent64) std::array<std::byte, 2048> room;
  while (true) {
    const auto size = syscall(SYS_getdents64, list.get(), room.data(), room.size());
    if (size <= 0) return size == 0;
    for_each_listed(std::span(room).first(static_cast<std::size_t>(size)), [&](int descriptor) {
      if (descriptor != list.get()) call(descriptor);
    });
  }
}

/// Without /proc: every number that can be open, up to a bound that keeps this below a few milliseconds.
void for_all_possible(const auto& call) noexcept {
  constexpr rlim_t bound = 16384;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const auto end = static_cast<int>(std::min(limit.rlim_cur, bound));
  for (int descriptor = first_given; descriptor < end; ++descriptor) call(descriptor);
}

void close_where(const auto& is_wanted) noexcept {
  const auto look = [&](int descriptor) {
    if (descriptor >= first_given && is_wanted(descriptor)) close(descriptor);
  };
  if (!for_all_listed(look)) for_all_possible(look);
}

}  // namespace

std::uint64_t inherited_mask() noexcept {
  if (solinit_was_entered) return solinit_inherited_mask;
  std::uint64_t mask = 0;  // another entry point, as in tests: nothing was changed yet
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, nullptr, &mask, sizeof mask);
  return mask;
}

Inherited take_inheritance() noexcept {
  reserve_closed_stdio();
  Inherited inherited;
  inherited.mask = inherited_mask();
  inherited.ignores_child = take_default_child_signal();
  inherited.terminal = find_terminal();
  inherited.cwd = leave_directory();
  return inherited;
}

void let_go(Inherited& inherited) noexcept {
  inherited.cwd.reset();
  close_where(was_given);
}

void let_go_of_ours(const Inherited& inherited, int kept) noexcept {
  close_where([&](int descriptor) {
    return descriptor != kept && descriptor != inherited.cwd.get() && !was_given(descriptor);
  });
}

}  // namespace launcher
