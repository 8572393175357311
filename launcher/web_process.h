#pragma once

#include <sys/types.h>

#include <optional>

#include "launcher/inherited.h"
#include "launcher/plan.h"
#include "launcher/spawner.h"
#include "ownership/error.h"

namespace launcher {

struct Office;

/// Starts the web process, again and again where the lifecycle says so, each time with the life line, the leases and the
/// listeners of the tenure.
class WebProcess {
 public:
  /// Both must outlive it.
  WebProcess(const Plan& plan, Inherited& inherited) noexcept : plan_(plan), inherited_(inherited) {}

  /// Returns when the command was executed, or could not be: waits at most ten seconds for that. Never throws.
  /// Errors: not_found, not_executable, system_call. The first that could be executed leaves a spawner for those after
  /// it; where nothing can ever ask for another start (no manifest), none. Our copies of what was given for it are closed.
  ownership::Result<pid_t> start(Office* office) noexcept;

  /// Whether nothing is left for which this process itself would have to fork and execute.
  bool is_delegated() const noexcept { return is_last_ || spawner_; }
  /// The process that wait(2) passes over; 0 when there is none.
  pid_t spawner() const noexcept { return spawner_ ? spawner_->pid() : 0; }
  /// To be polled for input, after which `hear_spawner` is called; -1 when there is nothing to hear.
  int channel() const noexcept { return spawner_ ? spawner_->descriptor() : -1; }
  void hear_spawner() noexcept;
  /// Before everything else in our pid namespace is killed.
  void dismiss_spawner() noexcept;

 private:
  ownership::Result<pid_t> try_start(Office* office);
  void delegate(const SpawnRequest& request) noexcept;

  const Plan& plan_;
  Inherited& inherited_;
  std::optional<Spawner> spawner_;
  bool is_last_ = false;
};

}  // namespace launcher
