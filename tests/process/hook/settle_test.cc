#include <fcntl.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "tests/process/hook/staged.h"
#include "tests/process/ownership/subprocess.h"
#include "tests/support/programs.h"
#include "tests/support/sockets.h"
#include "tests/support/volume.h"

namespace support {
namespace {

namespace fs = std::filesystem;

/// The verdict table, from outside of the containers.
struct HookSettles : Staged {
  void SetUp() override {
    Staged::SetUp();
    if (!IsSkipped()) own();
  }
};

TEST_F(HookSettles, NothingWhereNothingStands) {
  const auto young = container();
  auto hook = create(young);
  EXPECT_EQ(hook.ending(), exited(0)) << hook.log();
  EXPECT_EQ(hook.log(), "");
  EXPECT_TRUE(fs::is_empty(volume())) << "a volume that nobody has used stays as it is";
}

TEST_F(HookSettles, AStaleSocket) {
  leave_stale_socket(socket());
  const auto young = container();
  auto hook = create(young);
  EXPECT_EQ(hook.ending(), exited(0)) << hook.log();
  EXPECT_EQ(hook.log(), "") << "what goes well is told to the journal alone";
  EXPECT_FALSE(stands(socket()));
  EXPECT_TRUE(quarantined().empty());
  EXPECT_NE(report().find("removed the stale socket /run/web/web.sock: nobody is bound to it"), std::string::npos);
}

TEST_F(HookSettles, AStaleSocketWhoseLeaseAnotherStageHoldsForAMoment) {
  leave_stale_socket(socket());
  fs::create_directory(volume() + "/.solinit");
  const auto lease = volume() + "/.solinit/web.sock.lease", locked = place_ / "locked", go = place_ / "go";
  const subprocess::Background stage([&] {
    prctl(PR_SET_NAME, "solinit-hook");
    const ownership::Fd file(open(lease.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (flock(file.get(), LOCK_EX) == 0) write_file(locked, "");
    wait_until([&] { return stands(go); });
  });
  ASSERT_TRUE(wait_until([&] { return stands(locked); }));
  const auto young = container();
  Child hook(call("createRuntime", state(young.pid())));
  ASSERT_TRUE(wait_until([&] { return status_field(hook.pid(), "Name") == "solinit-hook"; }));
  EXPECT_EQ(hook.ending(200ms), Ending{}) << "it waits: " << hook.log();
  write_file(go, "");
  EXPECT_EQ(hook.ending(), exited(0)) << hook.log();
  EXPECT_FALSE(stands(socket()));
}

TEST_F(HookSettles, TheSameInPrestart) {
  leave_stale_socket(socket());
  const auto young = container();
  auto hook = run("prestart", state(young.pid()));
  EXPECT_EQ(hook.ending(), exited(0)) << hook.log();
  EXPECT_FALSE(stands(socket()));
}

TEST_F(HookSettles, NoStrangerByARecordWhoseContainerHasEnded) {
  auto old = container();
  ASSERT_EQ(create(old, "old").ending(), exited(0));
  old.signal(SIGKILL);
  ASSERT_EQ(old.ending(), killed_by(SIGKILL));
  // Another may have its numbers by now.
  auto other = server("other");
  const auto young = container();
  EXPECT_EQ(create(young, "young").ending(), exited(75));
  EXPECT_EQ(ask(socket()), "other");
}

TEST_F(HookSettles, ALeakedPredecessorByTerm) {
  const auto go = place_ / "go";
  auto old = container({"/bin/sh", "-c", "until [ -e \"$0\" ]; do sleep 0.01; done; exec \"$@\"", go,
                        program("witness_server"), "old", socket()});
  ASSERT_EQ(create(old, "old").ending(), exited(0));
  write_file(go, "");
  ASSERT_NE(old.witness(), 0);
  const auto young = container();
  auto hook = create(young, "young");
  EXPECT_EQ(hook.ending(), exited(0)) << hook.log();
  EXPECT_EQ(old.ending(), exited(0));
  EXPECT_FALSE(stands(socket()));
  EXPECT_NE(report().find("evicted a stranger from /run/web/web.sock: it served without a lease pid=" +
                          std::to_string(old.pid()) + " command=witness_server"),
            std::string::npos)
      << report();
}

TEST_F(HookSettles, NoStrangerOfUnknownOwner) {
  const auto old = server("old");
  const auto young = container();
  auto hook = create(young, "young");
  EXPECT_EQ(hook.ending(), exited(75));
  EXPECT_TRUE(hook.log().starts_with("solinit-hook: error: cannot clear /run/web/web.sock: witness_server pid=" +
                                     std::to_string(old.pid()) + " "))
      << hook.log();
  EXPECT_NE(hook.log().find("serves it without a lease, and is not ours to end"), std::string::npos) << hook.log();
  EXPECT_EQ(ask(socket()), "old");
}

TEST_F(HookSettles, NeverAServerThatIsBoundAndDoesNotListen) {
  const auto bound = bound_socket(socket(), SOCK_STREAM, -1);
  const auto young = container();
  auto hook = create(young);
  EXPECT_EQ(hook.ending(), exited(75)) << hook.log();
  EXPECT_TRUE(stands(socket()));
}

TEST_F(HookSettles, NoForeignFile) {
  const auto young = container();
  for (const auto& [make, name] : std::vector<std::pair<std::function<void()>, std::string>>{
           {[&] { write_file(socket(), "precious"); }, "a regular file"},
           {[&] { fs::create_directory(socket()); }, "a directory"},
           {[&] { fs::create_symlink("/etc/passwd", socket()); }, "a symbolic link"},
           {[&] { mkfifo(socket().c_str(), 0600); }, "a FIFO"}}) {
    make();
    auto hook = create(young);
    EXPECT_EQ(hook.ending(), exited(78)) << name;
    EXPECT_NE(hook.log().find(name + " stands there"), std::string::npos) << hook.log();
    EXPECT_TRUE(stands(socket())) << name;
    fs::remove(socket());
  }
}

TEST_F(HookSettles, StalePidFilesAndNoLivingOnes) {
  own("pid_files: [/run/web/web.pid]\n");
  const auto file = volume() + "/web.pid";
  write_file(file, "7\n");
  const auto young = container();
  auto hook = create(young);
  EXPECT_EQ(hook.ending(), exited(0)) << hook.log();
  EXPECT_FALSE(stands(file));

  write_file(file, "1\n");
  EXPECT_EQ(create(young).ending(), exited(0)) << "the container that is being made has written nothing";
  EXPECT_FALSE(stands(file));

  const auto other = container();
  write_file(file, "1\n");
  hook = create(young);
  EXPECT_EQ(hook.ending(), exited(75)) << "PID 1 of a container that sees the volume may have written it";
  EXPECT_NE(hook.log().find("has its number"), std::string::npos) << hook.log();
  EXPECT_TRUE(stands(file));
}

TEST_F(HookSettles, NothingOfAPrivatePlace) {
  own("sockets: [{path: /run/other/web.sock}, {path: /tmp/web.sock, name: other}]\n");
  fs::create_directories(root() + "/run/other");
  leave_stale_socket(root() + "/run/other/web.sock");
  const auto young = container();
  auto hook = create(young);
  EXPECT_EQ(hook.ending(), exited(0)) << hook.log();
  EXPECT_TRUE(stands(root() + "/run/other/web.sock"));
}

TEST_F(HookSettles, WhatALinkOfTheImageLeadsTo) {
  own("sockets: [{path: /var/run/web/web.sock}]\n");
  fs::create_directories(root() + "/var");
  fs::create_symlink("/run", root() + "/var/run");
  leave_stale_socket(socket());
  const auto young = container();
  auto hook = create(young);
  EXPECT_EQ(hook.ending(), exited(0)) << hook.log();
  EXPECT_FALSE(stands(socket()));
}

TEST_F(HookSettles, NothingThatALinkInTheVolumeLeadsTo) {
  own("sockets: [{path: /run/web/sub/web.sock}]\n");
  fs::create_directories(volume() + "/real");
  leave_stale_socket(volume() + "/real/web.sock");
  fs::create_symlink("real", volume() + "/sub");
  const auto young = container();
  auto hook = create(young);
  EXPECT_EQ(hook.ending(), exited(77)) << hook.log();
  EXPECT_NE(hook.log().find("a link in the volume leads there"), std::string::npos) << hook.log();
  EXPECT_TRUE(stands(volume() + "/real/web.sock"));

  fs::remove(volume() + "/sub");
  const TempDir outside;
  leave_stale_socket(outside / "web.sock");
  fs::create_symlink(outside.path(), volume() + "/sub");
  EXPECT_EQ(create(young).ending(), exited(0)) << "in the container there is no such directory";
  EXPECT_TRUE(stands(outside / "web.sock"));
}

TEST_F(HookSettles, NothingThatTwoManifestsOwn) {
  own("sockets: [{path: /run/web/web.sock}]\n", "other.yaml", "other");
  leave_stale_socket(socket());
  const auto young = container();
  auto hook = create(young);
  EXPECT_EQ(hook.ending(), exited(78));
  EXPECT_NE(hook.log().find("manifests/other.yaml and " + place_ / "manifests/shop.yaml both own it"), std::string::npos)
      << hook.log();
  EXPECT_TRUE(stands(socket()));
}

/// A launcher of the same owner, in a container that the hook knows.
struct HookMeetsALauncher : HookSettles {
  Child launched() const {
    write_file(place_ / "inside.yaml", "version: 1\nowner: shop\nsockets: [{path: " + socket() + "}]\n");
    const auto go = place_ / "go";
    auto old = container({"/bin/sh", "-c", "until [ -e \"$0\" ]; do sleep 0.01; done; exec \"$@\"", go, solinit(), "-m",
                          place_ / "inside.yaml", "--", program("witness_server"), "old", socket()});
    EXPECT_EQ(create(old, "old").ending(), exited(0));
    write_file(go, "");
    EXPECT_NE(old.witness(), 0) << old.log();
    return old;
  }
};

TEST_F(HookMeetsALauncher, AndLeavesItToTheOneThatComes) {
  auto old = launched();
  write_config(config(R"(["/sbin/solinit","--","web"])"));
  const auto young = container();
  auto hook = create(young, "young");
  EXPECT_EQ(hook.ending(), exited(0)) << hook.log();
  EXPECT_EQ(ask(socket()), "old");
}

TEST_F(HookMeetsALauncher, AndEndsItWhereNoneComes) {
  auto old = launched();
  const auto young = container();
  auto hook = create(young, "young");
  EXPECT_EQ(hook.ending(), exited(0)) << hook.log();
  EXPECT_NE(old.ending().kind, Ending::Kind::runs);
  EXPECT_FALSE(stands(socket()));
}

TEST_F(HookMeetsALauncher, AndRefusesByPolicy) {
  auto old = launched();
  own("sockets: [{path: /run/web/web.sock}]\ntakeover: {policy: refuse}\n");
  const auto young = container();
  auto hook = create(young, "young");
  EXPECT_EQ(hook.ending(), exited(75));
  EXPECT_NE(hook.log().find("held by solinit pid=" + std::to_string(old.pid())), std::string::npos) << hook.log();
  EXPECT_EQ(ask(socket()), "old");
}

/// After the end of a container.
struct Poststop : HookSettles {};

TEST_F(Poststop, RemovesWhatItsContainerLeft) {
  auto old = container();
  ASSERT_EQ(create(old).ending(), exited(0));
  leave_stale_socket(socket());
  old.signal(SIGKILL);
  auto hook = stop();
  EXPECT_EQ(hook.ending(), exited(0));
  EXPECT_EQ(hook.log(), "");
  EXPECT_FALSE(stands(socket()));
  EXPECT_FALSE(stands(place_ / "rec/c1.json"));
}

TEST_F(Poststop, LeavesTheLiving) {
  auto old = container();
  ASSERT_EQ(create(old).ending(), exited(0));
  old.signal(SIGKILL);
  const auto next = bound_socket(socket(), SOCK_STREAM, 4);
  EXPECT_EQ(stop().ending(), exited(0));
  EXPECT_TRUE(stands(socket()));
}

TEST_F(Poststop, LeavesADirectoryThatCameInItsPlace) {
  auto old = container();
  ASSERT_EQ(create(old).ending(), exited(0));
  old.signal(SIGKILL);
  fs::rename(volume(), volume() + ".old");
  fs::create_directory(volume());
  leave_stale_socket(socket());
  EXPECT_EQ(stop().ending(), exited(0));
  EXPECT_TRUE(stands(socket()));
}

TEST_F(Poststop, NeverFails) {
  EXPECT_EQ(stop("unknown").ending(), exited(0));
  for (const std::string text : {"", "{", "[]", R"({"id":"../../etc","bundle":"/b"})"})
    EXPECT_EQ(run("poststop", text).ending(), exited(0)) << text;
  write_file(place_ / "rec", "no directory");
  EXPECT_EQ(stop().ending(), exited(0));
}

}  // namespace
}  // namespace support
