#pragma once

#include <chrono>

#include "ownership/error.h"
#include "ownership/look.h"
#include "ownership/patience.h"
#include "ownership/place.h"

namespace ownership {

/// Ends the strangers: every process of our pid namespace that holds the socket at `seen`, which somebody is bound to.
/// TERM and CONT, KILL after `grace`, by pidfd; looks for more of them until nobody is bound. Never ourselves, what
/// started us, or PID 1. Waits as long as `patience` allows; each eviction is logged as a notice.
/// Errors: held (not to be found, not to be ended, or not ended in time), not_permitted (unknown); an interrupted wait
/// is Error{success} with empty texts.
Result<void> evict(const Place& place, const Sighting& seen, std::chrono::milliseconds grace, const Patience& patience);

/// The error where strangers are not to be evicted: it names what is known of them.
Error refuse_stranger(const Place& place, const Sighting& seen);

}  // namespace ownership
