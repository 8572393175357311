#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iostream>

#include "ownership/fd.h"
#include "tests/support/load.h"
#include "tests/support/observer.h"
#include "tests/support/programs.h"
#include "tests/support/requirement.h"
#include "tests/support/sockets.h"
#include "tests/support/volume.h"

// What an operator does to a launcher that serves: restarts its web process in its place, or harms its path.

namespace support {
namespace {

class Operate : public testing::Test {
 protected:
  Operate()
      : manifest(volume.manifest_owning(
            "web.sock", "    activation: inherit\nstop: {grace: 1s}\nrestart: {signal: HUP}\ntakeover: {drain: 50ms}\n")) {}

  Settings launch(std::vector<std::string> options = {}) const {
    options.insert(options.begin(), "--inherit");
    return launched("test", manifest, witness_server("web", socket, std::move(options)));
  }
  Ending restart() const {
    Settings settings;
    settings.command = {solinit(), "--restart", "--manifest", manifest};
    return Child(settings).ending();
  }
  bool has_another_witness(const Child& launcher, pid_t before) const {
    return wait_until([&] {
      const auto now = launcher.witness();
      return now != 0 && now != before && ask(socket) == "web";
    });
  }

  Volume volume;
  std::string socket = volume / "web.sock";
  std::string manifest;
};

TEST_F(Operate, RestartsTheWebProcessWithoutLosingARequest) {
  Child launcher(launch());
  ASSERT_TRUE(serves(socket, "web")) << launcher.log();
  Observer observer(socket);
  Load load(socket, 8);
  for (int count = 0; count < 5; ++count) {
    const pid_t before = launcher.witness();
    const long served = load.served();
    ASSERT_TRUE(wait_until([&] { return load.served() > served + 50; })) << launcher.log();
    if (count % 2 == 0) {
      EXPECT_TRUE(wait_until([&] { return restart() == exited(0); })) << launcher.log();
    } else {
      launcher.signal(SIGHUP);
    }
    EXPECT_TRUE(wait_until([&] { return witnesses_alive(socket) != std::vector<pid_t>{before}; }));
    EXPECT_TRUE(wait_until([&] { return launcher.witness() != before || !witnesses_alive(socket).empty(); }));
    ASSERT_TRUE(wait_until([&] {
      const auto alive = witnesses_alive(socket);
      return alive.size() == 1 && alive.front() != before && ask(socket) == "web";
    })) << launcher.log();
  }
  load.stop();
  observer.stop();
  EXPECT_EQ(load.failed(), 0) << load.first_failure() << launcher.log();
  EXPECT_EQ(observer.most_at_once(), 1U);
  EXPECT_EQ(volume.leftovers(), std::vector<std::string>());
  EXPECT_TRUE(launcher.runs());
}

TEST_F(Operate, RestartsAWebProcessThatBindsItself) {
  const auto bind = volume.manifest_owning("web.sock", "stop: {grace: 1s}\nrestart: {signal: USR1}\n");
  Child launcher(launched("test", bind, witness_server("web", socket)));
  ASSERT_TRUE(serves(socket, "web")) << launcher.log();
  const auto before = witnesses_alive(socket);
  launcher.signal(SIGUSR1);
  EXPECT_TRUE(wait_until([&] {
    const auto alive = witnesses_alive(socket);
    return alive.size() == 1 && alive != before && ask(socket) == "web";
  })) << launcher.log();
}

TEST_F(Operate, SaysThatThereIsNothingToRestart) { EXPECT_EQ(restart(), exited(75)); }

TEST_F(Operate, PublishesAgainWhatWasRemoved) {
  Child launcher(launch());
  ASSERT_TRUE(serves(socket, "web")) << launcher.log();
  std::chrono::milliseconds longest{0};
  for (int count = 0; count < 10; ++count) {
    std::filesystem::remove(socket);
    longest = std::max(longest, duration_of([&] { EXPECT_TRUE(serves(socket, "web")) << launcher.log(); }));
  }
  std::cout << "from rm to the next answer: at most " << longest.count() << " ms\n";
  EXPECT_TRUE(launcher.logs("published again")) << launcher.log();
  EXPECT_EQ(volume.leftovers(), std::vector<std::string>());
}

TEST_F(Operate, KeepsTheSignalOfALogThatNobodyReadsToItself) {
  int log[2];
  ASSERT_EQ(pipe2(log, O_CLOEXEC), 0);
  const ownership::Fd nobody_reads(log[1]);
  close(log[0]);
  auto settings = launch();
  const std::vector<std::string> to_the_pipe{"/bin/sh", "-c", "exec \"$@\" 2>&9", "sh"};
  settings.command.insert(settings.command.begin(), to_the_pipe.begin(), to_the_pipe.end());
  settings.descriptors[9] = nobody_reads.get();
  Child launcher(settings);
  ASSERT_TRUE(serves(socket, "web"));
  const pid_t before = launcher.witness();
  // Each is told in a line; by the second the signal of the first was heard.
  for (int count = 0; count < 2; ++count) {
    std::filesystem::remove(socket);
    ASSERT_TRUE(wait_until([&] { return std::filesystem::exists(socket); }));
  }
  EXPECT_EQ(ask(socket), "web");
  EXPECT_EQ(witnesses_alive(socket), std::vector<pid_t>{before});
  launcher.signal(SIGPIPE);
  EXPECT_NE(launcher.ending(), (Ending{})) << "what somebody else sends is passed on";
}

TEST_F(Operate, PublishesAgainAndEvictsASecondServer) {
  if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
  Child launcher(launch());
  ASSERT_TRUE(serves(socket, "web")) << launcher.log();
  for (const std::vector<std::string>& options : {std::vector<std::string>{}, {"--ignore-term"}}) {
    Settings settings;
    settings.command = witness_server("stranger", volume / "other.sock", options);
    Child stranger(settings);
    ASSERT_NE(stranger.witness(), 0) << stranger.log();
    std::filesystem::rename(volume / "other.sock", socket);
    EXPECT_NE(stranger.ending().kind, Ending::Kind::runs) << launcher.log();
    EXPECT_TRUE(serves(socket, "web")) << launcher.log();
  }
  EXPECT_TRUE(launcher.logs("evicting a stranger")) << launcher.log();
}

/// Nothing else wakes the launcher once the successor is gone.
TEST_F(Operate, WatchesItsPathAgainWhenASuccessorWasLost) {
  if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
  Child launcher(launch());
  ASSERT_TRUE(serves(socket, "web")) << launcher.log();
  Child successor(launched("next", volume.manifest_owning("web.sock", "    activation: inherit\ntakeover: {order: overlap}\n"),
                           witness_server("next", socket, {"--inherit", "--exit-after-start", "9"})));
  EXPECT_EQ(successor.ending(), exited(9)) << successor.log();
  EXPECT_TRUE(launcher.logs("gave up")) << launcher.log();
  Settings settings;
  settings.command = witness_server("stranger", volume / "other.sock");
  Child stranger(settings);
  ASSERT_NE(stranger.witness(), 0) << stranger.log();
  std::filesystem::rename(volume / "other.sock", socket);
  EXPECT_TRUE(serves(socket, "web")) << launcher.log();
  EXPECT_NE(stranger.ending().kind, Ending::Kind::runs) << launcher.log();
}

TEST_F(Operate, MakesAgainWhatWasRemovedBesideItsSocket) {
  Child launcher(launch());
  ASSERT_TRUE(serves(socket, "web")) << launcher.log();
  const auto record = volume / ".solinit/web.sock.owner";
  ASSERT_TRUE(wait_until([&] { return read_file(record).find("\"test\"") != std::string::npos; }));
  std::filesystem::remove(record);
  std::filesystem::remove(volume / ".solinit/web.sock.ctl");
  EXPECT_TRUE(wait_until([&] { return restart() == exited(0); }, 20s)) << launcher.log();
  EXPECT_TRUE(wait_until([&] { return read_file(record).find("\"test\"") != std::string::npos; })) << launcher.log();
}

/// They bind in whatever moment of the repair: each is ended, or finds the path taken; none lives on out of reach.
TEST_F(Operate, OutlivesManySecondServers) {
  if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
  Child launcher(launch());
  ASSERT_TRUE(serves(socket, "web")) << launcher.log();
  for (int count = 0; count < 300 && !HasFailure(); ++count) {
    Settings settings;
    settings.command = witness_server("stranger", socket, {"--unlink-first"});
    Child stranger(settings);
    EXPECT_NE(stranger.ending().kind, Ending::Kind::runs) << "number " << count << launcher.log();
  }
  EXPECT_TRUE(serves(socket, "web")) << launcher.log();
  EXPECT_EQ(volume.leftovers(), std::vector<std::string>());
}

TEST_F(Operate, LeavesAFileAtItsPathAlone) {
  Child launcher(launch());
  ASSERT_TRUE(serves(socket, "web")) << launcher.log();
  write_file(volume / "precious", "data");
  std::filesystem::rename(volume / "precious", socket);
  EXPECT_TRUE(launcher.logs("lost the path")) << launcher.log();
  EXPECT_EQ(read_file(socket), "data");
  std::filesystem::remove(socket);
  EXPECT_TRUE(serves(socket, "web")) << launcher.log();
}

TEST_F(Operate, LetsASuccessorPublishWhileItWatches) {
  if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
  const auto generation = [&](const std::string& id) {
    return container(id, manifest, witness_server(id, socket, {"--inherit"}));
  };
  Child first(generation("first"));
  ASSERT_TRUE(serves(socket, "first")) << first.log();
  Child second(generation("second"));
  ASSERT_TRUE(second.logs("took over from")) << second.log();
  EXPECT_EQ(first.log().find("published again"), std::string::npos) << first.log();
  std::filesystem::remove(socket);
  EXPECT_TRUE(serves(socket, "second")) << second.log();
}

}  // namespace
}  // namespace support
