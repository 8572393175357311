#include "launcher/child_side.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "launcher/adopt_channel.h"
#include "launcher/adopt_filter.h"
#include "ownership/exit_code.h"

namespace launcher {
namespace {

using ownership::ExitCode;
using Step = ExecReport::Step;

constexpr rlim_t highest_end = 1024;  // select(2) and old programs know no higher number
constexpr int first_free = 3;
constexpr std::size_t most_listeners = 64;  // as many sockets as a manifest may have

int make_session(const ChildSide& child) noexcept {
  if (setsid() < 0) return -1;
  if (child.inherited.terminal >= 0) ioctl(child.inherited.terminal, TIOCSCTTY, 0);
  return 0;
}

int make_group(const ChildSide& child) noexcept {
  if (setpgid(0, 0) != 0) return -1;
  // SIGTTOU is blocked as all signals are, so a background process may do this. A terminal that hung up is no error.
  if (child.inherited.terminal >= 0) tcsetpgrp(child.inherited.terminal, getpid());
  return 0;
}

int keep_descriptors(std::span<const int> kept) noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
  int number = static_cast<int>(std::min(limit.rlim_cur, highest_end)) - 1;
  for (const int descriptor : kept) {
    while (number >= first_free && fcntl(number, F_GETFD) >= 0) --number;
    if (number < first_free) return errno = EMFILE, -1;
    if (dup2(descriptor, number) < 0) return -1;
  }
  return 0;
}

/// All of them are moved out of the way first: one may stand where another belongs.
int place_listeners(ChildSide& child) noexcept {
  std::array<int, most_listeners> aside;
  if (child.listeners.empty()) return 0;
  if (child.listeners.size() > aside.size()) return errno = EMFILE, -1;
  const int end = first_free + static_cast<int>(child.listeners.size());
  const int report = fcntl(child.report, F_DUPFD_CLOEXEC, end);
  if (report < 0) return -1;
  child.report = report;
  for (std::size_t i = 0; i < child.listeners.size(); ++i)
    if (aside[i] = fcntl(child.listeners[i], F_DUPFD_CLOEXEC, end); aside[i] < 0) return -1;
  for (std::size_t i = 0; i < child.listeners.size(); ++i)
    if (dup2(aside[i], first_free + static_cast<int>(i)) < 0) return -1;
  return 0;
}

int be_watched(const Watching& watching) noexcept {
  const int notify = install_adopt_filter(watching.filter);
  return notify >= 0 && send_notify(watching.channel, notify) ? close(notify) : -1;
}

}  // namespace

void settle_in(ChildSide& child) noexcept {
  const auto insist = [&](int result, Step step) {
    if (result < 0) fail_in_child(child.report, {step, errno});
  };
  insist(child.own_session ? make_session(child) : make_group(child), Step::session);
  insist(keep_descriptors(child.kept), Step::descriptors);
  if (child.inherited.cwd) insist(fchdir(child.inherited.cwd.get()), Step::directory);
  // Before a listener takes the number of its channel.
  if (!child.watching.filter.empty()) insist(be_watched(child.watching), Step::adoption);
  insist(place_listeners(child), Step::descriptors);
  if (child.inherited.ignores_child) std::signal(SIGCHLD, SIG_IGN);
}

void restore_mask(const Inherited& inherited) noexcept {
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &inherited.mask, nullptr, sizeof inherited.mask);
}

void fail_in_child(int report, ExecReport failure) noexcept {
  // The launcher hears of it by the exit code, too.
  [[maybe_unused]] const auto written = write(report, &failure, sizeof failure);
  _exit(exit_code_of(failure));
}

int exit_code_of(ExecReport failure) noexcept {
  const bool is_exec = failure.step == Step::search || failure.step == Step::interpreter;
  if (!is_exec) return static_cast<int>(ExitCode::system_call);
  const bool is_missing = failure.number == ENOENT || failure.number == ENOTDIR;
  return static_cast<int>(is_missing ? ExitCode::not_found : ExitCode::not_executable);
}

PathSearch::PathSearch(std::string_view command, std::string_view path) noexcept : command_(command), rest_(path) {}

const char* PathSearch::next() noexcept {
  const bool is_file = command_.empty() || command_.find('/') != command_.npos;
  while (!is_over_) {
    const auto end = is_file ? rest_.npos : rest_.find(':');
    const auto directory = is_file ? std::string_view() : rest_.substr(0, end);
    is_over_ = end == rest_.npos;
    if (!is_over_) rest_.remove_prefix(end + 1);
    if (directory.size() + command_.size() + 2 > file_.size()) continue;
    char* out = std::copy(directory.begin(), directory.end(), file_.data());
    if (!directory.empty()) *out++ = '/';  // an empty element is the working directory
    *std::copy(command_.begin(), command_.end(), out) = '\0';
    return file_.data();
  }
  return nullptr;
}

}  // namespace launcher
