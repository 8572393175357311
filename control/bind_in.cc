#include "control/bind_in.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace control {

bool bind_at(int socket, const char* path) noexcept {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const int size = std::snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  if (size < 0 || static_cast<std::size_t>(size) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return false;
  }
  return bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool bind_in(int socket, int directory, const char* name) noexcept {
  std::array<char, 256> path;
  std::snprintf(path.data(), path.size(), "/proc/self/fd/%d/%s", directory, name);
  if (bind_at(socket, path.data())) return true;
  if (errno != ENOENT || fchdir(directory) != 0) return false;
  const bool is_bound = bind_at(socket, name);
  const int reason = errno;
  if (chdir("/") != 0) return false;
  errno = reason;
  return is_bound;
}

}  // namespace control
