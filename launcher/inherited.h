#pragma once

#include <cstdint>

#include "ownership/error.h"
#include "ownership/fd.h"

namespace launcher {

/// What we were given at the start and changed for ourselves, so that the web process gets it as it was. What we do not
/// change (limits, umask, ignored signals but SIGCHLD, descriptors) it inherits without our help: all our own
/// descriptors are close-on-exec.
struct Inherited {
  std::uint64_t mask = 0;      ///< blocked signals; signal n is bit n - 1
  bool ignores_child = false;  ///< SIGCHLD was ignored
  ownership::Fd cwd;           ///< the working directory (O_PATH); none where we may not leave it and so still are there
  int terminal = -1;           ///< the standard descriptor of our terminal, where we were its foreground; else -1
};

/// Takes notes and makes ourselves at home: closed standard descriptors are reserved (so that nothing of ours lands
/// there; the web process finds them closed), SIGCHLD gets its default disposition, our working directory is `/`.
/// Call it first, before any descriptor is opened; once. Never blocks, never fails.
Inherited take_inheritance() noexcept;

/// The signal mask this process was executed with.
std::uint64_t inherited_mask() noexcept;

/// Closes our copies of what only the web process needs: the working directory and every descriptor from 3 on that was
/// given to us. For when we start no web process any more. Ours are told from theirs by close-on-exec.
void let_go(Inherited& inherited) noexcept;

/// For a process that does nothing else: closes every other descriptor from 3 on, but `kept`.
void let_go_of_ours(const Inherited& inherited, int kept) noexcept;

}  // namespace launcher
