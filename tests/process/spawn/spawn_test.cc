#include "launcher/spawn.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <string>

#include "tests/process/spawn/run.h"
#include "tests/support/requirement.h"

namespace {

using namespace spawn_tests;

// A shell's own `sh -c` keeps what we ask about, and is everywhere.
std::vector<std::string> shell(const std::string& script) { return {"/bin/sh", "-c", script}; }
/// Whether the launcher starts the command itself, or has its spawner do so: nobody can tell.
enum class Way { itself, by_spawner };

class Spawn : public testing::TestWithParam<Way> {
 protected:
  static std::vector<std::string> launched(std::vector<std::string> arguments) {
    if (GetParam() == Way::by_spawner) arguments.insert(arguments.begin(), "--spawner");
    return spawn_tests::launched(std::move(arguments));
  }
  static std::vector<std::string> launched_shell(const std::string& script) { return launched(shell(script)); }

  /// The same command, executed as it is and through the launcher.
  static void expect_no_difference(const std::string& script, const Conditions& conditions) {
    const auto plain = run(shell(script), conditions);
    const auto through = run(launched_shell(script), conditions);
    EXPECT_EQ(plain.out, through.out);
    EXPECT_EQ(plain.code, through.code) << through.err;
    EXPECT_FALSE(plain.out.empty()) << plain.err;
  }
};

INSTANTIATE_TEST_SUITE_P(, Spawn, testing::Values(Way::itself, Way::by_spawner), [](const auto& parameter) {
  return parameter.param == Way::itself ? "itself" : "by_spawner";
});

void limit(int resource, rlim_t value) {
  const rlimit both{value, value};
  setrlimit(static_cast<__rlimit_resource>(resource), &both);
}

}  // namespace

TEST_P(Spawn, GivesTheStatusOfTheCommand) {
  EXPECT_EQ(run(launched_shell("exit 7")).code, 7);
  EXPECT_EQ(run(launched_shell("kill -TERM $$")).code, 143);
}

TEST_P(Spawn, SaysThatACommandIsMissing) {
  auto missing = run(launched({"no-such-command"}));
  EXPECT_EQ(missing.code, 127);
  EXPECT_EQ(missing.err, "cannot execute no-such-command: not found in PATH; \n");
  missing = run(launched({"/no/such/command"}));
  EXPECT_EQ(missing.code, 127);
  EXPECT_EQ(missing.err, "cannot execute /no/such/command: no such file; \n");
  EXPECT_EQ(run(launched({""})).code, 127);
}

TEST_P(Spawn, SaysThatAnInterpreterIsMissing) {
  const Directory directory;
  const auto script = directory.write("script", "#!/no/such/interpreter\n", 0755);
  const auto ran = run(launched({script}));
  EXPECT_EQ(ran.code, 127);
  EXPECT_NE(ran.err.find("its interpreter or dynamic loader is not"), std::string::npos) << ran.err;
}

TEST_P(Spawn, SaysThatAFileIsNotExecutable) {
  const Directory directory;
  const auto file = directory.write("data", "echo no\n", 0644);
  const auto ran = run(launched({file}));
  EXPECT_EQ(ran.code, 126);
  EXPECT_EQ(ran.err, "cannot execute " + file + ": Permission denied; \n");
  EXPECT_EQ(run(launched({directory.path()})).code, 126);
}

TEST_P(Spawn, RunsAScriptWithoutInterpreterByTheShell) {
  const Directory directory;
  const auto script = directory.write("script", "echo \"$0 $1\"; exit 5\n", 0755);
  const auto ran = run(launched({script, "one"}));
  EXPECT_EQ(ran.out, script + " one\n");
  EXPECT_EQ(ran.code, 5);
}

TEST_P(Spawn, SearchesPathAsTheShellDoes) {
  const Directory first, second;
  first.write("tool", "#!/bin/sh\necho first\n", 0644);
  second.write("tool", "#!/bin/sh\necho second\n", 0755);
  const auto path = [](std::string value) { return [value] { setenv("PATH", value.c_str(), 1); }; };

  EXPECT_EQ(run(launched({"tool"}), path("/no/such:" + first.path() + ":" + second.path())).out, "second\n");
  EXPECT_EQ(run(launched({"tool"}), path("/no/such:" + first.path())).code, 126);
  EXPECT_EQ(run(launched({"--set", "PATH=" + second.path(), "tool"}), path("/no/such")).out, "second\n");
  EXPECT_EQ(run(launched({"true"}), [] { unsetenv("PATH"); }).code, 0);
  const auto here = [&] { setenv("PATH", "/no/such:", 1), static_cast<void>(!chdir(second.path().c_str())); };
  EXPECT_EQ(run(launched({"tool"}), here).out, "second\n");
}

TEST_P(Spawn, KeepsTheSignalMaskAndIgnoredSignals) {
  expect_no_difference("grep -E '^(Sig[^Q]|Shd)' /proc/self/status", [] {
    std::uint64_t mask = (1u << (SIGUSR1 - 1)) | (1u << (SIGTSTP - 1)) | (std::uint64_t{1} << 32) | (std::uint64_t{1} << 40);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, nullptr, sizeof mask);
    for (const int number : {SIGHUP, SIGPIPE, SIGCHLD, SIGTTOU}) std::signal(number, SIG_IGN);
  });
  expect_no_difference("grep -E '^(Sig[^Q]|Shd)' /proc/self/status", [] {});
}

TEST_P(Spawn, GivesExactlyTheDescriptorsItWasGiven) {
  expect_no_difference("ls /proc/self/fd", [] {
    const int low = open("/", O_PATH);
    dup2(low, 7);
    dup2(low, 200);
  });
}

TEST_P(Spawn, LeavesClosedStandardDescriptorsClosed) {
  for (const int closed : {0, 2}) expect_no_difference("ls /proc/$$/fd", [=] { close(closed); });
  const Directory directory;
  const auto all_closed = [] { close(0), close(1), close(2); };
  const auto list_to = [&](const std::string& name) { return "ls /proc/$$/fd >" + (directory / name); };
  EXPECT_EQ(run({"/bin/sh", "-c", list_to("bare")}, all_closed).code, 0);
  EXPECT_EQ(run(launched_shell(list_to("launched")), all_closed).code, 0);
  EXPECT_EQ(run({"cat", directory / "launched"}).out, run({"cat", directory / "bare"}).out);
}

TEST_P(Spawn, KeepsDescriptorsForTheTreeFromTheTopDown) {
  EXPECT_EQ(run(launched({"--keep", "2", "sh", "-c", "cd /proc/self/fd; echo 9?? 1???"}), [] {
              dup2(1, 1022);
            }).out,
            "9?? 1021 1022 1023\n");
  EXPECT_EQ(run(launched({"--keep", "1", "sh", "-c", "cd /proc/self/fd; echo ??"}), [] {
              limit(RLIMIT_NOFILE, 64);
            }).out,
            "63\n");
}

TEST_P(Spawn, GivesTheCommandItsDirectoryAndLeavesItItself) {
  const Directory directory;
  const auto in_it = [&] { static_cast<void>(!chdir(directory.path().c_str())); };
  EXPECT_EQ(run(launched_shell("pwd -P; readlink /proc/$PPID/cwd"), in_it).out, directory.path() + "\n/\n");
}

TEST_P(Spawn, StaysInADirectoryThatItCouldNotReturnTo) {
  const Directory directory;
  const auto closed = directory / "closed";
  std::filesystem::create_directory(closed);
  std::filesystem::permissions(closed, std::filesystem::perms::none);
  const auto in_it = [&] {
    static_cast<void>(!chdir(closed.c_str()));
    become_nobody();
  };
  // Only root can enter such a directory.
  if (const auto lack = support::lack_of_root(); !lack.empty()) return support::skip(lack);
  expect_no_difference("readlink /proc/self/cwd", in_it);
}

TEST_P(Spawn, HandsSystemdsDescriptorsOn) {
  const auto given = [] {
    setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
    setenv("LISTEN_FDS", "1", 1);
    setenv("LISTEN_PIDFDID", "42", 1);
    dup2(1, 3);
  };
  EXPECT_EQ(run(launched_shell("[ $LISTEN_PID = $$ ] && echo \"$LISTEN_FDS ${LISTEN_PIDFDID-gone}\" >&3"), given).out,
            "1 gone\n");
}

TEST_P(Spawn, LeavesDescriptorsOfAnotherAlone) {
  const auto given = [] {
    setenv("LISTEN_PID", "1", 1);
    setenv("LISTEN_FDS", "1", 1);
    setenv("LISTEN_PIDFDID", "42", 1);
  };
  EXPECT_EQ(run(launched_shell("echo $LISTEN_PID $LISTEN_PIDFDID"), given).out, "1 42\n");
}

TEST_P(Spawn, SetsVariables) {
  const auto given = [] { setenv("COLOUR", "red", 1); };
  const auto ran = run(launched({"--set", "COLOUR=blue", "--set", "NEW=x=y", "sh", "-c", "env | grep -E '^(COLOUR|NEW)' | sort"}), given);
  EXPECT_EQ(ran.out, "COLOUR=blue\nNEW=x=y\n");
}

TEST_P(Spawn, MakesAProcessGroupOrASession) {
  // Fields 5 and 6 of stat(5): group and session.
  const std::string script = "read -r pid name state parent group session rest </proc/$$/stat; "
                             "[ $group = $$ ] && echo group; [ $session = $$ ] && echo session";
  EXPECT_EQ(run(launched_shell(script)).out, "group\n");
  EXPECT_EQ(run(launched({"--session", "/bin/sh", "-c", script})).out, "group\nsession\n");
}

TEST_P(Spawn, StartsASecondTimeAsTheFirst) {
  const Directory directory;
  const auto conditions = [&] {
    dup2(1, 5);
    static_cast<void>(!chdir(directory.path().c_str()));
  };
  const auto ran = run(launched({"--twice", "/bin/sh", "-c", "pwd -P >&5"}), conditions);
  EXPECT_EQ(ran.out, directory.path() + "\n" + directory.path() + "\n");
}

TEST_P(Spawn, LetsGoOfWhatOnlyTheCommandNeeds) {
  const auto conditions = [] { dup2(1, 5), dup2(1, 300); };
  const auto ran = run(launched({"--let-go", "/bin/sh", "-c",
                                 "until [ \"$(ls /proc/$PPID/fd | tail -n 1)\" != 5 ] && ! [ -e /proc/$PPID/fd/300 ]; "
                                 "do :; done; [ -e /proc/$$/fd/5 ] && [ -e /proc/$$/fd/300 ] && echo has them"}),
                       conditions);
  EXPECT_EQ(ran.out, "has them\n");
}

#ifdef SOLINIT_IS_STATIC  // a dynamic loader needs descriptors of its own
TEST(SpawnItself, SaysThatDescriptorsHaveRunOut) {
  const auto ran = run(launched({"true"}), [] { limit(RLIMIT_NOFILE, 3); });
  EXPECT_EQ(ran.code, 71);
  EXPECT_EQ(ran.err, "cannot start true: Too many open files; \n");
  const auto kept = run(launched({"--keep", "4", "true"}), [] { limit(RLIMIT_NOFILE, 11); });
  EXPECT_EQ(kept.code, 71);
  EXPECT_EQ(kept.err, "cannot give its descriptors to true: Too many open files; \n");
}
#endif

TEST(SpawnItself, SaysThatForkFailed) {
  const auto ran = run(launched({"true"}), [] {
    limit(RLIMIT_NPROC, 0);
    become_nobody();
  });
  EXPECT_EQ(ran.code, 71);
  EXPECT_EQ(ran.err, "cannot fork for true: Resource temporarily unavailable; \n");
}

TEST(Spawner, IsNoChildThatIsWaitedFor) {
  // launch_once says so when a child is left.
  const auto ran = run(launched({"--spawner", "no-such-command"}));
  EXPECT_EQ(ran.code, 127);
  EXPECT_EQ(ran.err, "cannot execute no-such-command: not found in PATH; \n");
}

TEST(Spawner, StartsChildrenOfTheLauncher) {
  const auto ran = run(launched({"--spawner", "/bin/sh", "-c", "cat /proc/$PPID/comm; cat /proc/$PPID/task/$PPID/children"}));
  EXPECT_EQ(ran.out.substr(0, ran.out.find('\n')), "launch_once");
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), ' '), 2) << "the command and the spawner: " << ran.out;
}

TEST(Spawner, HoldsNothingOfTheLaunchers) {
  // The numbers from 3 on: its channel, its working directory, and what the list itself takes.
  const auto ran = run(launched({"--keep", "3", "--spawner", "/bin/sh", "-c",
                                 "for child in $(cat /proc/$PPID/task/$PPID/children); do "
                                 "[ $child = $$ ] || find /proc/$child/fd -lname 'socket:*' -o -lname '/' | wc -l; done"}));
  // Three standard descriptors go elsewhere.
  EXPECT_EQ(ran.out, "1\n");
}

TEST(Spawner, SaysThatItWasKilled) {
  const auto ran = run(launched({"--spawner", "--lost", "true"}));
  EXPECT_EQ(ran.code, 126);
  EXPECT_EQ(ran.err, "solinit: warning: the spawner was killed: the web process cannot be started again in this container\n"
                     "cannot start true: the process that starts it was killed; start the container again\n");
}
