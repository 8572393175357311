#include "tests/support/pid_one.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "ownership/fd.h"

namespace support {
namespace {

pid_t clone_with(unsigned long flags) noexcept {
  return static_cast<pid_t>(syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
}

/// The way around clone(2), on which our next children would follow: we go back to where we were.
pid_t unshare_and_fork() noexcept {
  const ownership::Fd ours(open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
  const auto go_back = [&] { return setns(ours.get(), CLONE_NEWPID) == 0; };
  if (!go_back() || unshare(CLONE_NEWPID) != 0) return -1;
  const pid_t child = clone_with(0);
  const int failure = errno;
  if (child != 0 && !go_back()) std::abort();
  errno = failure;
  return child;
}

}  // namespace

pid_t fork_as_pid_one() noexcept {
  const pid_t child = clone_with(CLONE_NEWPID);
  // qemu-user refuses the flags of namespaces to clone(2), and leaves unshare(2) to the kernel.
  return child < 0 && errno == EINVAL ? unshare_and_fork() : child;
}

}  // namespace support
