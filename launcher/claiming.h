#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "launcher/early_signals.h"
#include "launcher/life_line.h"
#include "launcher/listeners.h"
#include "launcher/newcomer.h"
#include "launcher/plan.h"
#include "ownership/claim.h"
#include "ownership/fd.h"

namespace launcher {

/// The launcher we take over from, as long as it lives.
struct Predecessor {
  ownership::Fd connection;
  ownership::Fd line;             ///< its life line
  std::vector<Listener> theirs;   ///< copies of its listeners: who waits there is not lost if it dies
  std::string container;
  Newcomer newcomer;              ///< how far we are
};

/// What we hold when the web process may be started.
struct Tenure {
  ownership::Claim claim;
  std::vector<Listener> listeners;  ///< of all sockets that are ours to make, in the manifest's order
  std::optional<Predecessor> predecessor;
  LifeLine line;                 ///< ours and our tree's; the predecessor, where there is one, watches it
  std::string container;         ///< ours
  bool is_pid_one = false;
  std::uint64_t generation = 1;
  std::vector<std::string> superseded;  ///< containers that stand by while we live
};

/// Makes everything the manifest names ours: takes the leases; where another holds them, does what takeover.policy says
/// (asks it for a handover, stands by, or refuses); clears what is stale, and publishes our listeners. After a handover
/// with overlap the predecessor still serves, and the listeners are not published yet. Waits as long as the patience of
/// the manifest, or while it stands by without end; a stop signal ends every wait (`signals` tells which).
/// Errors: as ownership::settle, and held.
ownership::Result<Tenure> claim_all(const manifests::Manifest& manifest, bool allow_remote, EarlySignals& signals);

/// Makes and publishes the listeners that are ours to make, where there are none yet. Never throws. Errors: as
/// make_listener; want of memory is an Error without text.
ownership::Result<void> open_listeners(const manifests::Manifest& manifest, Tenure& tenure) noexcept;

/// What the manifest names, in its order.
std::vector<ownership::Item> items_of(const manifests::Manifest& manifest);

/// What the manifest says of strangers.
ownership::SettleRules settle_rules(const manifests::Manifest& manifest);

/// Tells the predecessor that it should serve again, and why. False when it is not there to hear it.
bool give_up(const Tenure& tenure, std::string_view why) noexcept;

}  // namespace launcher
