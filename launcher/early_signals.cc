#include "launcher/early_signals.h"

#include <csignal>

#include "launcher/tree.h"

namespace launcher {
namespace {

// A standby has no end of its own; far enough, and safe to subtract from.
constexpr std::chrono::hours no_end{24 * 365};

void reap_all() noexcept {
  while (true) {
    const auto change = next_change();
    if (change.kind == Change::Kind::none || change.kind == Change::Kind::no_child) return;
  }
}

}  // namespace

bool EarlySignals::mind(void* self) noexcept {
  auto& signals = *static_cast<EarlySignals*>(self);
  while (const int number = signals.inbox_->take_early()) {
    if (number == SIGCHLD)
      reap_all();
    else
      signals.stop_signal_ = number;
  }
  return signals.asks_to_stop();
}

ownership::Patience EarlySignals::patience(std::chrono::milliseconds length) noexcept {
  return {ownership::Clock::now() + length, inbox_->early_descriptor(), mind, this};
}

ownership::Patience EarlySignals::standing_by() noexcept { return patience(no_end); }

}  // namespace launcher
