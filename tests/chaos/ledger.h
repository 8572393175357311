#pragma once

#include <chrono>
#include <deque>
#include <mutex>
#include <optional>

namespace chaos {

using Clock = std::chrono::steady_clock;
using Moment = Clock::time_point;

/// When an owner could not be asked to answer: which failed request is laid to a fault, and which to solinit.
///
/// A fault that breaks connections by itself (a process is killed, a path is removed, another server binds it) opens a
/// window before it is injected. The window closes when a request that began after the fault was over has been answered
/// by the web process. A failed request is excused where its time, from connect(2) to the failure, has a moment in common
/// with a window; every other one is a breach. Redeploys, reloads, failed redeploys, stops, freezes and full volumes open
/// none.
class Ledger {
 public:
  void open(Moment when);
  void close(Moment when);
  bool excuses(Moment begin, Moment end) const;

 private:
  struct Window {
    Moment begin;
    std::optional<Moment> end;
  };
  mutable std::mutex guard_;
  std::deque<Window> windows_;
};

}  // namespace chaos
