#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "ownership/look.h"

namespace ownership {

/// A socket that is bound to an inode.
struct BoundSocket {
  std::uint32_t inode = 0;  ///< of the socket itself, as in /proc/PID/fd: "socket:[inode]"
  bool serves = false;      ///< it listens, or takes datagrams
  std::uint32_t waiting = 0, backlog = 0;  ///< connections that were not accepted yet, and how many may be; of a listener
};

struct BoundSockets {
  std::array<BoundSocket, 4> found{};
  std::size_t count = 0;
};

/// The sockets of our own network namespace that are bound to the inode `identity`; sockets that one of them accepted
/// are left out, although the kernel shows the same inode for them. The kernel shows 32 bits of an inode's number:
/// where it has more, the socket must also have been bound by the name `name`. Needs no privilege, queues nothing,
/// never blocks. Nothing where the kernel cannot tell, or found more than there is room for.
std::optional<BoundSockets> bound_sockets(const Identity& identity, std::string_view name) noexcept;

/// Whether the listener that `connection`, a connected socket of ours, was made to has accepted it. Nothing where the
/// kernel cannot tell. Never blocks.
std::optional<bool> is_accepted(int connection) noexcept;

}  // namespace ownership
