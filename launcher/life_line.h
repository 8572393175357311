#pragma once

#include "ownership/error.h"
#include "ownership/fd.h"

namespace launcher {

/// A pipe that proves a launcher and its whole tree gone: the launcher and every process of the tree hold `held`, nobody
/// writes, and `watched` hangs up (POLLHUP) when the last holder has ended, however it ended and in whatever container
/// the watcher is.
struct LifeLine {
  ownership::Fd watched, held;
};

ownership::Result<LifeLine> make_life_line();

/// Whether `descriptor` is a pipe's read end at all: a peer may send anything.
bool is_life_line(int descriptor) noexcept;
bool has_hung_up(int life_line) noexcept;

}  // namespace launcher
