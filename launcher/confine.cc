#include "launcher/confine.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace launcher {
namespace {

constexpr std::array filter = {
#include "filters/planner.inc"
};

void limit(int resource, rlim_t value) noexcept {
  const rlimit both{value, value};
  setrlimit(static_cast<__rlimit_resource>(resource), &both);
}

}  // namespace

void limit_ourselves(const Confinement& confinement) noexcept {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#ifndef __SANITIZE_ADDRESS__
  limit(RLIMIT_AS, confinement.memory);  // AddressSanitizer reserves terabytes
#endif
  limit(RLIMIT_CPU, confinement.seconds);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
}

bool confine() noexcept {
  limit(RLIMIT_NOFILE, 0);  // where there is no seccomp(2), at least no more files
  auto code = filter;
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

}  // namespace launcher
