#pragma once

#include <bitset>
#include <span>

#include "launcher/adopt_target.h"
#include "ownership/error.h"

namespace launcher {

inline constexpr std::size_t max_adopted = 64;  ///< as many as a manifest may have sockets

struct NotifierWiring {
  int notify;   ///< of the web process's filter
  int channel;  ///< to the launcher: AdoptReport
  std::span<const AdoptTarget> targets;
  bool is_beside_predecessor = false;    ///< `order: overlap`: another generation serves at the targets' paths
  std::bitset<max_adopted> listening{};  ///< what an earlier notifier, which was killed, had reported
  bool has_fallen_back = false;          ///< the same
};

/// Starts the notifier: a process of the launcher, forked and never executed, that answers the notified calls of one
/// web process and ends with its last process. It is a process of its own because whoever reads another process's
/// memory, or follows paths that it names, may have to wait as long as that process likes: PID 1 never does.
///
/// It keeps nothing of what it was forked with but the standard descriptors and what `wiring` names, so that no lease
/// and no life line lives longer by it. It allocates nothing. Where it is killed, notified calls wait for another one
/// as long as somebody holds `notify`; the one call that it was about to answer waits for a signal. Errors: system_call.
ownership::Result<void> start_notifier(const NotifierWiring& wiring);

}  // namespace launcher
