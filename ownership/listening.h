#pragma once

#include "ownership/fd.h"

namespace ownership {

/// Whether a socket serves at `name` in `directory`: one that listens, or a datagram socket that is bound. Asks
/// sock_diag(7) in our own network namespace, which queues no connection; where that cannot tell (no netlink, a socket
/// of another namespace), a STREAM connect decides: success or EAGAIN is serving. Never blocks.
bool is_served(int directory, const char* name) noexcept;

/// A non-blocking, connected stream socket to the socket inode at `name`; empty with errno otherwise.
Fd connect_stream(int directory, const char* name) noexcept;

}  // namespace ownership
