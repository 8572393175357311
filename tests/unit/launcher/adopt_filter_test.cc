// The filter, run as the kernel runs it.
#include "launcher/adopt_filter.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <cerrno>

#include "tests/unit/launcher/bpf.h"

namespace {

using launcher::AdoptFilter;

#if defined(__x86_64__)
constexpr std::uint32_t own = AUDIT_ARCH_X86_64, foreign = AUDIT_ARCH_I386;
#elif defined(__aarch64__)
constexpr std::uint32_t own = AUDIT_ARCH_AARCH64, foreign = AUDIT_ARCH_ARM;
#endif
constexpr std::uint32_t notify = SECCOMP_RET_USER_NOTIF, allow = SECCOMP_RET_ALLOW,
                        unknown = SECCOMP_RET_ERRNO | ENOSYS;

std::uint32_t answer(const AdoptFilter& filter, long number, std::uint64_t third = 0, std::uint32_t machine = own) {
  seccomp_data data{};
  data.nr = static_cast<int>(number);
  data.arch = machine;
  data.args[2] = third;
  return bpf::run(filter.code(), data);
}

TEST(AdoptFilter, NotifiesTheCallsThatMakeAndUnmakeASocket) {
  const AdoptFilter filter({});
  for (const long number : {SYS_bind, SYS_listen, SYS_unlinkat, SYS_renameat, SYS_renameat2})
    EXPECT_EQ(answer(filter, number), notify) << number;
#if defined(__x86_64__)
  for (const long number : {SYS_unlink, SYS_rename}) EXPECT_EQ(answer(filter, number), notify) << number;
#endif
}

TEST(AdoptFilter, AllowsEveryOtherCall) {
  const AdoptFilter filter({});
  for (long number = 0; number < 600; ++number) {
    const bool is_concerned = number == SYS_bind || number == SYS_listen || number == SYS_connect ||
                              number == SYS_unlinkat || number == SYS_renameat || number == SYS_renameat2 ||
                              number == SYS_io_uring_setup || number == SYS_userfaultfd
#if defined(__x86_64__)
                              || number == SYS_unlink || number == SYS_rename
#endif
        ;
    EXPECT_TRUE(is_concerned || answer(filter, number, 110) == allow) << number;
  }
}

TEST(AdoptFilter, ClosesTheWaysAround) {
  const AdoptFilter filter({});
  EXPECT_EQ(answer(filter, SYS_io_uring_setup), unknown);
  EXPECT_EQ(answer(filter, SYS_userfaultfd), unknown);
  for (long number = 0; number < 600; ++number) EXPECT_EQ(answer(filter, number, 0, foreign), unknown) << number;
#if defined(__x86_64__)
  for (const long number : {SYS_bind, SYS_read}) EXPECT_EQ(answer(filter, 0x40000000 | number), unknown) << number;
#endif
}

TEST(AdoptFilter, LetsDirectoriesBeRemoved) {
  const AdoptFilter filter({});
  EXPECT_EQ(answer(filter, SYS_unlinkat, AT_REMOVEDIR), allow);
}

TEST(AdoptFilter, NotifiesAConnectOnlyWhereItCanBeToAUnixPath) {
  const AdoptFilter filter({});
  for (std::uint64_t length = 0; length < 200; ++length) {
    const bool is_possible = length >= 3 && length <= 110 && length != 16 && length != 28;
    EXPECT_EQ(answer(filter, SYS_connect, length), is_possible ? notify : allow) << length;
  }
  EXPECT_EQ(answer(filter, SYS_connect, 0xffffffff00000000U + 110), notify) << "the kernel takes an int";
}

TEST(AdoptFilter, NotifiesAConnectOfIpLengthWhereADeclaredPathHasIt) {
  const std::string_view ipv4[] = {"/run/web.sock"}, ipv6[] = {"/run/shop/something.sock12"};
  ASSERT_EQ(ipv4[0].size() + 3, 16U);
  ASSERT_EQ(ipv6[0].size() + 2, 28U);
  EXPECT_EQ(answer(AdoptFilter(ipv4), SYS_connect, 16), notify);
  EXPECT_EQ(answer(AdoptFilter(ipv4), SYS_connect, 28), allow);
  EXPECT_EQ(answer(AdoptFilter(ipv6), SYS_connect, 16), allow);
  EXPECT_EQ(answer(AdoptFilter(ipv6), SYS_connect, 28), notify);
  const std::string_view both[] = {ipv4[0], ipv6[0]};
  EXPECT_EQ(answer(AdoptFilter(both), SYS_connect, 16), notify);
  EXPECT_EQ(answer(AdoptFilter(both), SYS_connect, 28), notify);
  for (const std::uint64_t length : {2U, 111U}) EXPECT_EQ(answer(AdoptFilter(both), SYS_connect, length), allow);
}

}  // namespace
