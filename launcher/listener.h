#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "manifests/manifest.h"
#include "ownership/claim.h"
#include "ownership/error.h"
#include "ownership/fd.h"

/// The launcher's own listeners, for sockets of `activation: inherit` and `adopt`. Each has a name of its own in
/// `.solinit`, `<file>.<16 digits>.listen` (a long file name is cut), for as long as it lives; its publication is one more link to the same inode
/// at the path. So it can be reached before it is published, and published again whatever became of the path.
namespace launcher {

/// A listener and the holding it serves. Moving it allocates nothing.
struct Listener {
  ownership::Fd socket;         ///< close-on-exec
  std::size_t holding = 0;      ///< in Claim::holdings
  std::array<char, 64> keep{};  ///< its own name in `.solinit`

  const char* name() const noexcept { return keep.data(); }
  explicit operator bool() const noexcept { return static_cast<bool>(socket); }
};

/// Whether solinit, not the web process, makes this socket.
inline bool is_ours_to_make(const manifests::Socket& socket) noexcept {
  return socket.activation != manifests::Activation::bind;
}

/// Binds a socket under a fresh name in `.solinit` of `holding`, gives it mode, user and group, and listens (a datagram
/// socket is bound only). Needs no lease and touches nothing else. Errors: bad_manifest (no such user or group),
/// not_permitted (chown), system_call.
ownership::Result<Listener> make_listener(const manifests::Socket& socket, const ownership::Holding& holding);

/// Makes the path of `holding` another name of the listener's inode, by one rename(2) over whatever stands there; under
/// the lease. Nothing is done where it is already. Allocates nothing. False with errno.
bool publish_listener(const Listener& listener, const ownership::Holding& holding) noexcept;

/// What became of the path.
enum class Exchanged {
  free_path,  ///< nothing stood there, and the listener does now
  displaced,  ///< the listener stands there, and what stood there at `displaced_name` beside the lease
  failed,     ///< errno
};
/// The same, losing nothing that appears at the path in that very moment: it is moved, not replaced.
Exchanged exchange_listener(const Listener& listener, const ownership::Holding& holding) noexcept;
std::array<char, 72> displaced_name(const Listener& listener) noexcept;
/// Puts back what was displaced, in the listener's place; where neither stands there any more, too. It is never removed.
void put_back(const Listener& listener, const ownership::Holding& holding) noexcept;

/// Removes the path again, where it leads to the listener's inode; under the lease. Allocates nothing.
void unpublish_listener(const Listener& listener, const ownership::Holding& holding) noexcept;

/// Whether the path leads to the listener's inode.
bool is_published(const Listener& listener, const ownership::Holding& holding) noexcept;

/// Whether nobody waits in its queue (connections not accepted, datagrams not read).
bool is_queue_empty(const Listener& listener) noexcept;

/// SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM.
int type_of(const Listener& listener) noexcept;

/// A non-blocking connection to it, published or not; empty with errno.
ownership::Fd connect_to_listener(const Listener& listener, const ownership::Holding& holding) noexcept;

/// Unlinks the listener's own name and closes our copy. What is published stays published.
void discard(Listener& listener, const ownership::Holding& holding) noexcept;

/// Verifies what a peer sent: a unix socket of this type that listens, bound under a name that make_listener gives for
/// `holding`, where it still stands and is alive. Takes `received` then; returns nothing when it is none. Allocates
/// nothing.
Listener recognise(ownership::Fd& received, const manifests::Socket& socket, const ownership::Holding& holding) noexcept;
/// Whether the listener, which must be unpublished and not yet served, is the very one that its name leads to: knocks
/// and takes its own connection back. True for datagram sockets without a look.
bool answers_at_its_name(const Listener& listener, const ownership::Holding& holding) noexcept;

/// Removes the names of listeners of `holding` that nobody holds any more, by the quarantine; under the lease.
void sweep_listeners(const ownership::Holding& holding) noexcept;

/// Pure. Whether make_listener made `entry` for the file `name`.
bool is_listener_name(std::string_view entry, std::string_view name) noexcept;

/// The index in `claim` of the holding of `path`; its size when there is none.
std::size_t holding_of(const ownership::Claim& claim, std::string_view path) noexcept;

}  // namespace launcher
