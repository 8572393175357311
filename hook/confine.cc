#include "hook/confine.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>

#include "ownership/log.h"

namespace hook {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t this_machine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t this_machine = AUDIT_ARCH_AARCH64;
#endif

// Sorted where it is used. Nothing that starts, traces or mounts; nothing that changes a mode.
constexpr auto allowed = [] {
  std::array numbers{
      // memory, time, the C library, the end
      SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_futex, SYS_getrandom, SYS_clock_gettime,
      SYS_exit, SYS_exit_group, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_getpid, SYS_getppid,
      SYS_gettid, SYS_geteuid, SYS_getuid, SYS_tgkill, SYS_sched_yield,
      // files by descriptor
      SYS_read, SYS_pread64, SYS_write, SYS_writev, SYS_close, SYS_lseek, SYS_fstat, SYS_newfstatat, SYS_statx,
      SYS_fstatfs, SYS_openat, SYS_openat2, SYS_readlinkat, SYS_getdents64, SYS_fcntl, SYS_flock, SYS_fchdir,
      SYS_faccessat, SYS_faccessat2,
      // what settling makes, moves and removes
      SYS_mkdirat, SYS_renameat2, SYS_unlinkat, SYS_fchown, SYS_ftruncate,
#ifdef SYS_open
      SYS_open, SYS_stat, SYS_lstat, SYS_readlink, SYS_mkdir, SYS_unlink, SYS_rename, SYS_poll, SYS_getdents, SYS_access,
#endif
      SYS_renameat, SYS_ppoll, SYS_chdir,
      // who serves, and its end
      SYS_connect, SYS_sendto, SYS_recvfrom, SYS_recvmsg, SYS_sendmsg, SYS_getsockopt, SYS_pidfd_open,
      SYS_pidfd_send_signal, SYS_kill};
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}();

constexpr sock_filter load(std::size_t offset) {
  return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offset)};
}
constexpr sock_filter test(std::uint16_t how, std::uint32_t value, std::uint8_t when_true, std::uint8_t when_false) {
  return {static_cast<std::uint16_t>(BPF_JMP | how | BPF_K), when_true, when_false, value};
}
constexpr sock_filter answer(std::uint32_t action) { return {BPF_RET | BPF_K, 0, 0, action}; }

/// Low halves of arguments: all that is looked at is an int.
constexpr std::size_t argument(std::size_t number) {
  return offsetof(seccomp_data, args) + number * sizeof(std::uint64_t);
}

struct Code {
  std::array<sock_filter, 4 * allowed.size() + 24> lines{};
  std::size_t size = 0;
  constexpr void put(sock_filter line) { lines[size++] = line; }

  /// A balanced tree: the kernel runs the filter once for each of its system calls when it is loaded, and then for each
  /// call that is not among them.
  constexpr void put_tree(std::size_t first, std::size_t count) {
    if (count == 1) {
      put(test(BPF_JEQ, static_cast<std::uint32_t>(allowed[first]), 0, 1));
      put(answer(SECCOMP_RET_ALLOW));
      put(answer(SECCOMP_RET_TRAP));
      return;
    }
    const auto half = count / 2;
    const auto at = size;
    put({});
    put_tree(first, half);
    // A conditional jump reaches 255 lines.
    lines[at] = test(BPF_JGE, static_cast<std::uint32_t>(allowed[first + half]),
                     static_cast<std::uint8_t>(size - at - 1), 0);
    put_tree(first + half, count - half);
  }

  /// With the system call's number loaded: a call whose argument must be one of two.
  constexpr void put_choice(std::uint32_t number, std::size_t which, std::uint32_t one, std::uint32_t other) {
    put(test(BPF_JEQ, number, 0, 5));
    put(load(argument(which)));
    put(test(BPF_JEQ, one, 1, 0));
    put(test(BPF_JEQ, other, 0, 1));
    put(answer(SECCOMP_RET_ALLOW));
    put(answer(SECCOMP_RET_TRAP));
  }
};

/// A constant, where libseccomp would compile it at every start: 0.3 ms, half of what a whole run of the hook takes. The
/// numbers of the x32 machine carry a bit that none of ours has, so they are not allowed either.
constexpr auto filter = [] {
  Code code;
  code.put(load(offsetof(seccomp_data, arch)));
  code.put(test(BPF_JEQ, this_machine, 1, 0));
  code.put(answer(SECCOMP_RET_KILL_PROCESS));
  code.put(load(offsetof(seccomp_data, nr)));
  code.put_choice(SYS_socket, 0, AF_UNIX, AF_NETLINK);
  code.put_choice(SYS_setns, 1, CLONE_NEWNET, CLONE_NEWNET);
  code.put_tree(0, allowed.size());
  return code;
}();
static_assert(allowed.size() / 2 * 4 < 256);

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
  const sock_fprog program{static_cast<unsigned short>(code.size), code.lines.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

}  // namespace hook
