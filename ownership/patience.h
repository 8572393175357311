#pragma once

#include <chrono>

namespace ownership {

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;

enum class Woke { ready, timed_out, interrupted };

/// How long its holder may wait, and what may cut the wait short. Every wait of this room goes through one.
///
/// `wake` is a descriptor that becomes readable when the program has something else to mind (the launcher's signalfd);
/// `minded` is then called; it returns true when the wait is to be abandoned (`Woke::interrupted`), false to go on.
class Patience {
 public:
  using Minded = bool (*)(void* context) noexcept;

  explicit Patience(Deadline end) noexcept : end_(end) {}
  Patience(Deadline end, int wake, Minded minded, void* context) noexcept
      : end_(end), wake_(wake), minded_(minded), context_(context) {}

  /// The same wake descriptor with an earlier end (never a later one).
  Patience until(Deadline earlier) const noexcept;
  Deadline end() const noexcept { return end_; }
  bool is_over() const noexcept { return Clock::now() >= end_; }

  /// Waits until `fd` has one of `events` (poll(2)), or the end. -1 waits for the end alone. EINTR is survived.
  Woke wait(int fd, short events) const noexcept;
  /// Waits for `length` or the end, whichever comes first; `timed_out` when it was not interrupted.
  Woke pause(std::chrono::milliseconds length) const noexcept;

 private:
  Deadline end_;
  int wake_ = -1;
  Minded minded_ = nullptr;
  void* context_ = nullptr;
};

}  // namespace ownership
