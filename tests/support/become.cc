#include "tests/support/become.h"

#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

namespace support {
namespace {

constexpr int above_all = 1000;  // where descriptors wait while the low numbers are filled

void insist(bool works, const char* what) noexcept {
  if (works) return;
  const char* const why = strerrordesc_np(errno);
  for (const std::string_view part : {std::string_view("test child: "), std::string_view(what), std::string_view(": "),
                                      std::string_view(why), std::string_view("\n")})
    if (write(2, part.data(), part.size()) < 0) break;
  _exit(99);
}

void raise_loopback() noexcept {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::memcpy(request.ifr_name, "lo", 3);
  request.ifr_flags = IFF_UP;
  insist(ioctl(socket, SIOCSIFFLAGS, &request) == 0, "loopback");
  close(socket);
}

bool is_ours_alone(std::string_view variable) {
  return variable.starts_with("SOLINIT_") || variable.starts_with("LISTEN_") ||
         variable.starts_with("NOTIFY_SOCKET=") || variable.starts_with("TINI_") || variable.starts_with("DUMB_INIT_");
}

}  // namespace

Preparation::Preparation(const Settings& settings, int out, int log, int status)
    : settings_(settings), out_(out), log_(log), status_(status), storage_(settings.environment) {
  for (const auto& argument : settings.command) arguments_.push_back(const_cast<char*>(argument.c_str()));
  arguments_.push_back(nullptr);
  for (char** variable = environ; *variable != nullptr; ++variable)
    if (!is_ours_alone(*variable) && !is_replaced(*variable)) environment_.push_back(*variable);
  for (auto& variable : storage_) environment_.push_back(variable.data());
  environment_.push_back(nullptr);
}

bool Preparation::is_replaced(std::string_view variable) const {
  const auto name = variable.substr(0, variable.find('=') + 1);
  return std::ranges::any_of(storage_, [&](const auto& ours) { return ours.starts_with(name); });
}

void Preparation::enter_namespaces() const noexcept {
  insist(unshare(settings_.has_own_network ? CLONE_NEWNS | CLONE_NEWNET : CLONE_NEWNS) == 0, "namespaces");
  insist(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "private mounts");
  insist(mount("proc", "/proc", "proc", 0, nullptr) == 0, "/proc");
  if (settings_.has_own_network) raise_loopback();
}

void Preparation::enter_session() const noexcept {
  insist(setsid() >= 0, "session");
  if (settings_.terminal >= 0) insist(ioctl(settings_.terminal, TIOCSCTTY, 0) == 0, "terminal");
}

/// The parent of the two goes on as an init, tells the other's wait status, and ends with the last process.
void Preparation::split() const noexcept {
  const pid_t second = fork();
  insist(second >= 0, "fork");
  if (second == 0) return;
  while (true) {
    int status = 0;
    const pid_t ended = waitpid(-1, &status, 0);
    if (ended < 0) _exit(0);
    if (ended != second) continue;
    insist(write(status_, &status, sizeof status) == sizeof status, "status");
  }
}

void Preparation::take_descriptors() const noexcept {
  const auto& given = settings_.descriptors;
  for (const auto& [number, ours] : given)
    if (ours >= 0) insist(dup2(ours, above_all + number) >= 0, "dup2");
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  const int defaults[] = {nothing, out_, log_};
  for (int number = 0; number < 3; ++number) {
    const int ours = settings_.terminal >= 0 ? settings_.terminal : defaults[number];
    if (!given.contains(number)) insist(dup2(ours, number) >= 0, "dup2");
  }
  for (const auto& [number, ours] : given) {
    if (ours < 0)
      close(number);
    else
      insist(dup2(above_all + number, number) >= 0, "dup2");
  }
  unsigned first = 3;
  for (const auto& [number, ours] : given) {
    if (number < 3 || ours < 0) continue;
    if (static_cast<unsigned>(number) > first)
      syscall(SYS_close_range, first, static_cast<unsigned>(number) - 1, 4 /* CLOSE_RANGE_CLOEXEC */);
    first = static_cast<unsigned>(number) + 1;
  }
  insist(syscall(SYS_close_range, first, ~0U, 4) == 0, "close_range");
}

void Preparation::take_user_and_limits() const noexcept {
  if (!settings_.cgroup.empty()) {
    const int members = open(settings_.cgroup.c_str(), O_WRONLY | O_CLOEXEC);
    insist(write(members, "0", 1) == 1, "cgroup");
    close(members);
  }
  for (const auto& [resource, value] : settings_.limits) {
    const rlimit limit{value, value};
    insist(setrlimit(static_cast<__rlimit_resource>(resource), &limit) == 0, "limit");
  }
  if (!settings_.user) return;
  insist(setgroups(0, nullptr) == 0 && setgid(*settings_.user) == 0 && setuid(*settings_.user) == 0, "user");
}

void Preparation::take_signals() const noexcept {
  for (const int number : settings_.ignored) insist(std::signal(number, SIG_IGN) != SIG_ERR, "ignore");
  sigset_t blocked;
  sigemptyset(&blocked);
  for (const int number : settings_.blocked) sigaddset(&blocked, number);
  insist(sigprocmask(SIG_SETMASK, &blocked, nullptr) == 0, "mask");
}

void Preparation::become() const noexcept {
  insist(dup2(log_, 2) == 2, "log");
  if (has_namespaces(settings_)) enter_namespaces();
  if (settings_.as == As::below_pid_one) split();
  enter_session();
  if (settings_.as == As::background_job) {
    split();
    insist(setpgid(0, 0) == 0, "group");
  }
  if (!settings_.directory.empty()) insist(chdir(settings_.directory.c_str()) == 0, "directory");
  if (settings_.is_traced) insist(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0, "ptrace");
  take_signals();
  // Where the test itself is killed, no destructor runs.
  if (settings_.as == As::process || settings_.as == As::pid_one) prctl(PR_SET_PDEATHSIG, SIGKILL);
  const char* const file = settings_.file.empty() ? arguments_[0] : settings_.file.c_str();
  take_descriptors();
  take_user_and_limits();
  execve(file, arguments_.data(), environment_.data());
  const int failure = errno;
  dprintf(log_, "test child: %s: %s\n", file, strerrordesc_np(failure));
  _exit(99);
}

}  // namespace support
