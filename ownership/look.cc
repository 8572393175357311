#include "ownership/look.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace ownership {
namespace {

int connect_to(int socket, const char* path) noexcept {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  return connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}

bool stands_at(int pin, int directory, const char* name) noexcept {
  const Fd named(openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  return named && identity_of(named.get()) == identity_of(pin);
}

int connect_by_name(int socket, int directory, const char* name, int pin) noexcept {
  if (std::strlen(name) >= sizeof(sockaddr_un::sun_path)) return ENAMETOOLONG;
  const Fd here(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!here || !stands_at(pin, directory, name) || fchdir(directory) != 0) return ENOENT;
  const int reason = connect_to(socket, name);
  if (fchdir(here.get()) != 0) return errno;
  return stands_at(pin, directory, name) ? reason : ENOENT;
}

}  // namespace

Identity identity_of(int pin) noexcept {
  struct statx status {};
  if (statx(pin, "", AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &status) != 0) return {};
  Identity identity{status.stx_dev_major, status.stx_dev_minor, status.stx_ino, 0, 0};
  if ((status.stx_mask & STATX_BTIME) != 0) {
    identity.born = status.stx_btime.tv_sec;
    identity.born_nanoseconds = status.stx_btime.tv_nsec;
  }
  return identity;
}

int connect_to_inode(int socket, int directory, const char* name, int pin) noexcept {
  char path[32];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", pin);
  const int reason = connect_to(socket, path);
  return reason == ENOENT || reason == ENOTDIR ? connect_by_name(socket, directory, name, pin) : reason;
}

Bound knock(int directory, const char* name, const Sighting& seen, int& reason) noexcept {
  const Fd knocker(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  reason = knocker ? connect_to_inode(knocker.get(), directory, name, seen.pin.get()) : errno;
  if (!knocker) return Bound::unknown;
  if (reason == 0 || reason == EPROTOTYPE) return Bound::somebody;
  return reason == ECONNREFUSED ? Bound::nobody : Bound::unknown;
}

Sighting look(int directory, const char* name) noexcept {
  Sighting seen;
  seen.pin.reset(openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!seen.pin) {
    seen.reason = errno;
    seen.entry = seen.reason == ENOENT ? Entry::nothing : Entry::unknown;
    return seen;
  }
  struct stat status {};
  seen.identity = identity_of(seen.pin.get());
  if (fstat(seen.pin.get(), &status) != 0 || seen.identity.inode == 0) {
    seen.reason = errno;
    return seen;
  }
  seen.mode = status.st_mode;
  seen.entry = S_ISSOCK(status.st_mode) ? Entry::socket : Entry::other;
  if (seen.entry == Entry::socket) seen.bound = knock(directory, name, seen, seen.reason);
  return seen;
}

}  // namespace ownership
