#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iostream>

#include "tests/process/init/under_init.h"
#include "tests/support/observer.h"
#include "tests/support/volume.h"

namespace support {
namespace {

std::vector<std::string> stray_maker(const std::string& marker, std::vector<std::string> options) {
  options.insert(options.begin(), program("stray_maker"));
  options.push_back(marker);
  return options;
}

/// The launcher with a grace of its own; what it owns is a pid file that nobody writes.
Settings with_grace(const Volume& volume, const std::string& grace, const std::vector<std::string>& command, As as) {
  const auto manifest =
      volume.manifest("version: 1\nowner: shop\npid_files: [VOLUME/web.pid]\nstop: {grace: " + grace + "}\n");
  auto settings = launched("test", manifest, command);
  settings.as = as;
  return settings;
}

class StrayEverywhere : public Everywhere {
 protected:
  void SetUp() override {
    if (const auto lack = lack_of_namespaces(); !lack.empty()) skip(lack);
  }
  Volume volume;
  std::string marker = volume / "marker";
};

TEST_P(StrayEverywhere, GetsTimeToCleanUp) {
  for (const std::vector<std::string>& options : std::vector<std::vector<std::string>>{{}, {"--session"}}) {
    std::filesystem::remove(marker);
    Child launcher(under_init(stray_maker(marker, options), GetParam()));
    EXPECT_EQ(launcher.ending(), exited(7)) << launcher.log();
    EXPECT_EQ(read_file(marker), "clean\n");
    EXPECT_TRUE(alive("stray_maker", marker).empty());
  }
}

TEST_P(StrayEverywhere, IsToldAtOnceAndWaitedForNoLongerThanItTakes) {
  Child launcher(under_init(stray_maker(marker, {"--session", "--clean-up", "100"}), GetParam()));
  const auto took = duration_of([&] { EXPECT_EQ(launcher.ending(), exited(7)); });
  EXPECT_LT(took, 2s);
  EXPECT_EQ(read_file(marker), "clean\n");
}

TEST_P(StrayEverywhere, GetsTimeToCleanUpWhenTheLauncherIsStopped) {
  Child launcher(under_init(stray_maker(marker, {"--session", "--waits"}), GetParam()));
  ASSERT_NE(launcher.witness(), 0) << launcher.log();
  launcher.signal(SIGTERM);
  EXPECT_EQ(launcher.ending(), exited(7)) << launcher.log();
  EXPECT_EQ(read_file(marker), "clean\n");
}

TEST_P(StrayEverywhere, IsKilledAfterItsGraceWhenItIgnoresTheSignal) {
  Child launcher(
      with_grace(volume, "400ms", stray_maker(marker, {"--session", "--ignore-term", "--strays", "5"}), GetParam()));
  const auto took = duration_of([&] { EXPECT_EQ(launcher.ending(), exited(7)) << launcher.log(); });
  EXPECT_GE(took, 390ms);
  EXPECT_LT(took, 900ms);
  EXPECT_TRUE(alive("stray_maker", marker).empty());
  EXPECT_NE(launcher.log().find("grace"), std::string::npos) << launcher.log();
}

TEST_P(StrayEverywhere, IsKilledAfterTheDefaultGraceWithoutAManifest) {
  Child launcher(under_init(stray_maker(marker, {"--session", "--ignore-term"}), GetParam()));
  const auto took = duration_of([&] { EXPECT_EQ(launcher.ending(20s), exited(7)) << launcher.log(); });
  EXPECT_LT(took, 8500ms);
  EXPECT_TRUE(alive("stray_maker", marker).empty());
}

TEST_P(StrayEverywhere, CannotOutrunTheLauncherByForking) {
  volume.give_to(nobody_else());
  auto settings = with_grace(volume, "300ms", stray_maker(marker, {"--fork-bomb", "--strays", "3"}), GetParam());
  settings.user = nobody_else();
  settings.limits = {{RLIMIT_NPROC, 64}};
  Child launcher(settings);
  EXPECT_TRUE(wait_until([&] { return alive("stray_maker", marker).size() > 10; })) << launcher.log();
  EXPECT_EQ(launcher.ending(), exited(7)) << launcher.log();
  EXPECT_TRUE(alive("stray_maker", marker).empty());
}

TEST_P(StrayEverywhere, DoesNotMakeAStopLongerThanItsGrace) {
  // Both ignore the signal: they share one grace, so that a stop stays under what the engine waits.
  const auto script = program("stray_maker") + " --session --ignore-term " + marker + "; exec " + program("witness") +
                      " --exit-on 15=-1";
  Child launcher(with_grace(volume, "1s", {"/bin/sh", "-c", script}, GetParam()));
  ASSERT_TRUE(wait_until([&] { return launcher.out().find("ready", 8) != std::string::npos; })) << launcher.log();
  const auto took = duration_of([&] {
    launcher.signal(SIGTERM);
    EXPECT_EQ(launcher.ending(), exited(128 + SIGKILL)) << launcher.log();
  });
  std::cout << "stop with a grace of 1 s took " << took.count() << " ms\n";
  EXPECT_LT(took, 1500ms);
  EXPECT_TRUE(alive("stray_maker", marker).empty());
}

/// In bursts; each orphan ends at once, so every one has to be reaped.
TEST_P(StrayEverywhere, IsReapedAmongAHundredThousand) {
  if (GetParam() == As::below_pid_one) {
    // The init above reaps nothing of it: the launcher is the subreaper.
    Child launcher(under_init({program("orphan_maker"), "2000", "100"}, GetParam()));
    EXPECT_EQ(launcher.ending(60s), exited(0)) << launcher.log();
    return;
  }
  Child launcher(under_init({program("orphan_maker"), "100000", "1000"}, GetParam()));
  EXPECT_EQ(launcher.ending(100s), exited(0)) << launcher.log();
  EXPECT_NE(launcher.out().find("left 0\n"), std::string::npos) << launcher.out();
}

INSTANTIATE_TEST_SUITE_P(Stray, StrayEverywhere, testing::Values(As::pid_one, As::below_pid_one), name_of_place);

TEST(Stray, IsAdoptedWhereTheLauncherIsNotPidOne) {
  const TempDir dir;
  Child launcher(under_init({program("stray_maker"), "--session", "--waits", dir / "marker"}));
  const pid_t web = launcher.witness();
  ASSERT_NE(web, 0) << launcher.log();
  auto strays = alive("stray_maker", dir / "marker");
  std::erase(strays, web);
  ASSERT_EQ(strays.size(), 1U);
  EXPECT_TRUE(wait_until([&] { return status_field(strays.front(), "PPid") == std::to_string(launcher.pid()); }));
}

/// What an engine executed beside us, or our neighbours on a host: they are not ours to end.
TEST(Stray, IsOnlyWhatDescendsFromUs) {
  if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
  const TempDir dir;
  Settings settings;
  settings.command = {"/bin/sh", "-c",
                      program("witness") + " & bystander=$!; " + solinit() + " -- " + program("stray_maker") +
                          " --session " + (dir / "marker") +
                          "; status=$?; kill -0 $bystander && exit $status; exit 99"};
  settings.as = As::pid_one;
  Child shell(settings);
  EXPECT_EQ(shell.ending(), exited(7)) << shell.log();
  EXPECT_EQ(read_file(dir / "marker"), "clean\n");
}

}  // namespace
}  // namespace support
