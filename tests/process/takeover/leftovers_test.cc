#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "tests/support/observer.h"
#include "tests/support/programs.h"
#include "tests/support/requirement.h"
#include "tests/support/sockets.h"
#include "tests/support/volume.h"

// What a start finds at its path: leftovers of the dead, strangers that live, and what is none of its business.

namespace support {
namespace {

class Start : public testing::Test {
 protected:
  Settings launch_beside(const std::string& more = "") {
    return launched("test", volume.manifest_owning("web.sock", "stop: {grace: 500ms}\n" + more),
                    witness_server("ours", socket));
  }
  void expect_serves(const Settings& settings) {
    Child launcher(settings);
    EXPECT_TRUE(serves(socket, "ours")) << launcher.log();
    // What another user's process executes is told only to who may trace it: not in a plain container.
    if (!settings.user) {
      EXPECT_EQ(witnesses_alive(socket).size(), 1U);
    }
    EXPECT_EQ(executed_by(launcher.pid()).size(), 1U);
    EXPECT_EQ(volume.leftovers(), std::vector<std::string>());
    launcher.signal(SIGTERM);
    EXPECT_EQ(launcher.ending(), exited(0)) << launcher.log();
  }
  void expect_refusal(const Settings& settings, int code) {
    Child launcher(settings);
    EXPECT_EQ(launcher.ending(), exited(code)) << launcher.log();
    EXPECT_TRUE(launcher.log().starts_with("solinit: error: ")) << launcher.log();
    EXPECT_NE(launcher.log().find(volume.path()), std::string::npos) << launcher.log();
    EXPECT_EQ(volume.leftovers(), std::vector<std::string>());
  }
  /// Starts a server without solinit, and waits until it serves (or does whatever it does in place of that).
  Child stranger(const std::vector<std::string>& options) {
    Settings settings;
    settings.command = witness_server("stranger", socket, options);
    Child server(settings);
    EXPECT_NE(server.witness(), 0) << server.log();
    return server;
  }

  Volume volume;
  std::string socket = volume / "web.sock";
};

TEST_F(Start, ServesOnAnEmptyVolume) { expect_serves(launch_beside()); }

TEST_F(Start, LeavesNoSocketBehindWhenItIsStopped) {
  Child launcher(launch_beside());
  ASSERT_TRUE(serves(socket, "ours")) << launcher.log();
  launcher.signal(SIGTERM);
  ASSERT_EQ(launcher.ending(), exited(0)) << launcher.log();
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(socket)));
}

TEST_F(Start, RemovesAStaleSocket) {
  leave_stale_socket(socket);
  expect_serves(launch_beside());
}

TEST_F(Start, RemovesTheSocketOfAKilledContainer) {
  if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
  for (int run = 0; run < 3; ++run) {
    Child launcher(container("same", volume.manifest_owning("web.sock"), witness_server("ours", socket)));
    ASSERT_TRUE(serves(socket, "ours")) << launcher.log();
    launcher.signal(SIGKILL);
    EXPECT_EQ(launcher.ending(), killed_by(SIGKILL));
    EXPECT_EQ(ask(socket), "");
  }
}

/// The number of the dead web process is that of a living process in the next container: of the launcher, of whatever.
TEST_F(Start, RemovesAStalePidFileWhoseNumberIsAliveAgain) {
  if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
  const auto pid_file = volume / "web.pid";
  const auto manifest =
      volume.manifest("version: 1\nowner: shop\npid_files: [VOLUME/web.pid]\nsockets: [{path: VOLUME/web.sock}]\n");
  for (const std::string number : {"1", "2", "3", "4", "7", "1\n", ""}) {
    write_file(pid_file, number);
    Child launcher(container("test", manifest, witness_server("ours", socket, {"--pid-file", pid_file})));
    EXPECT_TRUE(serves(socket, "ours")) << number << ": " << launcher.log() << launcher.out();
    launcher.signal(SIGTERM);
    EXPECT_EQ(launcher.ending(), exited(0)) << launcher.log();
  }
}

/// As Rails and httpd are: a TCP server whose only file on the volume is a pid file.
TEST_F(Start, RemovesTheStalePidFileOfATcpServer) {
  if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
  const auto pid_file = volume / "server.pid";
  const auto manifest = volume.manifest("version: 1\nowner: shop\npid_files: [VOLUME/server.pid]\n");
  for (int run = 0; run < 3; ++run) {
    auto settings =
        container("test", manifest, {program("witness_server"), "--tcp", "8080", "--pid-file", pid_file, "ours"});
    Child launcher(settings);
    EXPECT_GT(launcher.witness(), 1) << launcher.log() << launcher.out();
    launcher.signal(SIGKILL);
    EXPECT_EQ(launcher.ending(), killed_by(SIGKILL));
    EXPECT_FALSE(read_file(pid_file).empty());
  }
}

struct Case {
  std::string name;
  std::vector<std::string> options;
};
std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.name; }

class Stranger : public Start, public testing::WithParamInterface<Case> {};

TEST_P(Stranger, IsEvicted) {
  auto server = stranger(GetParam().options);
  ownership::Fd queued[3];
  if (GetParam().name == "WithAFullQueue")
    for (auto& connection : queued) connection = connect_to(socket, SOCK_STREAM);
  Child launcher(launch_beside());
  EXPECT_TRUE(serves(socket, "ours")) << launcher.log();
  EXPECT_NE(server.ending(0ms).kind, Ending::Kind::runs);
  EXPECT_EQ(witnesses_alive(socket).size(), 1U);
  EXPECT_NE(launcher.log().find(std::to_string(server.pid())), std::string::npos) << launcher.log();
  EXPECT_EQ(volume.leftovers(), std::vector<std::string>());
}

TEST_P(Stranger, IsLeftAloneWhereTheManifestSaysSo) {
  auto server = stranger(GetParam().options);
  expect_refusal(launch_beside("takeover: {strangers: refuse}\n"), 75);
  EXPECT_TRUE(server.runs());
  EXPECT_TRUE(std::filesystem::is_socket(socket));
}

INSTANTIATE_TEST_SUITE_P(Start, Stranger,
                         testing::Values(Case{"WhoServes", {}}, Case{"WhoIsStopped", {"--stop-self"}},
                                         Case{"WhoIgnoresTerm", {"--ignore-term"}},
                                         Case{"WithAFullQueue", {"--no-accept", "--backlog", "0"}},
                                         Case{"WhoDoesNotListen", {"--no-listen"}},
                                         Case{"OfSeqpacket", {"--seqpacket"}}, Case{"OfDatagrams", {"--dgram"}},
                                         Case{"WithWorkers", {"--fork-workers", "3"}}),
                         [](const auto& one) { return one.param.name; });

TEST_F(Start, LeavesAStrangerInAnotherNamespaceAlone) {
  if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
  Settings elsewhere;
  elsewhere.command = witness_server("stranger", socket);
  elsewhere.as = As::pid_one;
  elsewhere.has_own_network = true;
  elsewhere.command.insert(elsewhere.command.begin(), {"/bin/sh", "-c", "\"$@\" & wait", "sh"});
  Child server(elsewhere);
  ASSERT_TRUE(serves(socket, "stranger")) << server.log();
  expect_refusal(container("test", volume.manifest_owning("web.sock"), witness_server("ours", socket)), 75);
  EXPECT_EQ(ask(socket), "stranger");
}

TEST_F(Start, LeavesAFileAlone) {
  write_file(socket, "precious");
  expect_refusal(launch_beside(), 78);
  EXPECT_EQ(read_file(socket), "precious");
}

TEST_F(Start, LeavesAFileAloneThatIsNoPidFile) {
  write_file(volume / "web.pid", "precious");
  const auto manifest = volume.manifest("version: 1\nowner: shop\npid_files: [VOLUME/web.pid]\n");
  expect_refusal(launched("test", manifest, {program("witness")}), 78);
  EXPECT_EQ(read_file(volume / "web.pid"), "precious");
}

TEST_F(Start, LeavesALinkAlone) {
  const auto real = volume / "real.sock";
  leave_stale_socket(real);
  std::filesystem::create_symlink(real, socket);
  expect_refusal(launch_beside(), 78);
  EXPECT_TRUE(std::filesystem::is_symlink(socket));
  EXPECT_TRUE(std::filesystem::is_socket(real));
}

TEST_F(Start, LeavesADirectoryAlone) {
  std::filesystem::create_directory(socket);
  write_file(socket + "/file", "precious");
  expect_refusal(launch_beside(), 78);
  EXPECT_EQ(read_file(socket + "/file"), "precious");
}

TEST_F(Start, RefusesWhereItMayNotLook) {
  if (const auto lack = lack_of_root(); !lack.empty()) return skip(lack);
  std::filesystem::create_directory(volume / "closed");
  socket = volume / "closed/web.sock";
  leave_stale_socket(socket);
  chmod((volume / "closed").c_str(), 0700);
  auto settings = launched("test", volume.manifest_owning("closed/web.sock"), witness_server("ours", socket));
  settings.user = nobody_else();
  expect_refusal(settings, 77);
  EXPECT_TRUE(std::filesystem::is_socket(socket));
}

/// The directory may be read and written; the socket belongs to somebody who lets nobody else in.
TEST_F(Start, RefusesWhereItMayNotAsk) {
  if (const auto lack = lack_of_root(); !lack.empty()) return skip(lack);
  volume.give_to(nobody_else());
  leave_stale_socket(socket);
  chmod(socket.c_str(), 0600);
  auto settings = launch_beside();
  settings.user = nobody_else();
  expect_refusal(settings, 77);
  EXPECT_TRUE(std::filesystem::is_socket(socket));
}

TEST_F(Start, ServesAsAnyUserOnAVolumeOfItsOwn) {
  if (const auto lack = lack_of_root(); !lack.empty()) return skip(lack);
  volume.give_to(nobody_else());
  auto settings = launch_beside();
  settings.user = nobody_else();
  expect_serves(settings);
}

TEST_F(Start, SaysThatTheDirectoryIsMissing) {
  Child launcher(launched("test", volume.manifest_owning("missing/web.sock"), witness_server("ours", socket)));
  EXPECT_EQ(launcher.ending(), exited(78)) << launcher.log();
  EXPECT_NE(launcher.log().find("missing"), std::string::npos) << launcher.log();
}

}  // namespace
}  // namespace support
