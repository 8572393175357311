#include "tests/support/tracer.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace support {
namespace {

constexpr int syscall_stop = SIGTRAP | 0x80;
constexpr unsigned long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
constexpr unsigned long options_for_forks = options | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;

long trace(int request, pid_t pid, unsigned long data) {
  return ptrace(static_cast<__ptrace_request>(request), pid, nullptr, data);
}

bool is_event(int status) { return status >> 16 != 0; }

/// What is delivered when the process goes on from this stop.
int signal_of(int status) {
  const int number = WSTOPSIG(status);
  return is_event(status) || number == syscall_stop || number == SIGTRAP ? 0 : number;
}

}  // namespace

Tracer::Tracer(Child& child) : pid_(child.pid()), child_(&child) {
  const auto status = next_stop();
  EXPECT_TRUE(status.has_value()) << "never executed: " << child.log();
  if (is_held() && trace(PTRACE_SETOPTIONS, pid_, options) != 0) ADD_FAILURE() << std::strerror(errno);
}

Tracer::Tracer(Tracer&& other) noexcept : pid_(std::exchange(other.pid_, -1)), child_(other.child_) {}

std::optional<int> Tracer::next_stop() {
  int status = 0;
  while (waitpid(pid_, &status, __WALL) < 0 && errno == EINTR) {
  }
  if (WIFSTOPPED(status)) return status;
  if (child_ != nullptr) child_->ended(status);
  pid_ = -1;
  return std::nullopt;
}

bool Tracer::go_on(int request, int signal) {
  return is_held() && trace(request, pid_, static_cast<unsigned long>(signal)) == 0;
}

bool Tracer::step() { return go_on(PTRACE_SINGLESTEP) && next_stop(); }

bool Tracer::run_to_syscall_stop() {
  int signal = 0;
  while (go_on(PTRACE_SYSCALL, signal)) {
    const auto status = next_stop();
    if (!status) return false;
    if (WSTOPSIG(*status) == syscall_stop) return true;
    signal = signal_of(*status);
  }
  return false;
}

std::optional<long> Tracer::run_to_call() {
  while (run_to_syscall_stop()) {
    __ptrace_syscall_info info{};
    ptrace(PTRACE_GET_SYSCALL_INFO, pid_, sizeof info, &info);
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) return static_cast<long>(info.entry.nr);
  }
  return std::nullopt;
}

bool Tracer::finish_call() { return run_to_syscall_stop(); }

std::optional<Tracer> Tracer::run_to_fork() {
  if (is_held()) trace(PTRACE_SETOPTIONS, pid_, options_for_forks);
  int signal = 0;
  while (go_on(PTRACE_CONT, signal)) {
    const auto status = next_stop();
    if (!status) return std::nullopt;
    signal = signal_of(*status);
    if (!is_event(*status)) continue;
    unsigned long child = 0;
    ptrace(PTRACE_GETEVENTMSG, pid_, nullptr, &child);
    Tracer held(static_cast<pid_t>(child), nullptr);
    held.next_stop();
    trace(PTRACE_SETOPTIONS, held.pid(), options);
    return held;
  }
  return std::nullopt;
}

void Tracer::release() {
  if (is_held()) trace(PTRACE_DETACH, pid_, 0);
  pid_ = -1;
}

void Tracer::crash() {
  if (is_held()) kill(pid_, SIGKILL);
  while (is_held()) next_stop();
}

std::optional<Tracer> hold_at_call(Child& child, const std::function<bool(long)>& is_wanted,
                                   const std::function<void()>& meanwhile) {
  Tracer tracer(child);
  if (!tracer.is_held()) return std::nullopt;
  const pid_t pid = child.pid();
  const auto end = Clock::now() + 60s;
  int signal = 0, status = 0;
  while (true) {
    trace(PTRACE_SYSCALL, pid, static_cast<unsigned long>(signal));
    for (int tries = 0; waitpid(pid, &status, __WALL | WNOHANG) == 0; ++tries) {
      if (Clock::now() > end) return tracer.crash(), std::nullopt;
      meanwhile();
      if (tries > 20) poll(nullptr, 0, 1);
    }
    if (!WIFSTOPPED(status)) {
      child.ended(status);
      tracer.release();
      return std::nullopt;
    }
    signal = signal_of(status);
    if (WSTOPSIG(status) != syscall_stop) continue;
    __ptrace_syscall_info info{};
    ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info);
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY && is_wanted(static_cast<long>(info.entry.nr))) return tracer;
  }
}

int crash_after_syscalls(Child& child, int count, const std::function<void()>& meanwhile) {
  int entered = 0;
  auto tracer = hold_at_call(child, [&](long) { return ++entered >= count; }, meanwhile);
  if (tracer) tracer->crash();
  return entered;
}

bool blocks(pid_t pid, int signal) {
  return (std::strtoull(status_field(pid, "SigBlk").c_str(), nullptr, 16) >> (signal - 1) & 1) != 0;
}

bool blocks_all_signals(pid_t pid) {
  for (int number = 1; number <= 64; ++number)
    // The kernel unblocks SIGTRAP where a tracer steps.
    if (number != SIGKILL && number != SIGSTOP && number != SIGTRAP && !blocks(pid, number)) return false;
  return true;
}

}  // namespace support
