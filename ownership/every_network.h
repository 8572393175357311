#pragma once

#include <sys/types.h>

#include <optional>
#include <string_view>

#include "ownership/unix_diag.h"

namespace ownership {

/// As bound_sockets, in each network namespace in which a process lives, our own included; we are in our own again
/// when it returns. Needs CAP_SYS_ADMIN in all of them. Nothing where one of them cannot be asked and none has told of
/// a socket. A namespace that no process is in has no web process either.
std::optional<BoundSockets> sockets_in_every_network(const Identity& identity, std::string_view name);

/// As bound_sockets, in the network namespace of the process `pid`; we are in our own again when it returns. Needs
/// CAP_SYS_ADMIN where that is another one.
std::optional<BoundSockets> sockets_in_network_of(pid_t pid, const Identity& identity, std::string_view name);

}  // namespace ownership
