#include "launcher/adopt_target.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>

namespace launcher {

void describe_listener(AdoptTarget& target, int listener) noexcept {
  target.listener = listener;
  struct stat status {};
  if (fstat(listener, &status) == 0) target.listener_inode = status.st_ino;
  int type = SOCK_STREAM;
  socklen_t size = sizeof type;
  getsockopt(listener, SOL_SOCKET, SO_TYPE, &type, &size);
  target.listens_by_call = type != SOCK_DGRAM;

  sockaddr_un address{};
  size = sizeof address;
  if (getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) return;
  const auto length = strnlen(address.sun_path, sizeof address.sun_path);
  std::copy_n(address.sun_path, std::min(length, target.address.size() - 1), target.address.begin());
}

}  // namespace launcher
