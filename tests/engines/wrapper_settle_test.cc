#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "tests/engines/hosted.h"
#include "tests/support/sockets.h"

namespace engines {
namespace {

const Argv with_pid_file{"--pid-file", pid_file_path};

/// The verdict table, as the users of an engine meet it: images without a launcher.
struct Settled : OnHost {
  ino_t inode() const {
    struct stat found {};
    return ::lstat(shop.on_host(socket_path).c_str(), &found) == 0 ? found.st_ino : 0;
  }

  /// Started and answering.
  void serve(Hosted& web, const std::string& name) const {
    const auto said = web.start();
    ASSERT_EQ(said.exit_code, 0) << said.err;
    ASSERT_TRUE(shop.serves(name)) << web.log();
  }

  /// That the engine refuses to start it, and that its user reads `text`.
  static void refuse(Hosted& web, const std::string& text) {
    const auto said = web.start();
    EXPECT_NE(said.exit_code, 0);
    EXPECT_NE(said.err.find(text), std::string::npos) << said.err;
    EXPECT_FALSE(web.is_running());
  }
};

struct SettledByEngine : Settled {};

}  // namespace

TEST_P(Settled, AStaleSocketStopsAContainerThatNobodySpeaksOf) {
  support::leave_stale_socket(shop.on_host(socket_path));
  auto web = hosted(shop.blind("web"));
  ASSERT_EQ(web.start().exit_code, 0);
  EXPECT_EQ(web.exit_code(), 1);
  EXPECT_TRUE(web.says("Address already in use")) << web.log();
}

TEST_P(Settled, AStaleSocketGivesWay) {
  own_socket();
  support::leave_stale_socket(shop.on_host(socket_path));
  auto web = hosted(shop.blind("web"));
  serve(web, "web");
}

TEST_P(Settled, WhatSigkillLeavesIsGoneWithTheContainer) {
  own_socket();
  auto web = hosted(shop.blind("web"));
  for (int turn = 0; turn < 2; ++turn) {
    serve(web, "web");
    ASSERT_NE(inode(), 0u);
    web.kill(SIGKILL);
    EXPECT_EQ(web.exit_code(), 137);
    EXPECT_TRUE(wait_until([&] { return inode() == 0; })) << "poststop has not removed it";
  }
}

TEST_P(Settled, ALeakedPredecessorIsEvicted) {
  own_socket();
  auto old = hosted(shop.blind("old")), young = hosted(shop.blind("young"));
  serve(old, "old");
  const Observer observer(shop.mark());
  serve(young, "young");
  EXPECT_EQ(old.exit_code(), 0) << old.log();
  EXPECT_EQ(observer.most_at_once(), 1u);
}

TEST_P(Settled, APredecessorThatOnlyBoundIsSeenAndEvicted) {
  own_socket();
  auto old = hosted(shop.blind("old", {"--no-listen"})), young = hosted(shop.blind("young"));
  ASSERT_EQ(old.start().exit_code, 0);
  ASSERT_TRUE(wait_until([&] { return inode() != 0; }));
  serve(young, "young");
  EXPECT_EQ(old.exit_code(), 0) << old.log();
}

TEST_P(Settled, APredecessorStaysWhereStrangersAreNotEvicted) {
  own_socket("takeover: {strangers: refuse}\n");
  auto old = hosted(shop.blind("old")), young = hosted(shop.blind("young"));
  serve(old, "old");
  const auto before = inode();
  refuse(young, "cannot clear /run/web/web.sock: witness_server pid=");
  EXPECT_EQ(inode(), before);
  EXPECT_EQ(shop.answer(), "old");
}

TEST_P(Settled, AServerOfNoContainerIsNamedAndStays) {
  own_socket();
  const auto ours = support::bound_socket(shop.on_host(socket_path), SOCK_STREAM, -1);
  const auto before = inode();
  auto web = hosted(shop.blind("web"));
  refuse(web, "engines_test pid=" + std::to_string(::getpid()));
  EXPECT_EQ(inode(), before) << "it was bound, though it did not listen";
}

TEST_P(Settled, AForeignFileStaysAndStopsTheStart) {
  own_socket();
  write_file(shop.on_host(socket_path), "precious");
  auto web = hosted(shop.blind("web"));
  refuse(web, "a regular file stands there");
  EXPECT_EQ(read_file(shop.on_host(socket_path)), "precious");
}

TEST_P(Settled, AStalePidFileGivesWay) {
  own(std::string("sockets: [{path: ") + socket_path + "}]\npid_files: [" + pid_file_path + "]\n");
  write_file(shop.on_host(pid_file_path), "1\n");
  auto web = hosted(shop.blind("web", with_pid_file));
  serve(web, "web");
}

TEST_P(Settled, ALauncherGivesWayToAnImageWithoutOne) {
  own_socket();
  shop.own_socket();
  auto old = hosted(shop.solinit("old")), young = hosted(shop.blind("young"));
  serve(old, "old");
  const Observer observer(shop.mark());
  serve(young, "young");
  EXPECT_TRUE(old.exit_code().has_value()) << old.log();
  EXPECT_EQ(observer.most_at_once(), 1u);
}

TEST_P(Settled, ALauncherStaysWhereThePolicyRefuses) {
  own_socket("takeover: {policy: refuse}\n");
  shop.own_socket();
  auto old = hosted(shop.solinit("old")), young = hosted(shop.blind("young"));
  serve(old, "old");
  refuse(young, "cannot take the lease of /run/web/web.sock: held by ");
  EXPECT_EQ(shop.answer(), "old");
}

TEST_P(Settled, ALauncherIsLeftToTheOneThatComes) {
  own_socket();
  shop.own_socket();
  auto old = hosted(shop.solinit("old")), young = hosted(shop.solinit("young"));
  serve(old, "old");
  serve(young, "young");
  EXPECT_EQ(old.exit_code(), 0) << old.log();
  EXPECT_TRUE(!old.keeps_last_words() || old.says("superseded by")) << old.log();
}

TEST_P(Settled, ABrokenManifestIsReadByWhoeverStartsWhatItSpeaksOf) {
  own_socket("sokets: []\n");
  auto web = hosted(shop.blind("web"));
  refuse(web, "sokets: unknown key; did you mean 'sockets'?");
}

TEST_P(SettledByEngine, ServesAgainAfterRestart) {
  own_socket();
  auto web = hosted(shop.blind("web", {"--ignore-term"}));  // is killed, so that its socket stays
  serve(web, "web");
  for (int turn = 0; turn < 2; ++turn) {
    const auto said = web.restart();
    EXPECT_EQ(said.exit_code, 0) << said.err;
    EXPECT_TRUE(shop.serves("web")) << web.log();
  }
}

INSTANTIATE_TEST_SUITE_P(By, Settled, every_host, host_name);
INSTANTIATE_TEST_SUITE_P(By, SettledByEngine, engines_alone, host_name);

}  // namespace engines
