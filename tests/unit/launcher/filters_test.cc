// The filters that are made when the programs are built, for each machine that solinit is built for, run as the kernel
// of that machine runs them.
#include <gtest/gtest.h>
#include <linux/audit.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <string>
#include <vector>

#include "tests/unit/launcher/bpf.h"

namespace {

constexpr std::array planner_of_x86_64{
#include "x86_64/planner.inc"
};
constexpr std::array hook_of_x86_64{
#include "x86_64/hook.inc"
};
constexpr std::array reaper_of_x86_64{
#include "x86_64/reaper.inc"
};
constexpr std::array notifier_of_x86_64{
#include "x86_64/notifier.inc"
};
constexpr std::array planner_of_aarch64{
#include "aarch64/planner.inc"
};
constexpr std::array hook_of_aarch64{
#include "aarch64/hook.inc"
};
constexpr std::array reaper_of_aarch64{
#include "aarch64/reaper.inc"
};
constexpr std::array notifier_of_aarch64{
#include "aarch64/notifier.inc"
};

/// Numbers of system calls, as this machine has them.
struct Machine {
  std::uint32_t name;
  int read, write, openat, execve, mount, ptrace, clone;
};
constexpr Machine x86_64{AUDIT_ARCH_X86_64, 0, 1, 257, 59, 165, 101, 56};
constexpr Machine aarch64{AUDIT_ARCH_AARCH64, 63, 64, 56, 221, 40, 117, 220};
constexpr std::uint32_t other_machines[] = {AUDIT_ARCH_I386, AUDIT_ARCH_ARM, AUDIT_ARCH_RISCV64, 0};
constexpr int highest_call = 600;

struct Filter {
  std::string name;
  std::span<const sock_filter> code;
  const Machine& own;
  const Machine& other;
  std::uint32_t otherwise;
  bool opens_files;  ///< whatever the flags

  std::uint32_t answer(int call, std::uint32_t machine) const {
    seccomp_data data{};
    data.nr = call;
    data.arch = machine;
    return bpf::run(code, data);
  }
  std::uint32_t answer(int call) const { return answer(call, own.name); }
};

const std::vector<Filter>& filters() {
  constexpr std::uint32_t kill = SECCOMP_RET_KILL_PROCESS, trap = SECCOMP_RET_TRAP,
                          deny = SECCOMP_RET_ERRNO | EPERM;
  static const std::vector<Filter> all{
      {"planner of x86_64", planner_of_x86_64, x86_64, aarch64, kill, false},
      {"hook of x86_64", hook_of_x86_64, x86_64, aarch64, trap, true},
      {"reaper of x86_64", reaper_of_x86_64, x86_64, aarch64, deny, false},
      {"notifier of x86_64", notifier_of_x86_64, x86_64, aarch64, deny, true},
      {"planner of aarch64", planner_of_aarch64, aarch64, x86_64, kill, false},
      {"hook of aarch64", hook_of_aarch64, aarch64, x86_64, trap, true},
      {"reaper of aarch64", reaper_of_aarch64, aarch64, x86_64, deny, false},
      {"notifier of aarch64", notifier_of_aarch64, aarch64, x86_64, deny, true},
  };
  return all;
}

TEST(Filters, LookAtTheMachineBeforeAnythingElse) {
  for (const auto& filter : filters()) {
    EXPECT_EQ(filter.code.front().code, BPF_LD | BPF_W | BPF_ABS) << filter.name;
    EXPECT_EQ(filter.code.front().k, offsetof(seccomp_data, arch)) << filter.name;
  }
}

TEST(Filters, KillWhateverAForeignMachineAsksFor) {
  for (const auto& filter : filters())
    for (int call = 0; call < highest_call; ++call) {
      ASSERT_EQ(filter.answer(call, filter.other.name), SECCOMP_RET_KILL_PROCESS) << filter.name << ' ' << call;
      for (const auto machine : other_machines)
        ASSERT_EQ(filter.answer(call, machine), SECCOMP_RET_KILL_PROCESS) << filter.name << ' ' << call;
    }
}

TEST(Filters, KnowTheNumbersOfTheirOwnMachine) {
  for (const auto& filter : filters()) {
    const auto& own = filter.own;
    EXPECT_EQ(filter.answer(own.read), SECCOMP_RET_ALLOW) << filter.name;
    EXPECT_EQ(filter.answer(own.write), SECCOMP_RET_ALLOW) << filter.name;
    EXPECT_EQ(filter.answer(own.openat), filter.opens_files ? SECCOMP_RET_ALLOW : filter.otherwise) << filter.name;
  }
}

TEST(Filters, LetNobodyExecuteForkMountOrTrace) {
  for (const auto& filter : filters()) {
    const auto& own = filter.own;
    for (const int call : {own.execve, own.mount, own.ptrace, own.clone})
      EXPECT_EQ(filter.answer(call), filter.otherwise) << filter.name << ' ' << call;
  }
}

/// A program of x32 names the same machine, and adds a bit to its calls.
TEST(Filters, RefuseTheNumbersOfX32) {
  for (const auto& filter : filters())
    for (int call = 0; call < highest_call; ++call)
      ASSERT_NE(filter.answer(0x40000000 | call), SECCOMP_RET_ALLOW) << filter.name << ' ' << call;
}

}  // namespace
