#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "ownership/fd.h"
#include "tests/process/spawn/run.h"

namespace {

using namespace spawn_tests;

// Fields 5, 6 and 8 of stat(5): group, session, and the terminal's foreground group.
constexpr const char* say_foreground =
    "read -r pid name state parent group session tty foreground rest </proc/$$/stat; "
    "[ $group = $foreground ] && echo foreground || echo background";

/// What the arguments say when they are run with a terminal of their own, in its foreground or in the background.
Run run_on_terminal(const std::vector<std::string>& argv, bool in_background) {
  int master = -1, slave = -1;
  if (openpty(&master, &slave, nullptr, nullptr, nullptr) != 0) return {};
  const ownership::Fd held(master), terminal(slave);
  const auto conditions = [&] {
    setsid();
    ioctl(slave, TIOCSCTTY, 0);
    dup2(slave, 0);
    if (!in_background) return;
    const pid_t child = fork();
    if (child > 0) {
      int status = 0;
      waitpid(child, &status, 0);
      _exit(tcgetpgrp(0) == getpgrp() ? WEXITSTATUS(status) : 96);  // the foreground is still ours
    }
    setpgid(0, 0);
  };
  return run(argv, conditions);
}

}  // namespace

TEST(Terminal, BelongsToTheCommandWhereItWasOurs) {
  EXPECT_EQ(run_on_terminal(launched({"sh", "-c", say_foreground}), false).out, "foreground\n");
  EXPECT_EQ(run_on_terminal(launched({"--twice", "sh", "-c", say_foreground}), false).out, "foreground\nforeground\n");
}

TEST(Terminal, IsNotTakenFromTheForegroundGroup) {
  const auto ran = run_on_terminal(launched({"sh", "-c", say_foreground}), true);
  EXPECT_EQ(ran.out, "background\n");
  EXPECT_EQ(ran.code, 0);
}

TEST(Terminal, IsGivenToASessionOfItsOwn) {
  EXPECT_EQ(run_on_terminal(launched({"--session", "sh", "-c", say_foreground}), false).out, "foreground\n");
}
