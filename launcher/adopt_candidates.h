#pragma once

#include <array>
#include <optional>

#include "launcher/adopt_call.h"

namespace launcher {

/// A socket that was bound beside a target, and may be renamed to it.
struct AdoptCandidate {
  pid_t process = 0;
  CallerSocket socket;
  CallerPath path;
};

/// The last few of them.
class AdoptCandidates {
 public:
  /// Of a bind(2) that goes on.
  void remember(const AdoptCall& call) noexcept;
  /// The one that a rename(2) moves, where the descriptor of the caller is still what it was then. `thread` is the
  /// caller, as the notification has it.
  std::optional<AdoptCandidate> find(const AdoptCall& call, pid_t thread) const noexcept;

 private:
  std::array<AdoptCandidate, 8> last_;
  std::size_t next_ = 0;
};

}  // namespace launcher
