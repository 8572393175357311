#include "hook/start.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>

namespace hook {

void shed_inheritance() noexcept {
  clearenv();
  umask(077);
  if (chdir("/") != 0) _exit(71);
  close_range(3, ~0u, 0);
  // crun gives a hook the container's limit. Each place of a manifest needs some descriptors.
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  std::array<pollfd, 3> stdio{{{0, 0, 0}, {1, 0, 0}, {2, 0, 0}}};
  if (poll(stdio.data(), stdio.size(), 0) > 0)
    for (const auto& entry : stdio)
      // Each open lands on the lowest free number, which is this one.
      if ((entry.revents & POLLNVAL) != 0 && open("/dev/null", O_RDWR) < 0) _exit(71);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace hook
