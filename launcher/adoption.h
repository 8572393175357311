#pragma once

#include <bitset>
#include <optional>
#include <vector>

#include "launcher/adopt_channel.h"
#include "launcher/adopt_filter.h"
#include "launcher/adopt_notifier.h"
#include "launcher/child_side.h"
#include "ownership/patience.h"

namespace launcher {

/// The launcher's side of `activation: adopt`: gives a web process that knows nothing of it the listeners of the
/// targets (adopt_filter.h says by which system calls, adopt_decide.h by which rules). For one web process at a time.
class Adoption {
 public:
  /// Before each spawn: what the child has to do; nothing where there is no target. What the targets name must stay
  /// until the next call. Errors: system_call.
  ownership::Result<Watching> prepare(std::vector<AdoptTarget> targets);
  /// After the fork: takes what the child made and starts the notifier. Waits at most `limit` for the child, which
  /// sends it before it executes the command; a child that failed before that says so by itself. `beside_predecessor`
  /// tells whether another generation serves at the targets' paths. Errors: system_call.
  ownership::Result<void> begin(bool beside_predecessor, std::chrono::milliseconds limit);

  /// To be polled for input; -1 when there is nothing to hear. After `begin` nothing here waits or throws.
  int channel() const noexcept { return channel_.get(); }
  enum class Heard { nothing, must_fall_back };
  /// Takes what was reported. Where the notifier was killed, starts another. After `must_fall_back`, which comes once,
  /// the caller makes way (no socket of ours stands at the targets' paths any more) and calls `has_made_way`.
  Heard hear() noexcept;
  void has_made_way() noexcept;
  /// When a notifier that could not be started is to be tried again.
  std::optional<ownership::Deadline> next_try() const noexcept { return tries_at_; }
  void try_again() noexcept;

  /// Whether the web process has called listen(2) on the listener that it was given for `path`; nothing when it binds
  /// that path itself.
  std::optional<bool> is_listening(std::string_view path) const noexcept;

 private:
  ownership::Result<void> start_notifying();
  void replace_notifier() noexcept;

  std::vector<AdoptTarget> targets_;
  std::optional<AdoptFilter> filter_;
  AdoptChannel from_child_;
  ownership::Fd notify_, channel_;
  std::bitset<max_adopted> listening_;
  std::optional<ownership::Deadline> tries_at_;
  bool is_beside_predecessor_ = false;
  bool has_fallen_back_ = false;
};

}  // namespace launcher
