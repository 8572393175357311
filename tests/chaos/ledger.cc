#include "tests/chaos/ledger.h"

#include <algorithm>

namespace chaos {

/// No request takes longer than its limit of 30 s: older windows excuse nothing any more.
constexpr std::size_t remembered = 1000;

void Ledger::open(Moment when) {
  const std::lock_guard lock(guard_);
  if (!windows_.empty() && !windows_.back().end) return;
  windows_.push_back({when, std::nullopt});
  if (windows_.size() > remembered) windows_.pop_front();
}

void Ledger::close(Moment when) {
  const std::lock_guard lock(guard_);
  if (!windows_.empty() && !windows_.back().end) windows_.back().end = when;
}

bool Ledger::excuses(Moment begin, Moment end) const {
  const std::lock_guard lock(guard_);
  return std::any_of(windows_.begin(), windows_.end(), [&](const Window& window) {
    return window.begin <= end && (!window.end || *window.end >= begin);
  });
}

}  // namespace chaos
