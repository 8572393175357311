#pragma once

namespace control {

/// bind(2) of the unix socket `socket` to `path`. False with errno; ENAMETOOLONG where an address has no room for it.
bool bind_at(int socket, const char* path) noexcept;

/// bind(2) of the unix socket `socket` to `name`, which is short, in `directory`. Through /proc, since a directory's
/// path may be longer than an address; where /proc is not mounted, by going there and back to `/`, which only a program
/// of one thread may do. False with errno.
bool bind_in(int socket, int directory, const char* name) noexcept;

}  // namespace control
