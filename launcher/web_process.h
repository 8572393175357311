#pragma once

#include <sys/types.h>

#include "launcher/inherited.h"
#include "launcher/plan.h"
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
  /// Errors: not_found, not_executable, system_call. Where nothing can ever ask for another start (no manifest), our
  /// copies of what was given for it are closed.
  ownership::Result<pid_t> start(Office* office) noexcept;

 private:
  ownership::Result<pid_t> try_start(Office* office);

  const Plan& plan_;
  Inherited& inherited_;
};

}  // namespace launcher
