#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/socket.h>

#include <csignal>
#include <filesystem>
#include <iostream>

#include "tests/support/observer.h"
#include "tests/support/programs.h"
#include "tests/support/requirement.h"
#include "tests/support/sockets.h"
#include "tests/support/volume.h"

// Two and more launchers of one owner on one volume, each in a container of its own.

namespace support {
namespace {

/// Whether the process has a file of this name open.
bool has_open(pid_t pid, const std::string& name) {
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd", failure))
    if (std::filesystem::read_symlink(entry.path(), failure).filename() == name) return true;
  return false;
}

class Succession : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto lack = lack_of_namespaces(); !lack.empty()) skip(lack);
  }
  Settings owner(const std::string& id, const std::string& takeover, std::vector<std::string> options = {}) const {
    const auto manifest = volume.manifest_owning("web.sock", "stop: {grace: 1s}\ntakeover: {" + takeover + "}\n");
    return container(id, manifest, witness_server(id, socket, std::move(options)));
  }

  Volume volume;
  std::string socket = volume / "web.sock";
};

TEST_F(Succession, IsRefusedWhereThePolicySaysSo) {
  Child first(owner("first", "policy: handover"));
  ASSERT_TRUE(serves(socket, "first")) << first.log();
  Child second(owner("second", "policy: refuse"));
  EXPECT_EQ(second.ending(), exited(75)) << second.log();
  for (const std::string part : {"held by shop", "container=first", "since="})
    EXPECT_NE(second.log().find(part), std::string::npos) << part << " is missing: " << second.log();
  EXPECT_EQ(ask(socket), "first");
}

TEST_F(Succession, IsRefusedToAnotherOwner) {
  Child first(owner("first", "policy: handover"));
  ASSERT_TRUE(serves(socket, "first")) << first.log();
  const auto manifest =
      volume.manifest("version: 1\nowner: blog\nsockets: [{path: VOLUME/web.sock}]\ntakeover: {patience: 1s}\n");
  Child other(container("other", manifest, witness_server("other", socket)));
  EXPECT_EQ(other.ending(), exited(75)) << other.log();
  EXPECT_EQ(ask(socket), "first");
  EXPECT_TRUE(first.runs());
}

TEST_F(Succession, OfAStandbyBeginsWithTheDeathOfTheFirst) {
  Child first(owner("first", "policy: standby"));
  ASSERT_TRUE(serves(socket, "first")) << first.log();
  Observer observer(socket);
  Child second(owner("second", "policy: standby"));
  ASSERT_TRUE(second.logs("standing by")) << second.log();
  EXPECT_EQ(ask(socket), "first");
  const auto took = duration_of([&] {
    first.signal(SIGKILL);
    EXPECT_TRUE(serves(socket, "second")) << second.log();
  });
  observer.stop();
  std::cout << "from the death of the first to the first answer of the second: " << took.count() << " ms\n";
  EXPECT_LT(took, 1s);
  EXPECT_EQ(observer.most_at_once(), 1U);
}

TEST_F(Succession, OfAStandbyBeginsWhenTheFirstIsStopped) {
  Child first(owner("first", "policy: standby"));
  ASSERT_TRUE(serves(socket, "first")) << first.log();
  Child second(owner("second", "policy: standby"));
  ASSERT_TRUE(second.logs("standing by")) << second.log();
  first.signal(SIGTERM);
  EXPECT_EQ(first.ending(), exited(0)) << first.log();
  EXPECT_TRUE(serves(socket, "second")) << second.log();
}

TEST_F(Succession, OfAStandbyMayBeCalledOff) {
  Child first(owner("first", "policy: standby"));
  ASSERT_TRUE(serves(socket, "first")) << first.log();
  Child second(owner("second", "policy: standby"));
  ASSERT_TRUE(second.logs("standing by")) << second.log();
  second.signal(SIGTERM);
  EXPECT_EQ(second.ending(1s).kind, Ending::Kind::exited) << second.log();
  EXPECT_EQ(ask(socket), "first");
}

TEST_F(Succession, ByHandoverEndsThePredecessorWhoSaysByWhom) {
  Observer observer(socket);
  Child first(owner("first", "policy: handover"));
  ASSERT_TRUE(serves(socket, "first")) << first.log();
  Child second(owner("second", "policy: handover"));
  EXPECT_TRUE(serves(socket, "second")) << second.log();
  EXPECT_EQ(first.ending(), exited(0)) << first.log();
  EXPECT_NE(first.log().find("superseded"), std::string::npos) << first.log();
  EXPECT_NE(first.log().find("second"), std::string::npos) << first.log();
  EXPECT_EQ(ask(socket), "second");
  observer.stop();
  EXPECT_EQ(observer.most_at_once(), 1U);
  EXPECT_EQ(volume.leftovers(), std::vector<std::string>());
}

TEST_F(Succession, RunsThroughFiveGenerations) {
  Observer observer(socket);
  std::vector<Child> containers;
  for (int generation = 1; generation <= 5; ++generation) {
    const auto id = "container" + std::to_string(generation);
    // Blind, as most servers are: only we keep it from taking what lives.
    containers.emplace_back(owner(id, "policy: handover", {"--unlink-first"}));
    ASSERT_TRUE(serves(socket, id)) << containers.back().log();
    if (generation > 1) {
      auto& predecessor = containers.at(containers.size() - 2);
      EXPECT_EQ(predecessor.ending(), exited(0)) << predecessor.log();
    }
    EXPECT_EQ(witnesses_alive(socket).size(), 1U);
  }
  observer.stop();
  std::cout << "the observer looked " << observer.looks_per_second() << " times a second\n";
  EXPECT_GT(observer.looks(), 5 * 5);
  EXPECT_EQ(observer.most_at_once(), 1U);
  EXPECT_EQ(volume.leftovers(), std::vector<std::string>());
}

TEST_F(Succession, WaitsForAPredecessorWhoIgnoresItsStop) {
  Observer observer(socket);
  Child first(owner("first", "policy: handover", {"--ignore-term", "--fork-workers", "2"}));
  ASSERT_TRUE(serves(socket, "first")) << first.log();
  Child second(owner("second", "policy: handover"));
  EXPECT_TRUE(serves(socket, "second")) << second.log();
  EXPECT_EQ(first.ending(), exited(0)) << first.log();
  observer.stop();
  EXPECT_EQ(observer.most_at_once(), 3U);  // the first and its workers, never with the second
}

TEST_F(Succession, FailsBackWhenTheSuccessorEndsBeforeItIsReady) {
  Observer observer(socket);
  Child first(owner("first", "policy: handover"));
  ASSERT_TRUE(serves(socket, "first")) << first.log();
  auto settings = owner("second", "policy: handover");
  settings.command = {solinit(), "--manifest", settings.command.at(2), "--", program("witness"), "--exit", "9"};
  Child second(settings);
  EXPECT_EQ(second.ending(), exited(9)) << second.log();
  EXPECT_TRUE(serves(socket, "first")) << first.log();
  EXPECT_TRUE(first.runs());
  observer.stop();
  EXPECT_EQ(observer.most_at_once(), 1U);
}

TEST_F(Succession, FailsBackWhenTheSuccessorIsKilledBeforeItIsReady) {
  Child first(owner("first", "policy: handover"));
  ASSERT_TRUE(serves(socket, "first")) << first.log();
  Child second(owner("second", "policy: handover", {"--no-listen"}));
  ASSERT_NE(second.witness(), 0) << second.log();
  second.signal(SIGKILL);
  EXPECT_EQ(second.ending(), killed_by(SIGKILL));
  EXPECT_TRUE(serves(socket, "first")) << first.log();
  EXPECT_TRUE(first.runs());
}

TEST_F(Succession, FailsBackWhenTheSuccessorCannotExecuteItsCommand) {
  Child first(owner("first", "policy: handover"));
  ASSERT_TRUE(serves(socket, "first")) << first.log();
  auto settings = owner("second", "policy: handover");
  settings.command = {solinit(), "--manifest", settings.command.at(2), "--", "/nonexistent"};
  Child second(settings);
  EXPECT_EQ(second.ending(), exited(127)) << second.log();
  EXPECT_TRUE(serves(socket, "first")) << first.log();
}

TEST_F(Succession, GoesOnWhenThePredecessorIsKilledMeanwhile) {
  Child first(owner("first", "policy: handover", {"--ignore-term"}));
  ASSERT_TRUE(serves(socket, "first")) << first.log();
  Child second(owner("second", "policy: handover"));
  first.signal(SIGKILL);
  EXPECT_TRUE(serves(socket, "second")) << second.log();
}

/// Its engine restarts the superseded container: it must not take back what it lost, or the two would never end.
TEST_F(Succession, IsNotUndoneByARestartOfTheSuperseded) {
  Child first(owner("first", "policy: handover"));
  ASSERT_TRUE(serves(socket, "first")) << first.log();
  Child second(owner("second", "policy: handover"));
  ASSERT_TRUE(serves(socket, "second")) << second.log();
  ASSERT_EQ(first.ending(), exited(0)) << first.log();

  Child again(owner("first", "policy: handover"));
  ASSERT_TRUE(again.logs("superseded")) << again.log();
  EXPECT_TRUE(again.logs("standing by")) << again.log();
  EXPECT_EQ(ask(socket), "second");
  second.signal(SIGKILL);
  EXPECT_TRUE(serves(socket, "first")) << again.log();
}

TEST_F(Succession, IsRefusedToTheSupersededWhereThePolicyIsToRefuse) {
  Child first(owner("first", "policy: handover"));
  ASSERT_TRUE(serves(socket, "first")) << first.log();
  Child second(owner("second", "policy: handover"));
  ASSERT_TRUE(serves(socket, "second")) << second.log();
  ASSERT_EQ(first.ending(), exited(0)) << first.log();
  Child again(owner("first", "policy: refuse"));
  EXPECT_EQ(again.ending(), exited(75)) << again.log();
  EXPECT_EQ(ask(socket), "second");
}

/// A stage of the hook and `solinit --status` hold it for less.
TEST_F(Succession, IsNotRefusedForALeaseThatIsHeldForAnInstant) {
  std::filesystem::create_directory(volume / ".solinit");
  const ownership::Fd lease(open((volume / ".solinit/web.sock.lease").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_EQ(flock(lease.get(), LOCK_SH), 0);
  const auto manifest = volume.manifest_owning("web.sock", "takeover: {policy: refuse}\n");
  Child launcher(launched("one", manifest, witness_server("first", socket)));
  ASSERT_TRUE(wait_until([&] { return has_open(launcher.pid(), "web.sock.lease"); })) << launcher.log();
  flock(lease.get(), LOCK_UN);
  EXPECT_TRUE(serves(socket, "first")) << launcher.log();
}

/// As five `docker exec` of a launcher in one container do.
TEST_F(Succession, RunsThroughFiveLaunchesInOneContainer) {
  Settings leaked;
  leaked.command = witness_server("leaked", socket, {"--unlink-first"});
  Child stranger(leaked);
  ASSERT_TRUE(serves(socket, "leaked")) << stranger.log();
  std::vector<Child> launchers;
  for (int count = 1; count <= 5; ++count) {
    const auto id = "launch" + std::to_string(count);
    const auto manifest = volume.manifest_owning("web.sock", "stop: {grace: 1s}\n");
    launchers.emplace_back(launched("one", manifest, witness_server(id, socket, {"--unlink-first"})));
    ASSERT_TRUE(serves(socket, id)) << launchers.back().log();
    EXPECT_EQ(witnesses_alive(socket).size(), 1U);
    if (count == 1) {
      EXPECT_NE(stranger.ending().kind, Ending::Kind::runs);
      continue;
    }
    auto& predecessor = launchers.at(launchers.size() - 2);
    EXPECT_EQ(predecessor.ending(), exited(0)) << predecessor.log();
    EXPECT_NE(predecessor.log().find("superseded"), std::string::npos) << predecessor.log();
  }
}

/// The launcher alone is killed, not its container: the web process lives on and holds the lease.
TEST_F(Succession, FollowsALauncherThatWasKilledAlone) {
  const auto manifest = volume.manifest_owning("web.sock", "stop: {grace: 1s}\ntakeover: {patience: 5s}\n");
  Child first(launched("one", manifest, witness_server("first", socket)));
  ASSERT_TRUE(serves(socket, "first")) << first.log();
  first.signal(SIGKILL);
  ASSERT_EQ(first.ending(), killed_by(SIGKILL));
  Observer observer(socket);
  Child second(launched("one", manifest, witness_server("second", socket)));
  EXPECT_TRUE(serves(socket, "second")) << second.log();
  observer.stop();
  EXPECT_EQ(observer.most_at_once(), 1U);
}

/// Its control socket is gone, but it lives: its tree is no orphan.
TEST_F(Succession, LeavesTheTreeOfALauncherThatLives) {
  const auto manifest = volume.manifest_owning("web.sock", "stop: {grace: 1s}\ntakeover: {patience: 1s}\n");
  Child first(launched("one", manifest, witness_server("first", socket)));
  ASSERT_TRUE(serves(socket, "first")) << first.log();
  ASSERT_TRUE(std::filesystem::remove(volume / ".solinit/web.sock.ctl"));
  Child second(launched("one", manifest, witness_server("second", socket)));
  EXPECT_EQ(second.ending(), exited(75)) << second.log();
  EXPECT_TRUE(first.runs()) << first.log();
  EXPECT_EQ(ask(socket), "first");
}

TEST(ObserverOfSuccession, SeesTwoWhereThereAreTwo) {
  const Volume volume;
  const auto socket = volume / "web.sock";
  Observer observer(socket);
  Settings settings;
  settings.command = witness_server("first", socket);
  Child first(settings);
  ASSERT_TRUE(serves(socket, "first")) << first.log();
  settings.command = witness_server("second", socket, {"--unlink-first"});
  Child second(settings);
  ASSERT_TRUE(serves(socket, "second")) << second.log();
  observer.stop();
  EXPECT_EQ(observer.most_at_once(), 2U);
}

/// One that lives for some milliseconds beside another is seen, too.
TEST(ObserverOfSuccession, SeesAShortOverlap) {
  const Volume volume;
  const auto socket = volume / "web.sock";
  Settings settings;
  settings.command = witness_server("first", socket);
  Child first(settings);
  ASSERT_TRUE(serves(socket, "first")) << first.log();
  Observer observer(socket);
  settings.command =
      witness_server("second", socket, {"--unlink-first", "--notify-late", "50", "--exit-after-start", "3"});
  settings.environment = {"NOTIFY_SOCKET=" + (volume / "notify")};
  const auto notified = bound_socket(volume / "notify", SOCK_DGRAM, -1);
  Child second(settings);
  EXPECT_EQ(second.ending(), exited(3)) << second.log();
  observer.stop();
  EXPECT_EQ(observer.most_at_once(), 2U);
}

}  // namespace
}  // namespace support
