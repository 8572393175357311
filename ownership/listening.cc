#include "ownership/listening.h"

#include <sys/socket.h>

#include <cerrno>

#include "ownership/look.h"
#include "ownership/unix_diag.h"

namespace ownership {
namespace {

bool accepts_connections(int directory, const char* name, int pin) noexcept {
  const Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return false;
  const int reason = connect_to_inode(socket.get(), directory, name, pin);
  return reason == 0 || reason == EAGAIN;
}

}  // namespace

bool is_served(int directory, const char* name) noexcept {
  const auto seen = look(directory, name);
  if (seen.entry != Entry::socket || seen.bound == Bound::nobody) return false;
  const auto sockets = bound_sockets(seen.identity, name);
  if (!sockets || sockets->count == 0) return accepts_connections(directory, name, seen.pin.get());
  for (std::size_t i = 0; i < sockets->count; ++i)
    if (sockets->found[i].serves) return true;
  return false;
}

Fd connect_stream(int directory, const char* name) noexcept {
  const auto seen = look(directory, name);
  if (seen.entry != Entry::socket) {
    errno = seen.entry == Entry::other ? ENOTSOCK : seen.reason;
    return {};
  }
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return {};
  const int reason = connect_to_inode(socket.get(), directory, name, seen.pin.get());
  if (reason == 0) return socket;
  socket.reset();
  errno = reason;
  return {};
}

}  // namespace ownership
