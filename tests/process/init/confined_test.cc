#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <functional>
#include <utility>

#include "launcher/confine.h"
#include "tests/process/init/under_init.h"
#include "tests/support/volume.h"

// Instrumented programs make calls of their own and are not confined.
#ifndef SOLINIT_INSTRUMENTED

namespace support {
namespace {

constexpr const char* capability_sets[] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};

long filters_of(pid_t process) { return std::stol("0" + status_field(process, "Seccomp_filters")); }

std::uint64_t capabilities(pid_t process, const std::string& set) {
  return std::stoull("0" + status_field(process, set), nullptr, 16);
}

bool is_spawner(pid_t process) { return status_field(process, "Name") == "solinit-spawner"; }

class ConfinedEverywhere : public Everywhere {};
INSTANTIATE_TEST_SUITE_P(, ConfinedEverywhere, testing::Values(As::process, As::pid_one, As::below_pid_one),
                         name_of_place);

TEST_P(ConfinedEverywhere, IsTheLauncherAndNotItsWebProcess) {
  const Child launcher(under_init({program("witness")}, GetParam()));
  ASSERT_NE(launcher.witness(), 0) << launcher.log();
  EXPECT_TRUE(wait_until([&] { return filters_of(launcher.pid()) == filters_of(getpid()) + 1; }));
  EXPECT_EQ(status_field(launcher.pid(), "NoNewPrivs"), "1");
  const auto web = children_of(launcher.pid());
  ASSERT_EQ(web.size(), 1U);
  EXPECT_EQ(filters_of(web.front()), filters_of(getpid()));
  EXPECT_EQ(status_field(web.front(), "NoNewPrivs"), status_field(getpid(), "NoNewPrivs"));
  for (const auto& set : capability_sets)
    EXPECT_EQ(capabilities(web.front(), set), capabilities(getpid(), set)) << set;
}

TEST_P(ConfinedEverywhere, IsALauncherThatOwnsSomething) {
  const Volume volume;
  const auto manifest = volume.manifest_owning("web.sock", "restart: {policy: always, backoff: 10ms}\n");
  auto settings = launched("test", manifest, witness_server("web", volume / "web.sock"));
  settings.as = GetParam();
  const Child launcher(settings);
  ASSERT_TRUE(serves(volume / "web.sock", "web")) << launcher.log();
  pid_t web = executed_by(launcher.pid()).at(0);
  EXPECT_TRUE(wait_until([&] { return filters_of(launcher.pid()) == filters_of(getpid()) + 1; }));
  EXPECT_EQ(status_field(launcher.pid(), "NoNewPrivs"), "1");
  // The first was executed by the launcher, the others by its spawner: none has anything of the launcher's.
  for (int starts = 0; starts < 3; ++starts) {
    EXPECT_EQ(filters_of(web), filters_of(getpid()));
    EXPECT_EQ(status_field(web, "NoNewPrivs"), status_field(getpid(), "NoNewPrivs"));
    for (const auto& set : capability_sets) EXPECT_EQ(capabilities(web, set), capabilities(getpid(), set)) << set;
    kill(web, SIGKILL);
    ASSERT_TRUE(wait_until([&] {
      const auto now = executed_by(launcher.pid());
      return now.size() == 1 && std::exchange(web, now.front()) != now.front();
    })) << launcher.log();
    ASSERT_TRUE(serves(volume / "web.sock", "web")) << launcher.log();
  }
}

TEST(Confined, ServesOnWithoutItsSpawner) {
  const Volume volume;
  const auto manifest = volume.manifest_owning("web.sock", "restart: {policy: always, backoff: 10ms}\n");
  Child launcher(launched("test", manifest, witness_server("web", volume / "web.sock")));
  ASSERT_TRUE(serves(volume / "web.sock", "web")) << launcher.log();
  std::vector<pid_t> children;
  ASSERT_TRUE(wait_until([&] {
    children = children_of(launcher.pid());
    return std::ranges::any_of(children, is_spawner);
  }));
  kill(*std::ranges::find_if(children, is_spawner), SIGKILL);
  EXPECT_TRUE(launcher.logs("the spawner was killed")) << launcher.log();
  EXPECT_TRUE(wait_until([&] { return children_of(launcher.pid()).size() == 1; })) << "no zombie is left of it";
  EXPECT_TRUE(serves(volume / "web.sock", "web"));
  // No other can be started any more: the engine has to start the container again.
  kill(launcher.witness(), SIGKILL);
  EXPECT_EQ(launcher.ending(), exited(126)) << launcher.log();
}

TEST(Confined, IsPidOneToTheCapabilityToSignal) {
  if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
  if (geteuid() != 0) return skip("it needs root, which has capabilities to lay down");
  const Child launcher(under_init({program("witness")}, As::pid_one));
  ASSERT_NE(launcher.witness(), 0) << launcher.log();
  constexpr std::uint64_t kept = 1U << CAP_KILL;
  EXPECT_TRUE(wait_until([&] { return capabilities(launcher.pid(), "CapBnd") == kept; }));
  EXPECT_TRUE(wait_until([&] { return capabilities(launcher.pid(), "CapPrm") == kept; }));
  EXPECT_EQ(capabilities(launcher.pid(), "CapEff"), kept);
  EXPECT_EQ(capabilities(launcher.pid(), "CapInh"), 0U);
  EXPECT_EQ(capabilities(launcher.pid(), "CapAmb"), 0U);
}

TEST(Confined, SignalsAWebProcessOfAnotherUser) {
  if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
  if (geteuid() != 0) return skip("it needs root, to become another user");
  Child launcher(under_init({"/usr/bin/setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
                             program("witness")},
                            As::pid_one));
  ASSERT_NE(launcher.witness(), 0) << launcher.log();
  EXPECT_TRUE(wait_until([&] { return capabilities(launcher.pid(), "CapPrm") == 1U << CAP_KILL; }));
  launcher.signal(SIGUSR1);
  EXPECT_TRUE(launcher.says("\n" + std::to_string(SIGUSR1) + "\n")) << launcher.out();
  launcher.signal(SIGTERM);
  EXPECT_NE(launcher.ending().kind, Ending::Kind::runs) << launcher.log();
}

/// What a process that confined itself gets from each call: 0, or the number of its error.
int number_of(bool (*confine)() noexcept, const std::function<long()>& call) {
  const pid_t child = fork();
  if (child == 0) {
    if (!confine()) _exit(99);
    _exit(call() == -1 ? errno : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

using NamedCall = std::pair<std::string, std::function<long()>>;

const std::vector<NamedCall> never_made{
    {"execve", [] { return execl("/bin/true", "true", nullptr); }},
    {"fork", [] { return fork(); }},
    {"internet socket", [] { return socket(AF_INET, SOCK_STREAM, 0); }},
    {"mount", [] { return mount("none", "/", nullptr, 0, nullptr); }},
    {"namespace", [] { return unshare(CLONE_NEWNS); }},
    {"chmod", [] { return chmod("/", 0755); }},
    {"ptrace", [] { return syscall(SYS_ptrace, 0, 0, 0, 0); }},
    {"bpf", [] { return syscall(SYS_bpf, 0, 0, 0); }},
    {"capset", [] { return syscall(SYS_capset, 0, 0); }},
    {"prctl", [] { return syscall(SYS_prctl, 0, 0); }},
    {"memory of another", [] { return syscall(SYS_process_vm_writev, 0, 0, 0, 0, 0, 0); }},
    {"rename", [] { return syscall(SYS_renameat2, AT_FDCWD, "/a", AT_FDCWD, "/b", 0); }},
};

TEST(Confined, ReapersAreDeniedWhatTheyNeverDo) {
  for (const auto& [name, call] : never_made) EXPECT_EQ(number_of(launcher::confine_reaper, call), EPERM) << name;
  for (const auto& [name, call] : std::vector<NamedCall>{
           {"write", [] { return open("/dev/null", O_WRONLY | O_CLOEXEC); }},
           {"create", [] { return open("/tmp/x", O_RDONLY | O_CREAT | O_CLOEXEC, 0600); }},
           {"unix socket", [] { return socket(AF_UNIX, SOCK_STREAM, 0); }}})
    EXPECT_EQ(number_of(launcher::confine_reaper, call), EPERM) << name;
}

TEST(Confined, ReapersMayDoTheirDuty) {
  for (const auto& [name, call] : std::vector<NamedCall>{
           {"wait", [] { return waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD ? 0 : -1; }},
           {"kill", [] { return kill(getpid(), 0); }},
           {"look", [] { return open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }},
           {"read", [] { return open("/proc/1/stat", O_RDONLY | O_CLOEXEC); }}})
    EXPECT_EQ(number_of(launcher::confine_reaper, call), 0) << name;
}

TEST(Confined, OwnersAreDeniedWhatTheyNeverDo) {
  for (const auto& [name, call] : never_made) {
    if (name == "fork" || name == "rename") continue;  // a notifier; what is published
    EXPECT_EQ(number_of(launcher::confine_owner, call), EPERM) << name;
  }
  for (const auto& [name, call] : std::vector<NamedCall>{
           {"thread", [] { return syscall(SYS_clone, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND, 0, 0, 0, 0); }},
           {"vfork", [] { return syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0); }},
           {"other namespace", [] { return setns(0, 0); }},
           {"terminal input", [] { return ioctl(0, TIOCSTI, ""); }},
           {"user", [] { return setresuid(1, 1, 1); }},
           {"device", [] { return mknod("/tmp/x", S_IFCHR, 0); }}})
    EXPECT_EQ(number_of(launcher::confine_owner, call), EPERM) << name;
}

TEST(Confined, NotifiersAreDeniedWhatTheyNeverDo) {
  for (const auto& [name, call] : never_made) EXPECT_EQ(number_of(launcher::confine_notifier, call), EPERM) << name;
  EXPECT_EQ(number_of(launcher::confine_notifier, [] { return kill(getpid(), 0); }), EPERM);
}

}  // namespace
}  // namespace support

#endif
