#pragma once

#include <cstdint>

#include "ownership/error.h"
#include "ownership/fd.h"

namespace launcher {

/// Every signal that can be blocked is blocked from our first instruction on (entry.S); this is where they are read,
/// one at a time, in the kernel's order. Nothing is read before somebody asks, so nothing is lost before the web
/// process exists.
class SignalInbox {
 public:
  /// Blocks all signals (again: cheap, and true for programs with another entry point), gives SIGCHLD its default
  /// disposition (ignored, it would make children unwaitable) and opens the signalfd(2). Errors: EMFILE, ENOMEM.
  static ownership::Result<SignalInbox> open();

  int descriptor() const noexcept { return all_.get(); }
  /// The next pending signal, or 0 when there is none and `waits` is false. With `waits` it blocks until there is one.
  int take(bool waits) noexcept;

  /// Readable when SIGCHLD, SIGTERM, SIGINT or SIGQUIT is pending: what matters before the web process exists.
  /// The others stay pending for it.
  int early_descriptor() const noexcept { return early_.get(); }
  int take_early() noexcept;

 private:
  ownership::Fd all_, early_;
};

}  // namespace launcher
