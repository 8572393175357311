// An unmodified server, in all the ways that servers make their socket, is given the launcher's.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "tests/process/adopt/under_adoption.h"

namespace {

using namespace support;

/// Which inode stands at `path`; 0: none.
ino_t inode_at(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

struct Way {
  std::string name;
  std::vector<std::string> options;
};

std::ostream& operator<<(std::ostream& out, const Way& one) { return out << one.name; }

class Server : public Adoption, public testing::WithParamInterface<std::tuple<Way, std::string>> {};

/// The path as the server is told it, and what stands around it.
struct Scene {
  const TempDir& directory;
  std::string path;
  std::vector<std::string> options;

  Scene(const TempDir& own, const Way& way) : directory(own), path(own / "web.sock"), options(way.options) {
    if (way.name == "RelativePath") path = "web.sock", options = {"--unlink-first", "--from", own.path()};
    if (way.name == "UpAndDown")
      path = "../" + tail() + "/./web.sock", options = {"--unlink-first", "--from", own.path()};
    if (way.name == "AtCalls") path = "web.sock", options = {"--unlink-first", "--at", own.path()};
    if (way.name == "AtCallsRenamed")
      path = "web.sock", options = {"--unlink-first", "--temporary", "--at", own.path()};
    if (way.name != "SymlinkedDirectory") return;
    std::filesystem::create_directory_symlink(own.path(), own / "link");
    path = own / "link/web.sock";
    options = {"--unlink-first", "--connect-first"};
  }

  std::string tail() const { return directory.path().substr(directory.path().rfind('/') + 1); }
};

TEST_P(Server, IsGivenTheLaunchersListener) {
  const auto& [way, linked] = GetParam();
  const Scene scene(directory_, way);
  Child launcher(under_adoption({path_}, adoptee(scene.path, scene.options, linked)));
  ASSERT_NE(launcher.witness(), 0) << launcher.log() << launcher.out();
  ASSERT_TRUE(launcher.says("listening " + path_)) << launcher.log() << launcher.out();
  const auto published = inode_at(path_);
  EXPECT_EQ(ask(path_), "web");
  EXPECT_EQ(launcher.out().find("still there"), std::string::npos);

  launcher.signal(SIGTERM);
  EXPECT_NE(launcher.ending().kind, Ending::Kind::runs);
  EXPECT_EQ(inode_at(path_), published) << "the socket is the launcher's to remove";
}

const Way ways[] = {
    {"BindOnly", {}},
    {"BlindUnlink", {"--unlink-first"}},
    {"ConnectFirst", {"--connect-first", "--unlink-first"}},
    {"UnlinkAtExit", {"--unlink-first", "--unlink-at-exit"}},
    {"Thread", {"--unlink-first", "--in-thread"}},
    {"ForkedChild", {"--unlink-first", "--connect-first", "--in-child"}},
    {"BoundAgain", {"--unlink-first", "--again"}},
    {"Renamed", {"--temporary"}},
    {"RenamedListening", {"--temporary", "--late-rename"}},
    {"RelativePath", {}},
    {"UpAndDown", {}},
    {"AtCalls", {}},
    {"AtCallsRenamed", {}},
    {"SymlinkedDirectory", {}},
};

INSTANTIATE_TEST_SUITE_P(Adopted, Server,
                         testing::Combine(testing::ValuesIn(ways), testing::Values("static", "dynamic")),
                         [](const auto& each) {
                           const auto& linked = std::get<1>(each.param);
                           return std::get<0>(each.param).name + (linked == "static" ? "Static" : "Dynamic");
                         });

TEST_F(Adoption, KeepsWhatTheServerWantedOfItsDescriptor) {
  Child launcher(under_adoption({path_}, adoptee(path_, {"--nonblocking", "--keep-on-exec"})));
  ASSERT_TRUE(launcher.says("nonblocking=1 cloexec=0")) << launcher.out();
  Child other(under_adoption({directory_ / "other.sock"}, adoptee(directory_ / "other.sock")));
  ASSERT_TRUE(other.says("nonblocking=0 cloexec=1")) << other.out();
}

TEST_F(Adoption, IsNotReadyBeforeTheServerListens) {
  Child launcher(under_adoption({path_}, adoptee(path_, {"--no-listen", "--second"})));
  ASSERT_TRUE(launcher.says("second: ")) << launcher.out() << launcher.log();
  EXPECT_EQ(launcher.out().find("listening"), std::string::npos);
}

TEST_F(Adoption, RefusesASecondMemberOfTheTree) {
  Child launcher(under_adoption({path_}, adoptee(path_, {"--second"})));
  ASSERT_TRUE(launcher.says("second: Address already in use")) << launcher.out();
  EXPECT_EQ(ask(path_), "web");
}

TEST_F(Adoption, GivesTheListenerToWhoeverFollowsADeadHolder) {
  const auto twice = program("adoptee_static") + " --unlink-first web " + path_ + " & first=$!; read go; " +
                     "kill $first; wait $first; exec " + program("adoptee_static") + " --connect-first --unlink-first next " + path_;
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const ownership::Fd input(ends[0]), typed(ends[1]);
  auto settings = under_adoption({path_}, {"/bin/sh", "-c", twice});
  settings.descriptors[0] = input.get();
  Child launcher(settings);
  ASSERT_TRUE(launcher.says("ready (pid: ")) << launcher.log();
  ASSERT_EQ(ask(path_), "web");
  ASSERT_EQ(write(typed.get(), "\n", 1), 1);
  EXPECT_TRUE(wait_until([&] { return ask(path_) == "next"; })) << launcher.out() << launcher.log();
}

TEST_F(Adoption, LeavesOtherPathsAlone) {
  const auto other = directory_ / "other.sock";
  Child launcher(under_adoption({path_}, adoptee(other, {"--unlink-first", "--connect-first", "--unlink-at-exit"})));
  ASSERT_TRUE(launcher.says("ready (pid: ")) << launcher.log();
  EXPECT_EQ(ask(other), "web");
  EXPECT_EQ(launcher.out().find("listening"), std::string::npos);
  launcher.signal(SIGTERM);
  EXPECT_EQ(launcher.ending(), exited(0));
  EXPECT_EQ(inode_at(other), 0U) << "its own socket is the server's to unlink";
}

TEST_F(Adoption, KnowsTheSameNameInAnotherDirectoryApart) {
  const TempDir elsewhere;
  Child launcher(under_adoption({path_}, adoptee(elsewhere / "web.sock", {"--unlink-first", "--unlink-at-exit"})));
  ASSERT_TRUE(launcher.says("ready (pid: ")) << launcher.log();
  EXPECT_EQ(ask(elsewhere / "web.sock"), "web");
  EXPECT_EQ(launcher.out().find("listening"), std::string::npos);
  launcher.signal(SIGTERM);
  EXPECT_EQ(launcher.ending(), exited(0));
  EXPECT_EQ(inode_at(elsewhere / "web.sock"), 0U);
}

TEST_F(Adoption, GivesEachOfSeveralSockets) {
  const auto second = directory_ / "second.sock";
  const auto both = program("adoptee_static") + " --unlink-first one " + path_ + " & exec " +
                    program("adoptee_dynamic") + " --unlink-first two " + second;
  Child launcher(under_adoption({path_, second}, {"/bin/sh", "-c", both}));
  ASSERT_TRUE(launcher.says("listening " + path_) && launcher.says("listening " + second)) << launcher.log();
  EXPECT_EQ(ask(path_), "one");
  EXPECT_EQ(ask(second), "two");
}

TEST_F(Adoption, GivesADatagramSocketThatServesWhenBound) {
  Child launcher(under_adoption({"--dgram", path_}, adoptee(path_, {"--dgram", "--unlink-first"})));
  EXPECT_TRUE(launcher.says("listening " + path_)) << launcher.log();
}

TEST_F(Adoption, ClosesTheWayAroundByIoUring) {
  Child launcher(under_adoption({path_}, adoptee(path_, {"--io-uring"})));
  EXPECT_TRUE(launcher.says("io_uring: Function not implemented")) << launcher.out();
}

TEST_F(Adoption, SurvivesAFloodOfCalls) {
  Child launcher(under_adoption({path_}, adoptee(path_, {"--unlink-first", "--flood"})));
  ASSERT_TRUE(launcher.says("listening " + path_)) << launcher.log();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask(path_), "web");
  launcher.signal(SIGTERM);
  EXPECT_EQ(launcher.ending(), exited(128 + SIGTERM)) << "a signal was not forwarded, or a child not reaped";
}

pid_t notifier_of(const Child& launcher) {
  for (const pid_t child : children_of(launcher.pid()))
    if (status_field(child, "Name") == "solinit-adopt") return child;
  return 0;
}

#ifndef SOLINIT_INSTRUMENTED
TEST_F(Adoption, ConfinesTheNotifierAlone) {
  Child launcher(under_adoption({path_}, adoptee(path_)));
  ASSERT_TRUE(launcher.says("listening " + path_)) << launcher.log();
  const auto ours = status_field(getpid(), "Seccomp_filters");
  EXPECT_EQ(status_field(launcher.pid(), "Seccomp_filters"), ours);
  EXPECT_EQ(std::stoi(status_field(notifier_of(launcher), "Seccomp_filters")), std::stoi(ours) + 1);
}
#endif

TEST_F(Adoption, StartsAKilledNotifierAgain) {
  Child launcher(under_adoption({path_}, adoptee(path_, {"--unlink-first", "--unlink-at-exit"})));
  ASSERT_TRUE(launcher.says("listening " + path_)) << launcher.log();
  const auto first = notifier_of(launcher);
  ASSERT_GT(first, 0);
  kill(first, SIGKILL);
  ASSERT_TRUE(launcher.logs("starting the notifier again: it was killed")) << launcher.log();
  ASSERT_TRUE(wait_until([&] { return notifier_of(launcher) > 0 && notifier_of(launcher) != first; }));
  EXPECT_EQ(ask(path_), "web");
  launcher.signal(SIGTERM);
  EXPECT_EQ(launcher.ending(), exited(0)) << "its unlink at exit was not answered";
  EXPECT_NE(inode_at(path_), 0U);
}

TEST_F(Adoption, OutlivesItsLauncher) {
  Child launcher(under_adoption({path_}, adoptee(path_, {"--unlink-first", "--unlink-at-exit"})));
  const auto web = launcher.witness();
  ASSERT_TRUE(launcher.says("listening " + path_)) << launcher.log();
  launcher.signal(SIGKILL);
  ASSERT_EQ(launcher.ending(), killed_by(SIGKILL));
  EXPECT_EQ(ask(path_), "web");
  kill(web, SIGTERM);
  ASSERT_TRUE(wait_until([&] { return status_field(web, "State").empty() || status_field(web, "State")[0] == 'Z'; }));
  EXPECT_NE(inode_at(path_), 0U);
}

TEST_F(Adoption, HoldsNothingOfTheLauncherInTheNotifier) {
  Child launcher(under_adoption({path_}, adoptee(path_)));
  ASSERT_TRUE(launcher.says("listening " + path_)) << launcher.log();
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& each :
       std::filesystem::directory_iterator("/proc/" + std::to_string(notifier_of(launcher)) + "/fd"))
    ++count;
  // Standard descriptors, notify, channel, listener, directory, pidfd of the holder.
  EXPECT_LE(count, 8U);
}

}  // namespace
