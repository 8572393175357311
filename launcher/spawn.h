#pragma once

#include <sys/types.h>

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "launcher/child_side.h"
#include "launcher/environment.h"
#include "launcher/inherited.h"
#include "ownership/error.h"
#include "ownership/fd.h"

namespace launcher {

struct SpawnRequest {
  std::span<const std::string> command;  ///< argv; not empty
  const Inherited& inherited;
  bool own_session = false;       ///< setsid(2) and its own terminal, instead of a process group
  std::span<const int> kept{};    ///< what the tree holds beside what we were given: leases, the life line. The first
                                  ///< gets the highest free number below min(RLIMIT_NOFILE, 1024), and so on downwards
  std::span<const int> listeners{};  ///< become 3, 4, … in the tree, as sd_listen_fds(3) has it; what was given to us
                                     ///< under these numbers gives way
  EnvironmentChange environment{};
  Watching watching{};
};

/// A process that is about to execute the command.
struct Spawned {
  pid_t pid = 0;
  ownership::Fd exec_report;  ///< close-on-exec, non-blocking: end of file once the command is executed
};

/// Starts the command with everything as we were given it. All signals must be blocked; they are unblocked in the
/// child as the last thing before execve(2), so whatever is sent to `pid` reaches the command or ends it. Does not wait
/// for the execution. May be called again for a restart. Errors: system_call (fork, descriptors, memory).
ownership::Result<Spawned> spawn(const SpawnRequest& request) noexcept;

/// Both ends close-on-exec and non-blocking. Errors: system_call, naming the command.
struct ReportPipe {
  ownership::Fd read, write;
};
ownership::Result<ReportPipe> make_report_pipe(std::string_view command);

/// For a process that starts the command in its parent's stead: what it starts is its parent's child, and the first that
/// the parent hears over `report` is its number. Until its execution it is a child whose end nobody is told: wait(2) has
/// to ask for it with __WALL. Returns 0, or the number of the error.
int spawn_beside(const SpawnRequest& request, int report) noexcept;

/// Waits at most `limit` for the execution; a command that takes longer (a slow file system) counts as executed, but
/// where it was started by spawn_beside: that is killed. When it failed, the child is reaped and the Error tells why:
/// not_found, not_executable, or system_call.
ownership::Result<void> exec_outcome(const Spawned& spawned, std::string_view command,
                                     std::chrono::milliseconds limit) noexcept;

/// SIGKILL, and a wait of at most a second for the end of our child: one that sleeps uninterruptibly takes longer.
void kill_and_reap(pid_t child) noexcept;

}  // namespace launcher
