#pragma once

#include "ownership/claim.h"
#include "ownership/error.h"
#include "ownership/look.h"
#include "ownership/patience.h"
#include "ownership/pid_file.h"
#include "ownership/place.h"

namespace ownership {

/// Ends the strangers: every process within `rules.reach` that holds the socket at `seen`, which somebody is bound to.
/// TERM and CONT, KILL after `rules.grace`, by pidfd; looks for more of them until nobody is bound. Never ourselves,
/// what started us, PID 1, or whom `rules.may_end` denies: of several strangers all must be ours to end before the
/// first is signalled. Waits as long as `patience` allows; each eviction is logged as a notice.
/// Errors: held (not to be found, not to be ended, or not ended in time), not_permitted (unknown); an interrupted wait
/// is Error{success} with empty texts.
Result<void> evict(const Place& place, const Sighting& seen, const SettleRules& rules, const Patience& patience);

/// The same with those who hold the lease, until it falls. Only the topmost of them are asked to end, as each is the
/// launcher that will stop its tree; all are killed after the grace.
Result<void> evict_lease_holders(const Busy& busy, const SettleRules& rules, const Patience& patience);

/// The same with the process whose number stands in a pid file, until `look` finds that it can be the web process's no
/// more.
Result<void> evict_bearer(const Place& place, const std::function<PidFileSighting()>& look, const SettleRules& rules,
                          const Patience& patience);

/// The same with a tree that outlived its launcher and still holds the lease (find_heirs). False when there is none.
Result<bool> evict_heirs(const Busy& busy, const SettleRules& rules, const Patience& patience);

/// The error where strangers are not to be evicted: it names what is known of them.
Error refuse_stranger(const Place& place, const Sighting& seen, Reach reach);

}  // namespace ownership
