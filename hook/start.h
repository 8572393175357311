#pragma once

namespace hook {

/// Gives up all that the caller left us, before anything is read: environment, descriptors from 3 upwards (runtimes
/// leak theirs), working directory (it may be the container's), blocked signals (crun blocks them all). SIGPIPE is
/// ignored, as runtimes may close our stderr; closed standard descriptors become /dev/null.
void shed_inheritance() noexcept;

}  // namespace hook
