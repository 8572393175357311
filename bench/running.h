#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "ownership/fd.h"

namespace bench {

using Nanoseconds = std::chrono::nanoseconds;

/// CLOCK_MONOTONIC, which the children read too.
Nanoseconds now();

/// A program as PID 1 of its own pid and mount namespaces, with its own /proc, no terminal, and /dev/null as 0, 1
/// and 2. Its descriptor 3 is report(), and from 4 it reads orders. Killed, with everything below it, when this goes.
class Running {
 public:
  /// Prepares everything up to execve(2), which waits for go().
  explicit Running(const std::vector<std::string>& command);
  Running(Running&&) noexcept = default;
  Running& operator=(Running&&) = delete;
  ~Running();

  void go() const;
  /// Returns within a microsecond after execve(2) has given up the old program. Spins.
  void await_exec();
  /// Blocks until it has ended. Its exit status, or 128 + the signal that ended it.
  int wait();
  /// The last moment before execve(2).
  Nanoseconds executed_at();

  pid_t pid() const noexcept { return pid_.number; }
  void signal(int number) const;
  int report() const noexcept { return report_.get(); }
  /// Blocks for the next byte of the report; false when nobody is left to write one.
  bool hear() const;
  void order() const;

 private:
  struct Pid {
    pid_t number = -1;
    Pid() = default;
    Pid(Pid&& other) noexcept : number(std::exchange(other.number, -1)) {}
  };
  void read_moment(bool blocks);

  Pid pid_;
  ownership::Fd go_, moment_, report_, orders_, mounts_;
  std::int64_t executed_at_ = 0;
};

/// What the kernel has charged the process with so far: /proc/PID/schedstat.
Nanoseconds cpu_time(pid_t pid);
/// Blocks until the process has not run for `length`.
void await_quiet(pid_t pid, std::chrono::milliseconds length);

}  // namespace bench
