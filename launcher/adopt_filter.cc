#include "launcher/adopt_filter.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

namespace launcher {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t this_machine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t this_machine = AUDIT_ARCH_AARCH64;
#endif

constexpr std::uint32_t x32_bit = 0x40000000;
constexpr std::uint32_t refused = SECCOMP_RET_ERRNO | ENOSYS;
constexpr std::uint32_t shortest = offsetof(sockaddr_un, sun_path) + 1;
constexpr std::uint32_t longest = sizeof(sockaddr_un);
constexpr std::uint32_t ipv4_length = 16, ipv6_length = 28;
/// Linux 5.19: once received, only a fatal signal cancels a notification. Go sends its threads signals all the time.
constexpr unsigned flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;

constexpr sock_filter load(std::size_t offset) {
  return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offset)};
}
/// The lower half, as the kernel takes an int.
constexpr sock_filter load_argument(std::size_t index) {
  return load(offsetof(seccomp_data, args) + index * sizeof(std::uint64_t));
}
constexpr sock_filter skip_unless(std::uint32_t value, std::uint8_t count) {
  return {BPF_JMP | BPF_JEQ | BPF_K, 0, count, value};
}
constexpr sock_filter skip_if(std::uint32_t value, std::uint8_t count) {
  return {BPF_JMP | BPF_JEQ | BPF_K, count, 0, value};
}
constexpr sock_filter skip_if_below(std::uint32_t value, std::uint8_t count) {
  return {BPF_JMP | BPF_JGE | BPF_K, 0, count, value};
}
constexpr sock_filter skip_if_above(std::uint32_t value, std::uint8_t count) {
  return {BPF_JMP | BPF_JGT | BPF_K, count, 0, value};
}
constexpr sock_filter answer(std::uint32_t action) { return {BPF_RET | BPF_K, 0, 0, action}; }

/// Whether a program may name one of them by an address of this length: with or without the zero at its end.
bool has_length(std::span<const std::string_view> paths, std::uint32_t length) {
  return std::any_of(paths.begin(), paths.end(), [&](std::string_view path) {
    const auto without_zero = path.size() + offsetof(sockaddr_un, sun_path);
    return without_zero == length || without_zero + 1 == length;
  });
}

}  // namespace

AdoptFilter::AdoptFilter(std::span<const std::string_view> paths) noexcept {
  add(load(offsetof(seccomp_data, arch)));
  add(skip_if(this_machine, 1));
  add(answer(refused));
  add(load(offsetof(seccomp_data, nr)));
#if defined(__x86_64__)
  add(skip_if_below(x32_bit, 1));
  add(answer(refused));
#endif
  add_when(SYS_bind, SECCOMP_RET_USER_NOTIF);
  add_when(SYS_listen, SECCOMP_RET_USER_NOTIF);
#if defined(__x86_64__)
  add_when(SYS_unlink, SECCOMP_RET_USER_NOTIF);
  add_when(SYS_rename, SECCOMP_RET_USER_NOTIF);
#endif
  add_when(SYS_renameat, SECCOMP_RET_USER_NOTIF);
  add_when(SYS_renameat2, SECCOMP_RET_USER_NOTIF);
  add_when(SYS_io_uring_setup, refused);
  add_when(SYS_userfaultfd, refused);
  add_unlinkat();
  add_connect(has_length(paths, ipv4_length), has_length(paths, ipv6_length));
  add(answer(SECCOMP_RET_ALLOW));
}

void AdoptFilter::add_when(long number, unsigned action) noexcept {
  add(skip_unless(static_cast<std::uint32_t>(number), 1));
  add(answer(action));
}

void AdoptFilter::add_unlinkat() noexcept {
  add(skip_unless(SYS_unlinkat, 4));
  add(load_argument(2));
  add(skip_if(AT_REMOVEDIR, 1));
  add(answer(SECCOMP_RET_USER_NOTIF));
  add(answer(SECCOMP_RET_ALLOW));
}

void AdoptFilter::add_connect(bool has_16, bool has_28) noexcept {
  const std::uint8_t exempted = static_cast<std::uint8_t>(!has_16) + static_cast<std::uint8_t>(!has_28);
  add(skip_unless(SYS_connect, static_cast<std::uint8_t>(4 + exempted)));
  add(load_argument(2));
  add(skip_if_below(shortest, static_cast<std::uint8_t>(2 + exempted)));
  add(skip_if_above(longest, static_cast<std::uint8_t>(1 + exempted)));
  if (!has_16) add(skip_if(ipv4_length, has_28 ? 1 : 2));
  if (!has_28) add(skip_if(ipv6_length, 1));
  add(answer(SECCOMP_RET_USER_NOTIF));
}

int install_adopt_filter(std::span<const sock_filter> code) noexcept {
  const sock_fprog program{static_cast<unsigned short>(code.size()), const_cast<sock_filter*>(code.data())};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  auto notify = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  if (notify < 0 && errno == EINVAL)
    notify = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  return static_cast<int>(notify);
}

}  // namespace launcher
