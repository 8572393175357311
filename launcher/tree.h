#pragma once

#include <sys/types.h>

/// The processes below us: waiting for them and telling them signals. Nothing here allocates, throws or blocks.
namespace launcher {

/// What one wait(2) brought.
struct Change {
  enum class Kind {
    none,      ///< children live, and none of them changed
    no_child,  ///< there is no child at all: the tree is empty
    exited,
    stopped,
    continued,
  };
  Kind kind = Kind::none;
  pid_t pid = 0;
  int wait_status = 0;  ///< as waitpid(2) would give it; for exited
};

/// waitid(2) for any child, once.
Change next_change() noexcept;

/// Whether our child `pid` is stopped and next_change has not told of it yet.
bool has_just_stopped(pid_t pid) noexcept;

/// Sends `number` to every living descendant but `spared` (found in /proc, so children of children in other sessions and
/// groups too); with no /proc, to our direct children's groups as far as they are known: none. Returns how many were
/// told. One round is a snapshot: what is forked meanwhile is found by the next.
int signal_descendants(int number, pid_t spared = 0) noexcept;

/// kill(2) of -1: every process of our pid namespace but us. Only for PID 1 of a private one (the caller's promise).
void signal_namespace(int number) noexcept;

}  // namespace launcher
