#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "ownership/error.h"
#include "ownership/leftovers.h"
#include "ownership/place.h"
#include "ownership/verdict.h"

namespace ownership {

/// Looks again at what was moved to `name` in `quarantine`; `pin` holds the inode that was judged.
using LookAgain = std::function<SecondLook(int quarantine, const char* name, int pin)>;

/// A directory on the mount of what it is for.
struct Quarantine {
  int directory;
  std::string shown = ".solinit";  ///< for messages
};

enum class Clearing {
  removed,
  restored,  ///< it was not dead, or not what was judged: it stands at its name again
  gone,      ///< it went away before it was moved
};

/// Clears `place` of the inode that `pin` holds and that looks stale, under our lease: moves what stands there to a
/// name of its own in `quarantine`, looks again, and unlinks it only when it is that inode and dead; else moves it
/// back. Never waits. Errors: system_call (this file system cannot rename without replacing; nothing was touched),
/// not_permitted, held (its name was taken meanwhile: it is kept in the quarantine, which the error names).
Result<Clearing> clear(const Place& place, const Quarantine& quarantine, int pin, const LookAgain& look_again);

/// The second look at a socket.
SecondLook look_again_at_socket(int quarantine, const char* name, int pin) noexcept;

/// What a crash left of `place` in `quarantine`: the dead are unlinked, the rest is moved back where its name is free,
/// else kept, with a warning. Under our lease. Each thing done is logged.
void sweep(const Place& place, const Quarantine& quarantine, Leftovers& leftovers, const LookAgain& look_again);

/// Pure. The name in the quarantine of what stood at `name`.
std::string quarantine_name(std::string_view name, std::uint64_t number);
/// Pure. The name of which quarantine_name made `entry`; empty where it did not.
std::string_view name_in_quarantine(std::string_view entry) noexcept;

}  // namespace ownership
