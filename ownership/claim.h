#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "ownership/bearers.h"
#include "ownership/error.h"
#include "ownership/holders.h"
#include "ownership/leftovers.h"
#include "ownership/owner_record.h"
#include "ownership/patience.h"
#include "ownership/place.h"

namespace ownership {

/// What one manifest entry asks to own.
struct Item {
  enum class Kind { socket, pid_file };
  Kind kind = Kind::socket;
  std::string path;
};

/// What only the host knows of a place in a container.
struct HostSide {
  MountedPart part;           ///< numbers in pid files there are of any pid namespace that sees it
  Fd beside;                  ///< root's own directory on the same mount, above all that others may write; empty: there is none
  std::string beside_path{};  ///< for messages
};

/// An item whose directory is open already.
struct PlacedItem {
  Item item;
  Place place;
  std::optional<HostSide> host{};
};

/// One owned item: where it stands, its `.solinit` directory, and its locked lease.
struct Holding {
  Item item;
  Place place;
  Fd records;
  Fd lease;
  std::optional<HostSide> host{};
};

/// All leases of a manifest. The kernel drops them with the last copy of their descriptors.
struct Claim {
  std::vector<Holding> holdings;  ///< sorted by path
};

/// The first lease that another process holds.
struct Busy {
  std::string path;
  std::optional<OwnerRecord> holder;  ///< what its owner file says, where it can be read; a hint, never a proof
  Fd lease;                           ///< the lease file, not locked by us: for `wait_for_lease`
  Place place;
  Fd records;
};

/// Takes every lease, in sorted order, all or none; never waits. `given` are lease descriptors that a predecessor
/// handed over: each is used for the item whose lease file has its inode (verified: fstat equal to the name's stat, and
/// the lock is held through this very descriptor), the rest are closed. Errors: as open_place and open_records;
/// bad_manifest when no regular file stands at a lease's name, or two items share one; not_permitted; system_call where
/// locks do not work.
Result<std::variant<Claim, Busy>> try_claim(std::span<const Item> items, bool allow_remote, std::vector<Fd> given = {});
Result<std::variant<Claim, Busy>> try_claim(std::vector<PlacedItem> items, bool allow_remote, std::vector<Fd> given = {});

/// The holdings of `items` in the same order, without their leases: for who prepares what it will need. Errors: as
/// open_place and open_records.
Result<Claim> survey(std::span<const Item> items, bool allow_remote);

/// Waits until the lease `busy` speaks of is free; it is not kept. Polls flock(2) on the lease file.
Woke wait_for_lease(const Busy& busy, const Patience& patience) noexcept;

struct SettleRules {
  bool evict_strangers = true;            ///< else a stranger is refused with `held`
  std::chrono::milliseconds grace{8000};  ///< from TERM to KILL of a stranger
  Reach reach = Reach::own_namespaces;
  MayEnd may_end{};  ///< empty: everybody within reach
  Leftovers* leftovers = nullptr;  ///< for who settles many claims; empty: each place lists anew
};

/// Makes every place of the claim free, before a web process is started: look, judge, clear, evict (design: the verdict
/// table). Each thing removed, evicted or restored is logged as a notice. Waits for strangers to end and for unsettled
/// sockets, never beyond `patience`. Errors: held (stranger that may not or cannot be ended, named with pid and
/// command), bad_manifest (foreign file; untouched), not_permitted (unknown), system_call. An interrupted wait is
/// Error{success} with empty texts: the caller knows why it interrupted.
Result<void> settle(const Claim& claim, const SettleRules& rules, const Patience& patience);
/// The same of one place.
Result<void> settle(const Holding& holding, const SettleRules& rules, const Patience& patience);

/// To be called when our tree is gone and the lease is ours alone: before our web process is started again, and at the
/// end, but never beside a successor or predecessor that has the lease too. Removes the socket at the holding's place
/// when nobody is bound to it, and the pid file when it is stale; by the same quarantine. Waits for nothing. Never
/// fails: what is left in place and should not be is logged.
void release(const Holding& holding) noexcept;

}  // namespace ownership
