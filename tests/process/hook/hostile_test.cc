#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "hook/confine.h"
#include "tests/process/hook/staged.h"
#include "tests/support/programs.h"
#include "tests/support/requirement.h"
#include "tests/support/sockets.h"
#include "tests/support/volume.h"

namespace support {
namespace {

namespace fs = std::filesystem;

struct HookInput : Staged {};

TEST_F(HookInput, ThatIsMalformedIsOneLineAndTouchesNothing) {
  own();
  leave_stale_socket(socket());
  const auto young = container();
  const auto good = state(young.pid());
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("[]"), std::string("null"), std::string("\0\0", 2), good + "x",
        good.substr(0, good.size() / 2), std::string(2 << 20, ' '), std::string(100000, '['),
        std::string(R"({"id":"c1","bundle":"/b","pid":-1})"), std::string(R"({"id":"a/b","bundle":"/b"})")}) {
    auto hook = run("createRuntime", text);
    EXPECT_EQ(hook.ending(), exited(65)) << text.substr(0, 100) << hook.log();
    EXPECT_TRUE(hook.log().starts_with("solinit-hook: error: ")) << hook.log();
    EXPECT_EQ(hook.log().find('\n'), hook.log().size() - 1) << hook.log();
    EXPECT_LE(hook.log().size(), 1024u);
  }
  for (const std::string text : {"", "{", R"({"root":{"path":7}})", R"({"root":{"path":"rootfs"},"mounts":{}})"}) {
    write_config(text);
    auto hook = run("createRuntime", good);
    EXPECT_EQ(hook.ending(), exited(65)) << text;
    EXPECT_EQ(hook.log().find('\n'), hook.log().size() - 1) << hook.log();
  }
  EXPECT_TRUE(stands(socket()));
  EXPECT_TRUE(quarantined().empty());
}

TEST_F(HookInput, ThatNamesNoLivingProcessIsRefused) {
  own();
  auto hook = run("createRuntime", state(0));
  EXPECT_EQ(hook.ending(), exited(65)) << hook.log();
}

TEST_F(HookInput, OfManyMutationsNeverCrashesIt) {
  own();
  const auto young = container();
  const auto good = state(young.pid());
  unsigned seed = 1;
  for (int round = 0; round < 60; ++round) {
    auto text = good;
    for (int change = 0; change < 3; ++change) {
      seed = seed * 1103515245 + 12345;
      text[(seed >> 8) % text.size()] = static_cast<char>(seed >> 24);
    }
    auto hook = run("createRuntime", text);
    EXPECT_EQ(hook.ending().kind, Ending::Kind::exited) << text;
    EXPECT_NE(hook.ending(), exited(70)) << text << hook.log();
  }
}

TEST_F(HookInput, OfAContainerThatNoManifestSpeaksOfIsSilence) {
  own();
  leave_stale_socket(socket());
  const auto young = container();
  write_config(R"({"root":{"path":"rootfs"},"mounts":[]})");
  auto hook = create(young);
  EXPECT_EQ(hook.ending(), exited(0));
  EXPECT_EQ(hook.log() + report(), "");
  fs::remove_all(place_ / "manifests");
  EXPECT_EQ(create(young).ending(), exited(0));
  EXPECT_TRUE(stands(socket()));
}

/// Nobody ends the input: the runtime would kill us silently.
TEST_F(HookInput, ThatDoesNotEndMeetsTheDeadline) {
  own();
  leave_stale_socket(socket());
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  auto settings = call("createRuntime", "", {"--timeout", "1"});
  close(settings.descriptors[0]);
  settings.descriptors[0] = ends[0];
  Child hook(settings);
  close(ends[0]);
  EXPECT_TRUE(wait_until([&] { return status_field(hook.pid(), "Seccomp") == "2"; })) << "confined before it reads";
  EXPECT_EQ(hook.ending(), exited(71)) << hook.log();
  EXPECT_NE(hook.log().find("this stage may take 800 ms, 80 % of its timeout"), std::string::npos) << hook.log();
  EXPECT_TRUE(stands(socket()));
  close(ends[1]);
}

TEST_F(HookInput, IsReadWithoutOurEnvironmentAndDescriptors) {
  own();
  leave_stale_socket(socket());
  write_file(place_ / "evil.so", "not a library");
  const auto young = container();
  auto settings = call("createRuntime", state(young.pid()));
  settings.environment = {"LD_PRELOAD=" + place_ / "evil.so", "LD_LIBRARY_PATH=" + volume(), "GLIBC_TUNABLES=x",
                          "TZ=/proc/self/mem", "MALLOC_PERTURB_=1"};
  settings.directory = volume();
  settings.descriptors[7] = settings.descriptors[0];
  settings.blocked = {SIGTERM, SIGCHLD, SIGALRM};
  Child hook(settings);
  EXPECT_EQ(hook.ending(), exited(0)) << hook.log();
  EXPECT_EQ(hook.log(), "");
  EXPECT_FALSE(stands(socket()));
  close(settings.descriptors[0]);
}

/// What the volume may do to the lease.
struct HostileLease : Staged {
  void SetUp() override {
    Staged::SetUp();
    if (IsSkipped()) return;
    own();
    leave_stale_socket(socket());
    fs::create_directory(volume() + "/.solinit");
  }
  std::string lease() const { return volume() + "/.solinit/web.sock.lease"; }
  void is_refused(int code, const std::string& why) const {
    const auto young = container();
    auto hook = create(young);
    EXPECT_EQ(hook.ending(), exited(code)) << hook.log();
    EXPECT_NE(hook.log().find(why), std::string::npos) << hook.log();
    EXPECT_TRUE(stands(socket()));
  }
};

TEST_F(HostileLease, ThatIsNoFileIsRefused) {
  ASSERT_EQ(mkfifo(lease().c_str(), 0600), 0);
  is_refused(78, "is not a regular file");
  fs::remove(lease());
  fs::create_symlink("/etc/shadow", lease());
  is_refused(78, "is not a regular file");
  fs::remove(lease());
  fs::create_directory(lease());
  is_refused(78, "is not a regular file");
  fs::remove_all(volume() + "/.solinit");
  fs::create_symlink("/etc", volume() + "/.solinit");
  is_refused(78, "is not a directory");
}

TEST_F(HostileLease, ThatIsHugeIsNotRead) {
  write_file(lease(), "");
  ASSERT_EQ(truncate(lease().c_str(), off_t{1} << 40), 0);
  const auto young = container();
  EXPECT_EQ(create(young).ending(), exited(0));
  EXPECT_FALSE(stands(socket()));
}

TEST_F(HostileLease, ThatIsLockedForEverNamesItsHolder) {
  write_file(lease(), "");
  const auto other = container({"flock", lease(), "sleep", "1000"});
  ASSERT_TRUE(wait_until([&] { return !children_of(other.pid()).empty(); }));
  is_refused(75, "flock pid=" + std::to_string(other.pid()));
}

TEST_F(HostileLease, ThatCannotBeMadeIsOneLine) {
  const auto young = container({"/bin/sh", "-c", "mount -o remount,bind,ro \"$0\" && echo readonly && exec sleep 1000",
                                root() + "/run/web"});
  ASSERT_TRUE(young.says("readonly")) << young.log();
  fs::remove_all(volume() + "/.solinit");
  auto hook = create(young);
  // The host's own mount of the volume is writable: it is settled there.
  EXPECT_EQ(hook.ending(), exited(0)) << hook.log();
  EXPECT_FALSE(stands(socket()));
}

struct FullVolume : Staged {};

TEST_F(FullVolume, IsOneLineAndTouchesNothing) {
  own();
  move_to_memory("nr_inodes=3");
  leave_stale_socket(socket());
  const auto young = container();
  auto hook = create(young);
  EXPECT_EQ(hook.ending(), exited(71)) << hook.log();
  EXPECT_NE(hook.log().find("No space left on device"), std::string::npos) << hook.log();
  EXPECT_TRUE(stands(socket()));
}

struct ReadOnlyVolume : Staged {};

TEST_F(ReadOnlyVolume, IsOneLineAndTouchesNothing) {
  own();
  move_to_memory();
  leave_stale_socket(socket());
  const auto young = container();
  ASSERT_EQ(mount("none", (place_ / "data").c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
  auto hook = create(young);
  EXPECT_EQ(hook.ending(), exited(71)) << hook.log();
  EXPECT_NE(hook.log().find("Read-only file system"), std::string::npos) << hook.log();
  EXPECT_EQ(hook.log().find('\n'), hook.log().size() - 1) << hook.log();
  EXPECT_TRUE(stands(socket()));
  EXPECT_FALSE(stands(volume() + "/.solinit"));
}

struct ManyManifests : Staged {};

TEST_F(ManyManifests, AreReadInTime) {
  for (int number = 0; number < 10000; ++number) {
    const auto name = std::to_string(number);
    write_file(place_ / "manifests/m" + name + ".yaml",
               "version: 1\nowner: o" + name + "\nmatch: {annotations: {io.solinit.owner: other-" + name +
                   "}}\nsockets: [{path: /run/web/web.sock}]\n");
  }
  own();
  leave_stale_socket(socket());
  const auto young = container();
  auto hook = create(young);
  EXPECT_EQ(hook.ending(), exited(0)) << hook.log();
  EXPECT_FALSE(stands(socket()));
}

TEST_F(ManyManifests, SettleTenThousandSocketsOfOneVolume) {
  constexpr int sockets = 10000, at_most = 64;
  const auto name = [](int number) { return "s" + std::to_string(number) + ".sock"; };
  for (int first = 0; first < sockets; first += at_most) {
    std::string list = "sockets:\n";
    for (int number = first; number < std::min(first + at_most, sockets); ++number) {
      list += "- {path: /run/web/" + name(number) + "}\n";
      leave_stale_socket(volume() + "/" + name(number));
    }
    const auto owner = "o" + std::to_string(first);
    own(list, owner + ".yaml", owner);
  }
  const auto young = container();
  auto hook = run("createRuntime", state(young.pid()), {"--timeout", "60"});
  EXPECT_EQ(hook.ending(60s), exited(0)) << hook.log();
  for (int number = 0; number < sockets; ++number) ASSERT_FALSE(stands(volume() + "/" + name(number))) << number;
  for (int number = 0; number < sockets; ++number) leave_stale_socket(volume() + "/" + name(number));
  auto last = run("poststop", state(0), {"--timeout", "60"});
  EXPECT_EQ(last.ending(60s), exited(0)) << last.log();
  for (int number = 0; number < sockets; ++number) ASSERT_FALSE(stands(volume() + "/" + name(number))) << number;
}

TEST_F(ManyManifests, OfWhichOneIsWrongStopTheContainersItSpeaksOfAlone) {
  own();
  own("sockets: [{path: relative}]\n", "broken.yaml", "broken");
  const auto young = container();
  auto hook = create(young);
  EXPECT_EQ(hook.ending(), exited(78));
  EXPECT_NE(hook.log().find("broken.yaml:4:"), std::string::npos) << hook.log();
  write_file(place_ / "manifests/broken.yaml", "this: [is not\n");
  EXPECT_EQ(create(young).ending(), exited(0)) << "it does not speak of this container";
}

/// A manifest belongs to root alone, with all above it.
TEST_F(ManyManifests, ThatOthersMayWriteAreRefused) {
  own();
  const auto young = container();
  const auto refused = [&](const std::string& why) {
    auto hook = create(young);
    EXPECT_EQ(hook.ending(), exited(78));
    EXPECT_NE(hook.log().find(why), std::string::npos) << hook.log();
  };
  chmod((place_ / "manifests/shop.yaml").c_str(), 0664);
  refused("others may write it");
  chmod((place_ / "manifests/shop.yaml").c_str(), 0644);
  chmod((place_ / "manifests").c_str(), 0777);
  refused("others may write it");
  chmod((place_ / "manifests").c_str(), 0755);
  chmod(place_.path().c_str(), 0777);
  refused("others may write it");
  chmod(place_.path().c_str(), 0755);
  ASSERT_EQ(chown((place_ / "manifests/shop.yaml").c_str(), 1000, 0), 0);
  refused("it belongs to uid 1000, not to root");
}

/// How a forked child that did `call` under the filter of `stage` ended, and what it said.
std::pair<int, std::string> end_of(const char* stage, const std::function<void()>& call) {
  testing::internal::CaptureStderr();
  const pid_t child = fork();
  if (child == 0) {
    if (!hook::confine(stage)) _exit(99);
    call();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return {status, testing::internal::GetCapturedStderr()};
}

TEST(Confinement, KillsWithARecord) {
  for (const char* const stage : {"createRuntime", "prestart", "poststop"}) {
    for (const auto& [name, call] : std::vector<std::pair<std::string, std::function<void()>>>{
             {"execve", [] { execl("/bin/true", "true", nullptr); }},
             {"fork", [] { fork(); }},
             {"internet socket", [] { socket(AF_INET, SOCK_STREAM, 0); }},
             {"mount namespace", [] { setns(0, CLONE_NEWNS); }},
             {"chmod", [] { fchmod(2, 0777); }},
             {"mount", [] { mount("none", "/", nullptr, 0, nullptr); }},
             {"ptrace", [] { syscall(SYS_ptrace, 0, 0, 0, 0); }},
             {"bpf", [] { syscall(SYS_bpf, 0, 0, 0); }}}) {
      const auto [status, log] = end_of(stage, call);
      EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) << stage << " " << name << " " << status;
      EXPECT_NE(log.find(std::string(": error: killed in ") + stage + ": it asked for system call "), std::string::npos)
          << name << ": " << log;
    }
    const auto [status, log] = end_of(stage, [] {
      socket(AF_UNIX, SOCK_DGRAM, 0);
      setns(-1, CLONE_NEWNET);
      open("/dev/null", O_RDONLY);
    });
    EXPECT_EQ(status, 0) << log;
  }
}

}  // namespace
}  // namespace support
