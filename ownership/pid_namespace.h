#pragma once

namespace ownership {

/// Whether we are PID 1 of a pid namespace that is not the machine's first: there kill(2) of -1 reaches our own tree
/// and what the engine executed beside it, and nothing else. False where /proc cannot tell.
bool is_private_pid_one() noexcept;

}  // namespace ownership
