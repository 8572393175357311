#include "launcher/signals.h"

#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace launcher {
namespace {

constexpr std::uint64_t every_signal = ~std::uint64_t{0};
constexpr std::uint64_t bit(int number) { return std::uint64_t{1} << (number - 1); }

// glibc's sigset functions leave out signals 32 and 33, which a container may well be sent: the raw calls do not.
int raw_signalfd(std::uint64_t mask) {
  return static_cast<int>(syscall(SYS_signalfd4, -1, &mask, sizeof mask, SFD_CLOEXEC | SFD_NONBLOCK));
}

/// The kernel sends SIGPIPE to who writes to a log that nobody reads any more, in its own name: it is not for the web
/// process. One that somebody else sent is.
bool is_from_our_own_log(int number, pid_t sender) noexcept { return number == SIGPIPE && sender == getpid(); }

int read_one(int descriptor) noexcept {
  signalfd_siginfo info{};
  while (true) {
    const auto size = read(descriptor, &info, sizeof info);
    if (size == static_cast<ssize_t>(sizeof info)) {
      const int number = static_cast<int>(info.ssi_signo);
      if (is_from_our_own_log(number, static_cast<pid_t>(info.ssi_pid))) continue;
      return number;
    }
    if (size < 0 && errno == EINTR) continue;
    return 0;
  }
}

}  // namespace

ownership::Result<SignalInbox> SignalInbox::open() {
  std::uint64_t mask = every_signal;
  if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, nullptr, sizeof mask) != 0)
    return std::unexpected(ownership::system_error("cannot block signals", "", errno));
  std::signal(SIGCHLD, SIG_DFL);

  SignalInbox inbox;
  inbox.all_.reset(raw_signalfd(every_signal));
  inbox.early_.reset(raw_signalfd(bit(SIGCHLD) | bit(SIGTERM) | bit(SIGINT) | bit(SIGQUIT)));
  if (!inbox.all_ || !inbox.early_)
    return std::unexpected(ownership::system_error("cannot open a signal descriptor", "", errno));
  return inbox;
}

int SignalInbox::take(bool waits) noexcept {
  if (!waits) return read_one(all_.get());
  // One system call a signal, where poll(2) and read(2) would be two.
  std::uint64_t mask = every_signal;
  siginfo_t info{};
  while (true) {
    const auto number = static_cast<int>(syscall(SYS_rt_sigtimedwait, &mask, &info, nullptr, sizeof mask));
    if (number > 0 && !is_from_our_own_log(number, info.si_pid)) return number;
  }
}

int SignalInbox::take_early() noexcept { return read_one(early_.get()); }

}  // namespace launcher
