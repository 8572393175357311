#pragma once

#include <sys/types.h>

#include <cstdint>

#include "ownership/fd.h"

namespace ownership {

/// Which inode it is, for as long as a descriptor pins it: numbers are reused at once after that.
struct Identity {
  std::uint32_t device_major = 0, device_minor = 0;
  std::uint64_t inode = 0;
  std::int64_t born = 0;  ///< seconds and nanoseconds; 0 where the file system does not know
  std::uint32_t born_nanoseconds = 0;
  bool operator==(const Identity&) const = default;
};

enum class Entry { nothing, socket, other, unknown };
/// Whether any socket, of any type and namespace, listening or not, is bound to the inode.
enum class Bound { nobody, somebody, unknown };

struct Sighting {
  Entry entry = Entry::unknown;
  Bound bound = Bound::unknown;  ///< of a socket
  mode_t mode = 0;               ///< type and permissions
  Identity identity;
  Fd pin;          ///< O_PATH: keeps the inode, and with it its number
  int reason = 0;  ///< errno of what is unknown
};

/// Looks once at what stands at `name`; where it is a socket, knocks once. Links are not followed: one is
/// Entry::other. Reads only, never blocks, queues nothing.
Sighting look(int directory, const char* name) noexcept;

/// Knocks at the inode of `seen`, which stands at `name`: connect(2) of a datagram socket.
///
///   connect(2) says       Bound      because
///   success, EPROTOTYPE   somebody   the kernel looks for a socket bound to the inode before it compares types
///   ECONNREFUSED          nobody     there is none, or not yet: bind(2) makes the inode before it binds
///   anything else         unknown    EACCES above all: we may not know
///
/// So `nobody` is a proof only where no bind(2) can be under way: after a rename.
Bound knock(int directory, const char* name, const Sighting& seen, int& reason) noexcept;

/// connect(2) of `socket` to the inode of `pin`, which stands at `name`: through /proc/self/fd, so that nothing can be
/// swapped in; where /proc is not mounted, by going to `directory` and back, which only a program of one thread may do,
/// with the identity compared before and after. Returns 0 or errno.
int connect_to_inode(int socket, int directory, const char* name, int pin) noexcept;

/// The identity of what `pin` holds now; an inode of 0 when it cannot be told.
Identity identity_of(int pin) noexcept;

}  // namespace ownership
