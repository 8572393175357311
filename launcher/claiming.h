#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "launcher/early_signals.h"
#include "launcher/life_line.h"
#include "launcher/listeners.h"
#include "launcher/plan.h"
#include "ownership/claim.h"
#include "ownership/fd.h"

namespace launcher {

/// The launcher we take over from, until it says BYE.
struct Predecessor {
  ownership::Fd connection;
  std::string container;
};

/// What we hold when the web process may be started.
struct Tenure {
  ownership::Claim claim;
  std::vector<Listener> listeners;  ///< of all sockets that are ours to make, in the manifest's order
  std::optional<Predecessor> predecessor;
  LifeLine line;                 ///< for the first web process; the predecessor, where there is one, watches it already
  std::string container;         ///< ours
  bool is_pid_one = false;
  std::uint64_t generation = 1;
  std::vector<std::string> superseded;  ///< containers that stand by while we live
};

/// Makes everything the manifest names ours and free: takes the leases; where another holds them, does what
/// takeover.policy says (asks it for a handover, stands by, or refuses); clears what is stale. Waits as long as the
/// patience of the manifest, or while it stands by without end; a stop signal ends every wait (`signals` tells which).
/// Errors: as ownership::settle, and held.
ownership::Result<Tenure> claim_all(const manifests::Manifest& manifest, bool allow_remote, EarlySignals& signals);

/// Makes and publishes the listeners that are ours to make, where there are none yet. Never throws. Errors: as
/// make_listener; want of memory is an Error without text.
ownership::Result<void> open_listeners(const manifests::Manifest& manifest, Tenure& tenure) noexcept;

/// What the manifest says of strangers.
ownership::SettleRules settle_rules(const manifests::Manifest& manifest);

/// Tells the predecessor that it should serve again, and why.
void give_up(Tenure& tenure, std::string_view why) noexcept;

}  // namespace launcher
