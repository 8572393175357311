#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "launcher/lifecycle.h"
#include "ownership/patience.h"

namespace launcher {

/// One deadline for each Timer of the lifecycle.
class Timers {
 public:
  void arm(Timer timer, std::chrono::milliseconds length) noexcept {
    deadlines_[index(timer)] = ownership::Clock::now() + length;
  }
  void disarm(Timer timer) noexcept { deadlines_[index(timer)].reset(); }

  std::optional<ownership::Deadline> next() const noexcept {
    std::optional<ownership::Deadline> first;
    for (const auto& deadline : deadlines_)
      if (deadline) first = first ? std::min(*first, *deadline) : *deadline;
    return first;
  }

  /// A timer whose time has come, disarmed.
  std::optional<Timer> take_due(ownership::Deadline now) noexcept {
    for (std::size_t i = 0; i < deadlines_.size(); ++i) {
      if (!deadlines_[i] || *deadlines_[i] > now) continue;
      deadlines_[i].reset();
      return static_cast<Timer>(i);
    }
    return std::nullopt;
  }

 private:
  static std::size_t index(Timer timer) noexcept { return static_cast<std::size_t>(timer); }
  std::array<std::optional<ownership::Deadline>, timer_count> deadlines_{};
};

}  // namespace launcher
