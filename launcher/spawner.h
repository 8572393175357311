#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>

#include "launcher/spawn.h"
#include "ownership/error.h"
#include "ownership/fd.h"

namespace launcher {

/// Starts web processes for a launcher that has confined itself: a process of the launcher, forked before that and never
/// executed. What it starts is the launcher's child (clone(2), CLONE_PARENT), with the descriptors that the launcher
/// sends. It knows one command, one environment and one filter, and can be told nothing else.
///
/// wait(2) passes over it, for its end sends no signal: a tree that is empty but for it counts as empty. It ends with the
/// launcher.
class Spawner {
 public:
  /// Forks it: what `request` names is that of every web process from now on, but for the descriptors of leases,
  /// listeners and the channel. Waits at most a second until it has closed what it must not hold. Errors: system_call.
  static ownership::Result<Spawner> start(const SpawnRequest& request) noexcept;

  /// As launcher::spawn, with the descriptors of `request`. Waits at most `limit`: a spawner that has not answered by then
  /// is killed, and nothing that it began goes on. Errors: system_call; not_executable when it was killed.
  ownership::Result<Spawned> spawn(const SpawnRequest& request, std::chrono::milliseconds limit) noexcept;

  pid_t pid() const noexcept { return pid_; }
  /// To be polled for input, which tells that it was killed; -1 when that is known.
  int descriptor() const noexcept { return channel_.get(); }
  /// After that: reaps it, and tells.
  void bury() noexcept;
  /// Ends it: no other web process will be started.
  void dismiss() noexcept;

 private:
  Spawner(pid_t pid, ownership::Fd channel) noexcept : pid_(pid), channel_(std::move(channel)) {}

  pid_t pid_;
  ownership::Fd channel_;
};

}  // namespace launcher
