#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>

#include "tests/support/child.h"

namespace support {

/// Drives one process by ptrace(2), stop by stop. Of what it starts, nothing is traced unless asked for.
class Tracer {
 public:
  /// `child` was made with `is_traced` and outlives the tracer. Waits for its execve(2), before its first instruction.
  explicit Tracer(Child& child);
  Tracer(Tracer&& other) noexcept;
  Tracer& operator=(Tracer&&) = delete;
  ~Tracer() { release(); }

  pid_t pid() const noexcept { return pid_; }
  bool is_held() const noexcept { return pid_ > 0; }

  /// Executes one instruction. False: it has ended.
  bool step();
  /// Runs on to its next entry into a system call, and returns the number of the call; nothing: it has ended.
  std::optional<long> run_to_call();
  /// From there: to the end of that call.
  bool finish_call();
  /// Runs on until it has forked, and returns a tracer that holds the child before its first instruction.
  std::optional<Tracer> run_to_fork();

  /// Lets it go on untraced.
  void release();
  /// SIGKILL, at this very point.
  void crash();

 private:
  Tracer(pid_t pid, Child* child) noexcept : pid_(pid), child_(child) {}
  bool go_on(int request, int signal = 0);
  /// The wait status of the next stop; nothing: it has ended.
  std::optional<int> next_stop();
  bool run_to_syscall_stop();

  pid_t pid_ = -1;
  Child* child_ = nullptr;
};

/// Runs `child` (made with `is_traced`) until it enters a system call that `is_wanted` says yes to, and returns a tracer
/// that holds it there; nothing: it has ended before, or was killed because it did not for a minute. `meanwhile` is called
/// again and again, also while the child waits for something.
std::optional<Tracer> hold_at_call(Child& child, const std::function<bool(long)>& is_wanted,
                                   const std::function<void()>& meanwhile);

/// Runs `child` (made with `is_traced`) and kills it as it enters its `count`-th system call, wherever that is. Returns
/// how many it entered: fewer when it ended by itself before. `meanwhile` as above.
int crash_after_syscalls(Child& child, int count, const std::function<void()>& meanwhile);

bool blocks(pid_t pid, int signal);
/// Whether every signal that can be blocked is blocked in this process; a debugger's SIGTRAP aside.
bool blocks_all_signals(pid_t pid);

}  // namespace support
