#pragma once

namespace launcher {

/// bind(2) of the unix socket `socket` to `name`, which is short, in `directory`. Through /proc, since a directory's
/// path may be longer than an address; where /proc is not mounted, by going there and back to `/`, which only a program
/// of one thread may do. False with errno.
bool bind_in(int socket, int directory, const char* name) noexcept;

}  // namespace launcher
