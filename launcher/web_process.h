#pragma once

#include <sys/types.h>

#include "launcher/inherited.h"
#include "launcher/life_line.h"
#include "launcher/plan.h"
#include "ownership/error.h"

namespace launcher {

struct Office;

/// Starts the web process, again and again where the lifecycle says so, each time with a life line of its own and the
/// leases of the tenure.
class WebProcess {
 public:
  /// Both must outlive it.
  WebProcess(const Plan& plan, Inherited& inherited) noexcept : plan_(plan), inherited_(inherited) {}

  /// Returns when the command was executed, or could not be: waits at most ten seconds for that. Never throws.
  /// Errors: not_found, not_executable, system_call. Where nothing can ever ask for another start (no manifest), our
  /// copies of what was given for it are closed.
  ownership::Result<pid_t> start(Office* office) noexcept;

  /// The read end that hangs up when the whole tree is gone; -1 before the first start.
  int life_line() const noexcept { return line_.watched.get(); }
  /// The predecessor was told that we are ready: from now on only the tree holds the life line.
  void is_settled() noexcept { line_.held.reset(); }

 private:
  ownership::Result<pid_t> try_start(Office* office);
  /// The first line was made with the tenure, where a predecessor may already watch it.
  ownership::Result<void> renew_life_line(Office& office);

  const Plan& plan_;
  Inherited& inherited_;
  LifeLine line_;
};

}  // namespace launcher
