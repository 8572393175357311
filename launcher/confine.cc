#include "launcher/confine.h"

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <span>

namespace launcher {
namespace {

constexpr std::array planner_filter = {
#include "planner.inc"
};
#ifndef SOLINIT_INSTRUMENTED
constexpr std::array reaper_filter = {
#include "reaper.inc"
};
constexpr std::array owner_filter = {
#include "owner.inc"
};
constexpr std::array notifier_filter = {
#include "notifier.inc"
};
#endif

/// Needs no_new_privs. With SECCOMP_FILTER_FLAG_LOG the kernel's log names each call that is denied.
bool load(std::span<const sock_filter> filter, unsigned flags) noexcept {
  const sock_fprog program{static_cast<unsigned short>(filter.size()), const_cast<sock_filter*>(filter.data())};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) == 0;
}

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
  return load(planner_filter, 0);
}

#ifndef SOLINIT_INSTRUMENTED

bool confine_reaper() noexcept { return load(reaper_filter, SECCOMP_FILTER_FLAG_LOG); }

bool confine_owner() noexcept { return load(owner_filter, SECCOMP_FILTER_FLAG_LOG); }

bool confine_notifier() noexcept { return load(notifier_filter, SECCOMP_FILTER_FLAG_LOG); }

#else  // sanitizers and coverage make calls of their own

bool confine_reaper() noexcept { return false; }

bool confine_owner() noexcept { return false; }

bool confine_notifier() noexcept { return false; }

#endif

void keep_capabilities(std::uint64_t kept) noexcept {
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; ++capability)
    if ((kept >> capability & 1) == 0) prctl(PR_CAPBSET_DROP, capability);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  if (syscall(SYS_capget, &header, data.data()) != 0) return;
  for (auto& half : data) {
    half.permitted &= static_cast<std::uint32_t>(kept);
    half.effective &= static_cast<std::uint32_t>(kept);
    half.inheritable = 0;
    kept >>= 32;
  }
  syscall(SYS_capset, &header, data.data());
}

}  // namespace launcher
