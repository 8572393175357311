#pragma once

#include <sys/types.h>

#include <string>

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
  WebProcess(const Plan& plan, const Inherited& inherited) noexcept : plan_(plan), inherited_(inherited) {}

  /// Returns when the command was executed, or could not be: waits at most `exec_limit` for that. Never throws.
  /// Errors: not_found, not_executable, system_call.
  ownership::Result<pid_t> start(Office* office) noexcept;

  /// The read end that hangs up when the whole tree is gone; -1 before the first start.
  int life_line() const noexcept { return line_.watched.get(); }
  /// The predecessor was told that we are ready: from now on only the tree holds the life line.
  void is_settled() noexcept { line_.held.reset(); }

 private:
  ownership::Result<pid_t> try_start(Office* office);

  const Plan& plan_;
  const Inherited& inherited_;
  LifeLine line_;
};

}  // namespace launcher
