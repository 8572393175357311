#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>

#include "tests/support/load.h"
#include "tests/support/observer.h"
#include "tests/support/programs.h"
#include "tests/support/requirement.h"
#include "tests/support/sockets.h"
#include "tests/support/volume.h"

// activation: inherit in one container: the launcher's listener is given to each web process in turn.

namespace support {
namespace {

class Inherit : public testing::Test {
 protected:
  Settings launch(const std::string& more, std::vector<std::string> options = {}) const {
    options.insert(options.begin(), "--inherit");
    return launched("test", volume.manifest_owning("web.sock", "    activation: inherit\n" + more),
                    witness_server("web", socket, std::move(options)));
  }
  std::string records() const { return volume / ".solinit"; }
  long names_of_listeners() const {
    long count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(records()))
      count += entry.path().extension() == ".listen" ? 1 : 0;
    return count;
  }

  Volume volume;
  std::string socket = volume / "web.sock";
};

TEST_F(Inherit, GivesTheWebProcessAListenerAtThePath) {
  Child launcher(launch(""));
  ASSERT_TRUE(serves(socket, "web")) << launcher.log() << launcher.out();
  EXPECT_EQ(launcher.log(), "");
}

TEST_F(Inherit, LeavesNothingBehindWhenItIsStopped) {
  Child launcher(launch(""));
  ASSERT_TRUE(serves(socket, "web")) << launcher.log();
  launcher.signal(SIGTERM);
  EXPECT_EQ(launcher.ending(), exited(0)) << launcher.log();
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(socket)));
  EXPECT_EQ(names_of_listeners(), 0);
}

TEST_F(Inherit, MakesTheSocketWithTheModeAndGroupOfTheManifest) {
  if (const auto lack = lack_of_root(); !lack.empty()) return skip(lack);
  Child launcher(launch("    mode: \"0660\"\n    user: nobody\n    group: 4321\n"));
  ASSERT_TRUE(serves(socket, "web")) << launcher.log();
  struct stat status{};
  ASSERT_EQ(lstat(socket.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0660U);
  EXPECT_EQ(status.st_uid, 65534U);
  EXPECT_EQ(status.st_gid, 4321U);
}

TEST_F(Inherit, RefusesAUserThatThereIsNot) {
  Child launcher(launch("    user: nobody-of-this-name\n"));
  EXPECT_EQ(launcher.ending(), exited(78)) << launcher.log();
  EXPECT_NE(launcher.log().find("unknown user 'nobody-of-this-name'"), std::string::npos) << launcher.log();
  EXPECT_EQ(names_of_listeners(), 0);
}

TEST_F(Inherit, KeepsConnectionsWaitingWhileTheWebProcessIsRestarted) {
  Child launcher(launch("    backlog: 64\nrestart: {policy: always, backoff: 300ms, limit: 100/60s}\n"));
  ASSERT_TRUE(serves(socket, "web")) << launcher.log();
  struct stat before{};
  ASSERT_EQ(lstat(socket.c_str(), &before), 0);
  const pid_t first = launcher.witness();
  kill(first, SIGTERM);
  EXPECT_TRUE(wait_until([&] { return witnesses_alive(socket).empty(); }));
  const auto took = duration_of([&] { EXPECT_EQ(ask(socket), "web") << launcher.log(); });
  EXPECT_GE(took, 50ms);
  struct stat after{};
  ASSERT_EQ(lstat(socket.c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
}

TEST_F(Inherit, LosesNoRequestOverManyRestartsOfTheWebProcess) {
  Child launcher(launch("restart: {policy: always, backoff: 10ms, limit: 100/60s}\n"));
  ASSERT_TRUE(serves(socket, "web")) << launcher.log();
  Load load(socket, 8);
  pid_t last = 0;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(wait_until([&] { return launcher.witness() != last; })) << launcher.log();
    last = launcher.witness();
    const long before = load.served();
    ASSERT_TRUE(wait_until([&] { return load.served() > before + 20; })) << launcher.log();
    kill(last, SIGTERM);
  }
  load.stop();
  EXPECT_EQ(load.failed(), 0) << load.first_failure() << launcher.log();
  EXPECT_GT(load.served(), 200);
}

TEST_F(Inherit, IsNotReadyBeforeTheWebProcessAccepts) {
  Child launcher(launch("ready: {timeout: 400ms}\n", {"--no-accept"}));
  EXPECT_EQ(launcher.ending(), exited(69)) << launcher.log();
}

TEST_F(Inherit, SweepsWhatAKilledLauncherLeft) {
  if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
  for (int run = 0; run < 3; ++run) {
    auto settings = launch("");
    settings.as = As::pid_one;
    Child launcher(settings);
    ASSERT_TRUE(serves(socket, "web")) << launcher.log();
    launcher.signal(SIGKILL);
    ASSERT_EQ(launcher.ending(), killed_by(SIGKILL));
  }
  EXPECT_EQ(names_of_listeners(), 1);
}

TEST_F(Inherit, WorksUnderALongNameInALongDirectory) {
  const std::string directory(60 - volume.path().size(), 'd');
  std::filesystem::create_directory(volume / directory);
  const auto name = directory + "/" + std::string(103 - 60, 'n') + ".s";
  socket = volume / name;
  Child launcher(launched("test", volume.manifest_owning(name, "    activation: inherit\n"),
                          witness_server("web", socket, {"--inherit"})));
  EXPECT_TRUE(serves(socket, "web")) << launcher.log() << launcher.out();
}

}  // namespace
}  // namespace support
