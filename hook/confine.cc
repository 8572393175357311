#include "hook/confine.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>

#include "ownership/log.h"

namespace hook {
namespace {

constexpr std::array filter = {
#include "hook.inc"
};

std::string_view stage_name;

/// The call was not made. A line tells which it was; then the same again, which with SIGSYS blocked kills.
void tell_and_die(int, siginfo_t* info, void*) {
  char why[64];
  std::snprintf(why, sizeof why, "it asked for system call %d", info->si_syscall);
  ownership::log::write({.level = ownership::log::Level::error,
                         .what = "killed in",
                         .object = stage_name,
                         .why = why,
                         .advice = "no stage makes that call: report it"});
  syscall(SYS_personality, 0xffffffff);
  _exit(128 + SIGSYS);
}

}  // namespace

bool confine(std::string_view stage) noexcept {
  stage_name = stage;
  struct sigaction action {};
  action.sa_sigaction = tell_and_die;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSYS, &action, nullptr);
  auto code = filter;
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

}  // namespace hook
