#include "launcher/confine.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>

namespace launcher {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t this_machine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t this_machine = AUDIT_ARCH_AARCH64;
#endif

// What parsing needs, what the C library does for it behind our back, and what makes a crash show its real signal.
constexpr std::array allowed = {
    SYS_read,         SYS_write,          SYS_writev,       SYS_close,  SYS_lseek,     SYS_fstat,
    SYS_brk,          SYS_mmap,           SYS_munmap,       SYS_mremap, SYS_mprotect,  SYS_madvise,
    SYS_futex,        SYS_getrandom,      SYS_sched_yield,  SYS_getpid, SYS_gettid,    SYS_tgkill,
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_exit,   SYS_exit_group, SYS_clock_gettime,
};

constexpr sock_filter load(std::size_t offset) {
  return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offset)};
}
constexpr sock_filter skip_unless(std::uint32_t value, std::uint8_t count) {
  return {BPF_JMP | BPF_JEQ | BPF_K, 0, count, value};
}
constexpr sock_filter answer(std::uint32_t action) { return {BPF_RET | BPF_K, 0, 0, action}; }

/// A constant, where libseccomp would compile it at every start: 0.3 ms that each container would wait. The numbers of
/// the x32 machine carry a bit that none of ours has, so they are not allowed either.
constexpr auto filter = [] {
  std::array<sock_filter, 2 * allowed.size() + 5> code{};
  std::size_t end = 0;
  code[end++] = load(offsetof(seccomp_data, arch));
  code[end++] = skip_unless(this_machine, 2 * allowed.size() + 1);
  code[end++] = load(offsetof(seccomp_data, nr));
  for (const auto number : allowed) {
    code[end++] = skip_unless(static_cast<std::uint32_t>(number), 1);
    code[end++] = answer(SECCOMP_RET_ALLOW);
  }
  code[end++] = answer(SECCOMP_RET_KILL_PROCESS);
  code[end++] = answer(SECCOMP_RET_KILL_PROCESS);
  return code;
}();

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
