#include "launcher/life_line.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace launcher {

ownership::Result<LifeLine> make_life_line() {
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    return std::unexpected(ownership::system_error("cannot make the life line of", "the web process", errno));
  return LifeLine{ownership::Fd(ends[0]), ownership::Fd(ends[1])};
}

bool is_life_line(int descriptor) noexcept {
  struct stat status{};
  const int flags = fcntl(descriptor, F_GETFL);
  return flags >= 0 && (flags & O_ACCMODE) == O_RDONLY && fstat(descriptor, &status) == 0 && S_ISFIFO(status.st_mode);
}

bool has_hung_up(int life_line) noexcept {
  pollfd end{life_line, 0, 0};
  return poll(&end, 1, 0) == 1 && (end.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

}  // namespace launcher
