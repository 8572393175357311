#include <csignal>
#include <sstream>

#include "tests/process/init/under_init.h"

namespace support {
namespace {

/// SIGCHLD is the launcher's own: the kernel sends it for its children, and nobody could tell the two apart.
bool can_be_forwarded(int number) { return number != SIGKILL && number != SIGSTOP && number != SIGCHLD; }

bool has_received(const Child& launcher, int number) { return launcher.says("\n" + std::to_string(number) + "\n", 2s); }

using SignalEverywhere = Everywhere;

TEST_P(SignalEverywhere, IsForwardedWhateverItsNumber) {
  Child launcher(under_init({program("witness"), "--exit-on", "15=-1", "--exit-on", "64=42"}, GetParam()));
  ASSERT_NE(launcher.witness(), 0) << launcher.log();
  for (int number = 1; number < 64; ++number) {
    if (!can_be_forwarded(number)) continue;
    launcher.signal(number);
    EXPECT_TRUE(has_received(launcher, number)) << number;
  }
  launcher.signal(64);
  EXPECT_EQ(launcher.ending(), exited(42));
}

/// Again and again, because the launcher may hear of the stop before or after it is told to terminate.
TEST_P(SignalEverywhere, ContinuesAStoppedWebProcessWhenItShallTerminate) {
  for (int run = 0; run < 50; ++run) {
    Child launcher(under_init({program("witness"), "--exit-on", "15=42"}, GetParam()));
    ASSERT_NE(launcher.witness(), 0) << launcher.log();
    const auto web = children_of(launcher.pid());
    ASSERT_EQ(web.size(), 1U);
    kill(web.front(), SIGSTOP);
    ASSERT_TRUE(wait_until([&] { return status_field(web.front(), "State").starts_with("T"); }));
    launcher.signal(SIGTERM);
    ASSERT_EQ(launcher.ending(), exited(42)) << "run " << run;
  }
}

TEST_P(SignalEverywhere, IsForwardedAsOftenAsItComes) {
  Child launcher(under_init({program("witness"), "--exit-on", "64=42"}, GetParam()));
  ASSERT_NE(launcher.witness(), 0) << launcher.log();
  // Real-time signals queue: each is one. Sent faster than any process reads.
  for (int i = 0; i < 200; ++i) launcher.signal(40);
  launcher.signal(64);
  ASSERT_EQ(launcher.ending(), exited(42));
  int count = 0;
  std::istringstream lines(launcher.out());
  for (std::string line; std::getline(lines, line);) count += line == "40";
  EXPECT_EQ(count, 200);
}

TEST_P(SignalEverywhere, KillsAWebProcessThatDoesNotCatchIt) {
  Child launcher(under_init({"/bin/sleep", "1000"}, GetParam()));
  ASSERT_TRUE(wait_until([&] {
    const auto web = children_of(launcher.pid());
    return !web.empty() && status_field(web.front(), "Name") == "sleep";
  }));
  launcher.signal(SIGTERM);
  EXPECT_EQ(launcher.ending(), exited(128 + SIGTERM));
}

TEST_P(SignalEverywhere, StaysBlockedOrIgnoredInTheWebProcessAsItWas) {
  auto settings = under_init({program("witness"), "--report", "--exit", "0"}, GetParam());
  settings.blocked = {SIGUSR1, SIGTSTP, 34, 64};
  settings.ignored = {SIGHUP, SIGPIPE, 40};
  Child launcher(settings);
  ASSERT_EQ(launcher.ending(), exited(0)) << launcher.log();
  EXPECT_NE(launcher.out().find("\nblocked: 8000000200080200\n"), std::string::npos) << launcher.out();
  EXPECT_NE(launcher.out().find("\nignored: 0000008000001001\n"), std::string::npos) << launcher.out();
}

TEST_P(SignalEverywhere, IsNeitherBlockedNorIgnoredOtherwise) {
  Child launcher(under_init({program("witness"), "--report", "--exit", "0"}, GetParam()));
  ASSERT_EQ(launcher.ending(), exited(0)) << launcher.log();
  EXPECT_NE(launcher.out().find("\nblocked: 0000000000000000\nignored: 0000000000000000\n"), std::string::npos)
      << launcher.out();
}

TEST_P(SignalEverywhere, ChildMayBeIgnoredFromTheStart) {
  auto settings = under_init({program("witness"), "--report", "--exit", "5"}, GetParam());
  settings.ignored = {SIGCHLD};
  Child launcher(settings);
  EXPECT_EQ(launcher.ending(), exited(5)) << launcher.log();
  EXPECT_NE(launcher.out().find("\nignored: 0000000000010000\n"), std::string::npos) << launcher.out();
}

INSTANTIATE_TEST_SUITE_P(Signal, SignalEverywhere, testing::Values(As::process, As::pid_one, As::below_pid_one),
                         name_of_place);

}  // namespace
}  // namespace support
