// activation: adopt as a manifest asks for it, with a web process that unlinks and binds blindly.
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>

#include "tests/process/adopt/under_adoption.h"
#include "tests/process/ownership/subprocess.h"
#include "tests/support/load.h"
#include "tests/support/observer.h"
#include "tests/support/volume.h"

namespace {

using namespace support;

class Adopt : public Adoption {
 protected:
  std::string manifest(const std::string& more = "") const {
    return volume_.manifest_owning("web.sock", "    activation: adopt\n" + more);
  }
  Settings launch(const std::string& more = "") const {
    return launched("test", manifest(more), witness_server("web", socket_, {"--unlink-first"}));
  }

  Volume volume_;
  const std::string socket_ = volume_ / "web.sock";
};

constexpr const char* notice = "solinit: notice: the web process binds its sockets itself, as with activation: bind: ";

TEST_F(Adopt, GivesTheListenerOfTheManifestAndIsSilent) {
  Child launcher(launch());
  ASSERT_TRUE(serves(socket_, "web")) << launcher.log() << launcher.out();
  EXPECT_EQ(launcher.log(), "");
}

TEST_F(Adopt, MakesTheSocketWithTheModeOfTheManifest) {
  Child launcher(launch("    mode: \"0640\"\n"));
  ASSERT_TRUE(serves(socket_, "web")) << launcher.log();
  struct stat status {};
  ASSERT_EQ(lstat(socket_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640U);
}

TEST_F(Adopt, LeavesNothingBehindWhenItIsStopped) {
  Child launcher(launch());
  ASSERT_TRUE(serves(socket_, "web")) << launcher.log();
  launcher.signal(SIGTERM);
  EXPECT_EQ(launcher.ending(), exited(0)) << launcher.log();
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(socket_)));
  EXPECT_EQ(volume_.leftovers(), std::vector<std::string>{});
}

TEST_F(Adopt, IsReadyWhenTheWebProcessListensAndNotBefore) {
  Child late(launched("test", manifest("ready: {timeout: 400ms}\n"), adoptee(socket_, {"--no-listen"})));
  EXPECT_EQ(late.ending(), exited(69)) << late.log();
  Child ready(launched("test", manifest(), adoptee(socket_, {"--connect-first", "--unlink-first"})));
  EXPECT_TRUE(wait_until([&] { return !read_file(volume_ / ".solinit/web.sock.owner").empty(); })) << ready.log();
}

TEST_F(Adopt, LosesNoRequestOverManyRestartsOfTheWebProcess) {
  Child launcher(launch("restart: {policy: always, backoff: 10ms, limit: 100/60s}\n"));
  ASSERT_TRUE(serves(socket_, "web")) << launcher.log();
  struct stat before {}, after {};
  ASSERT_EQ(lstat(socket_.c_str(), &before), 0);
  Load load(socket_, 8);
  pid_t last = 0;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(wait_until([&] { return launcher.witness() != last; })) << launcher.log();
    last = launcher.witness();
    const long served = load.served();
    ASSERT_TRUE(wait_until([&] { return load.served() > served + 20; })) << launcher.log();
    kill(last, SIGTERM);
  }
  load.stop();
  EXPECT_EQ(load.failed(), 0) << load.first_failure() << launcher.log();
  ASSERT_EQ(lstat(socket_.c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
}

TEST_F(Adopt, GoesTogetherWithAnInheritedSocket) {
  const auto both = volume_.manifest("version: 1\nowner: shop\nsockets:\n"
                                     "  - {path: VOLUME/given.sock, activation: inherit}\n"
                                     "  - {path: VOLUME/web.sock, activation: adopt}\n");
  const auto script = "echo given $LISTEN_FDS $(readlink /proc/$$/fd/3); exec " + program("adoptee_static") +
                      " --unlink-first web " + socket_;
  Child launcher(launched("test", both, {"/bin/sh", "-c", script}));
  ASSERT_TRUE(serves(socket_, "web")) << launcher.log();
  EXPECT_TRUE(launcher.says("given 1 socket:[")) << launcher.out();
}

TEST_F(Adopt, LeavesPidOneToItsDutiesInAFloodOfCalls) {
  if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
  Child launcher(container("test", manifest(), adoptee(socket_, {"--unlink-first", "--flood"})));
  ASSERT_TRUE(launcher.says("ready (pid: ")) << launcher.log();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask(socket_), "web");
  launcher.signal(SIGTERM);
  EXPECT_EQ(launcher.ending(), exited(128 + SIGTERM)) << launcher.log();
}

TEST_F(Adopt, TriesANotifierThatCannotBeForkedAgain) {
  if (const auto lack = lack_of_root(); !lack.empty()) return skip(lack);
  auto settings = launch();
  settings.user = nobody_else();
  volume_.give_to(*settings.user);
  Child launcher(settings);
  ASSERT_NE(launcher.witness(), 0) << launcher.log();
  const auto notifier = [&] {
    for (const pid_t child : children_of(launcher.pid()))
      if (status_field(child, "Name") == "solinit-adopt" && status_field(child, "State")[0] != 'Z') return child;
    return 0;
  };
  // Of one's own processes anybody may set it.
  const auto allow = [&](rlim_t processes) {
    return subprocess::run([&] {
      rlimit limit{};
      prlimit(launcher.pid(), RLIMIT_NPROC, nullptr, &limit);
      limit.rlim_cur = processes;
      return prlimit(launcher.pid(), RLIMIT_NPROC, &limit, nullptr);
    }, *settings.user);
  };
  ASSERT_EQ(allow(0), 0);
  ASSERT_GT(notifier(), 0);
  kill(notifier(), SIGKILL);
  ASSERT_TRUE(launcher.logs("cannot fork the notifier for the web process")) << launcher.log();
  ASSERT_EQ(allow(1000), 0);
  EXPECT_TRUE(wait_until([&] { return notifier() > 0; })) << launcher.log();
  launcher.signal(SIGTERM);
  EXPECT_EQ(launcher.ending(), exited(0)) << launcher.log();
}

TEST_F(Adopt, LeavesNoWebProcessWhoseCallsNobodyAnswers) {
  if (const auto lack = lack_of_root(); !lack.empty()) return skip(lack);
  auto settings = launch();
  settings.user = nobody_else();
  settings.limits[RLIMIT_NPROC] = 2;  // the launcher and the web process
  volume_.give_to(*settings.user);
  Child launcher(settings);
  EXPECT_EQ(launcher.ending(), exited(71)) << launcher.log();
  EXPECT_NE(launcher.log().find("cannot fork the notifier for the web process"), std::string::npos) << launcher.log();
  EXPECT_TRUE(witnesses_alive(socket_).empty());
}

TEST_F(Adopt, FallsBackWithOneNoticeWhereAnotherFilterNotifies) {
  auto settings = launch();
  settings.command.insert(settings.command.begin(), program("another_notifier"));
  Child launcher(settings);
  ASSERT_TRUE(serves(socket_, "web")) << launcher.log();
  EXPECT_EQ(launcher.log(),
            std::string(notice) + "another seccomp filter has a notify descriptor already\n");
}

TEST_F(Adopt, FallsBackWithOneNoticeWhereTheMemoryIsHidden) {
  if (const auto lack = lack_of_root(); !lack.empty()) return skip(lack);
  volume_.give_to(4711);
  auto settings = launched("test", manifest(), adoptee(socket_, {"--uid", "4711"}));
  settings.command.insert(settings.command.begin(),
                          {"/usr/bin/setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace", "--"});
  Child launcher(settings);
  ASSERT_TRUE(serves(socket_, "web")) << launcher.log() << launcher.out();
  EXPECT_EQ(launcher.log(), std::string(notice) + "its memory cannot be read: it became another user\n");
  EXPECT_TRUE(wait_until([&] { return !read_file(volume_ / ".solinit/web.sock.owner").empty(); })) << "never ready";
}

}  // namespace
