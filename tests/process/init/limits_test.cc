#include <iostream>

#include "tests/process/init/under_init.h"
#include "tests/support/cgroup.h"
#include "tests/support/volume.h"

// Poverty: the launcher does its work or says in one clear line why not. It never hangs and never dies of it.

namespace support {
namespace {

int count_of(const std::string& text, const std::string& wanted) {
  int count = 0;
  for (std::size_t at = 0; (at = text.find(wanted, at)) != std::string::npos; at += wanted.size()) ++count;
  return count;
}

/// Runs a command that ends with 7 and returns whether it could. Warnings may come before the one error, the last line.
bool runs_or_says_why(const Settings& settings, const std::string& what) {
  Child launcher(settings);
  const auto ending = launcher.ending();
  if (ending == exited(7)) return true;
  EXPECT_EQ(ending, exited(71)) << what << ": " << launcher.log();
  EXPECT_EQ(count_of(launcher.log(), "solinit: error: "), 1) << what << ": " << launcher.log();
  EXPECT_EQ(count_of(launcher.log(), "\n"), 1 + count_of(launcher.log(), "solinit: warning: "))
      << what << ": " << launcher.log();
  return false;
}

Settings with_manifest(const Volume& volume) {
  return launched("test", volume.manifest("version: 1\nowner: shop\npid_files: [VOLUME/web.pid]\n"),
                  {program("witness"), "--exit", "7"});
}

TEST(Poverty, OfDescriptorsIsSurvivedOrExplained) {
  std::string outcomes;
  for (rlim_t most = 3; most <= 24; ++most) {
    auto settings = under_init({program("witness"), "--exit", "7"});
    settings.limits = {{RLIMIT_NOFILE, most}};
    outcomes += runs_or_says_why(settings, std::to_string(most) + " descriptors") ? 'r' : '-';
  }
  std::cout << "descriptors 3 to 24: " << outcomes << '\n';
  EXPECT_EQ(outcomes.back(), 'r');
}

TEST(Poverty, OfDescriptorsIsSurvivedOrExplainedWithAManifest) {
  const Volume volume;
  std::string outcomes;
  for (rlim_t most = 3; most <= 40; ++most) {
    auto settings = with_manifest(volume);
    settings.limits = {{RLIMIT_NOFILE, most}};
    outcomes += runs_or_says_why(settings, std::to_string(most) + " descriptors") ? 'r' : '-';
  }
  std::cout << "descriptors 3 to 40, with a manifest: " << outcomes << '\n';
  EXPECT_EQ(outcomes.back(), 'r');
}

TEST(Poverty, OfMemoryIsSurvivedOrExplained) {
  std::string outcomes;
  // Below 5 MB the kernel cannot even execute the programs.
  for (rlim_t megabytes = 5; megabytes <= 40; ++megabytes) {
    auto settings = under_init({program("witness"), "--exit", "7"});
    settings.limits = {{RLIMIT_AS, megabytes << 20}};
    outcomes += runs_or_says_why(settings, std::to_string(megabytes) + " MB") ? 'r' : '-';
  }
  std::cout << "5 to 40 MB of memory: " << outcomes << '\n';
  EXPECT_EQ(outcomes.back(), 'r');
}

TEST(Poverty, OfMemoryIsSurvivedOrExplainedWithAManifest) {
  const Volume volume;
  std::string outcomes;
  for (rlim_t megabytes = 5; megabytes <= 40; ++megabytes) {
    auto settings = with_manifest(volume);
    settings.limits = {{RLIMIT_AS, megabytes << 20}};
    outcomes += runs_or_says_why(settings, std::to_string(megabytes) + " MB") ? 'r' : '-';
  }
  std::cout << "5 to 40 MB of memory, with a manifest: " << outcomes << '\n';
  EXPECT_EQ(outcomes.back(), 'r');
}

/// The kernel kills who has most: never the launcher, who tells the engine what happened.
TEST(Poverty, OfTheCgroupKillsTheWebProcessAlone) {
  if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
  for (const bool has_manifest : {false, true}) {
    const Cgroup small(24 << 20);  // one for each: the kernel gives memory back some time after the death
    if (!small.lack().empty()) return skip(small.lack());
    const Volume volume;
    auto settings = has_manifest ? with_manifest(volume) : under_init({program("witness"), "--exit", "7"});
    settings.command.insert(settings.command.end(), {"--devour", "64"});
    settings.as = As::pid_one;
    settings.cgroup = small.members();
    Child launcher(settings);
    EXPECT_EQ(launcher.ending(), exited(128 + 9)) << launcher.log();
  }
}

TEST(Poverty, OfProcessesIsExplained) {
  if (const auto lack = lack_of_root(); !lack.empty()) return skip(lack);
  auto settings = under_init({program("witness"), "--exit", "7"});
  settings.user = nobody_else();
  settings.limits = {{RLIMIT_NPROC, 1}};
  EXPECT_FALSE(runs_or_says_why(settings, "one process"));
  settings.limits = {{RLIMIT_NPROC, 2}};
  EXPECT_TRUE(runs_or_says_why(settings, "two processes"));
}

TEST(Poverty, OfProcessesIsExplainedWithAManifest) {
  if (const auto lack = lack_of_root(); !lack.empty()) return skip(lack);
  const Volume volume;
  volume.give_to(nobody_else());
  auto settings = with_manifest(volume);
  settings.user = nobody_else();
  settings.limits = {{RLIMIT_NPROC, 1}};
  EXPECT_FALSE(runs_or_says_why(settings, "one process"));
  settings.limits = {{RLIMIT_NPROC, 2}};
  EXPECT_TRUE(runs_or_says_why(settings, "two processes"));
}

}  // namespace
}  // namespace support
