// What is sent to the child between its fork(2) and its execve(2). A tracer holds it exactly there.
#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "tests/process/spawn/run.h"

namespace {

using namespace spawn_tests;

/// Runs the command through the launcher, sends TERM to the child that stands before its first instruction, and
/// returns the status of the launcher as wait(2) gives it; -1 when there was no such child.
int status_when_told_before_exec(const Conditions& conditions, const std::vector<std::string>& command) {
  const auto argv = launched(command);
  const pid_t launcher = fork();
  if (launcher == 0) {
    conditions();
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    std::vector<char*> arguments;
    for (const auto& each : argv) arguments.push_back(const_cast<char*>(each.c_str()));
    arguments.push_back(nullptr);
    execv(arguments[0], arguments.data());
    _exit(98);
  }
  int status = 0;
  if (waitpid(launcher, &status, 0) != launcher || !WIFSTOPPED(status)) return -1;  // stopped by its own execve(2)
  ptrace(PTRACE_SETOPTIONS, launcher, nullptr, PTRACE_O_TRACEFORK | PTRACE_O_EXITKILL);
  ptrace(PTRACE_CONT, launcher, nullptr, nullptr);
  if (waitpid(launcher, &status, 0) != launcher || status >> 8 != (SIGTRAP | (PTRACE_EVENT_FORK << 8))) return -1;
  unsigned long child = 0;
  ptrace(PTRACE_GETEVENTMSG, launcher, nullptr, &child);
  const auto pid = static_cast<pid_t>(child);
  if (waitpid(pid, &status, __WALL) != pid) return -1;
  kill(pid, SIGTERM);
  ptrace(PTRACE_DETACH, pid, nullptr, nullptr);
  ptrace(PTRACE_DETACH, launcher, nullptr, nullptr);
  return waitpid(launcher, &status, 0) == launcher ? status : -1;
}

}  // namespace

TEST(ExecWindow, EndsAChildThatWasToldToStop) {
  const int status = status_when_told_before_exec([] {}, {"true"});
  ASSERT_TRUE(WIFEXITED(status)) << status;
  EXPECT_EQ(WEXITSTATUS(status), 128 + SIGTERM);
}

TEST(ExecWindow, KeepsASignalForACommandThatWasGivenItBlocked) {
  const auto blocked = [] {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigprocmask(SIG_SETMASK, &mask, nullptr);
  };
  // TERM is signal 15: bit 14, the third digit from below the fourth.
  const int status =
      status_when_told_before_exec(blocked, {"grep", "-q", "^ShdPnd:.*4000$", "/proc/self/status"});
  ASSERT_TRUE(WIFEXITED(status)) << status;
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(ExecWindow, IgnoresWhatTheCommandIgnores) {
  const int status = status_when_told_before_exec([] { std::signal(SIGTERM, SIG_IGN); }, {"true"});
  ASSERT_TRUE(WIFEXITED(status)) << status;
  EXPECT_EQ(WEXITSTATUS(status), 0);
}
