// Where a server cannot be given the launcher's listener, it binds its own.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/process/adopt/under_adoption.h"

namespace {

using namespace support;

TEST(AdoptionProbe, SaysWhenAnotherNotifierIsThere) {
  int answer[2];
  ASSERT_EQ(pipe(answer), 0);
  const pid_t child = fork();
  if (child == 0) {
    sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    const sock_fprog program{1, allow};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const auto notify = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    const auto lack = notify < 0 ? "this test can install no filter" : launcher::lack_of_adoption();
    [[maybe_unused]] const auto written = write(answer[1], lack.data(), lack.size());
    _exit(0);
  }
  close(answer[1]);
  std::array<char, 256> room{};
  [[maybe_unused]] const auto size = read(answer[0], room.data(), room.size() - 1);
  close(answer[0]);
  waitpid(child, nullptr, 0);
  EXPECT_STREQ(room.data(), "another seccomp filter has a notify descriptor already");
}

class FallBack : public Adoption {
 protected:
  void SetUp() override {
    Adoption::SetUp();
    if (const auto lack = lack_of_root(); !lack.empty()) skip(lack);
    ASSERT_EQ(chmod(directory_.path().c_str(), 0777), 0);
  }

  /// As root without CAP_SYS_PTRACE, which is what root is in a container.
  static Settings as_in_a_container(Settings settings) {
    settings.command.insert(settings.command.begin(),
                            {"/usr/bin/setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace", "--"});
    return settings;
  }
};

TEST_F(FallBack, IsNotNeededForAServerThatWasExecutedAsAnotherUser) {
  auto command = adoptee(path_, {"--unlink-first"});
  command.insert(command.begin(), {"/usr/bin/setpriv", "--reuid=4711", "--regid=4711", "--clear-groups"});
  Child launcher(as_in_a_container(under_adoption({"--user", "4711", path_}, command)));
  ASSERT_TRUE(launcher.says("listening " + path_)) << launcher.out() << launcher.log();
  EXPECT_EQ(ask(path_), "web");
}

TEST_F(FallBack, MakesWayForAServerWhoseMemoryIsHidden) {
  Child launcher(as_in_a_container(under_adoption({path_}, adoptee(path_, {"--uid", "4711"}))));
  ASSERT_TRUE(launcher.says("made way")) << launcher.out() << launcher.log();
  ASSERT_TRUE(launcher.says("ready (pid: ")) << launcher.out() << launcher.log();
  EXPECT_EQ(launcher.out().find("listening"), std::string::npos);
  EXPECT_EQ(ask(path_), "web");
}

TEST_F(FallBack, DoesNotHappenBesideAPredecessor) {
  Child launcher(as_in_a_container(under_adoption({"--beside", path_}, adoptee(path_, {"--uid", "4711"}))));
  EXPECT_EQ(launcher.ending(), exited(1)) << launcher.out();
  EXPECT_TRUE(launcher.logs("bind: Permission denied")) << launcher.log();
  EXPECT_EQ(launcher.out().find("made way"), std::string::npos);
}

}  // namespace
