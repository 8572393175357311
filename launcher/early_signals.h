#pragma once

#include "launcher/signals.h"
#include "ownership/patience.h"

namespace launcher {

/// What signals mean before the web process exists: SIGTERM, SIGINT and SIGQUIT end the wait, children that were left
/// to us are reaped, everything else stays pending for the web process.
class EarlySignals {
 public:
  explicit EarlySignals(SignalInbox& inbox) noexcept : inbox_(&inbox) {}

  /// A wait of `length` that ends when we are asked to stop.
  ownership::Patience patience(std::chrono::milliseconds length) noexcept;
  /// A wait that only an event or a stop signal ends.
  ownership::Patience standing_by() noexcept;

  bool asks_to_stop() const noexcept { return stop_signal_ != 0; }
  int stop_signal() const noexcept { return stop_signal_; }

 private:
  static bool mind(void* self) noexcept;

  SignalInbox* inbox_;
  int stop_signal_ = 0;
};

}  // namespace launcher
