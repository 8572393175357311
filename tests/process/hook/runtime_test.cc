#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "hook/bundle_config.h"
#include "tests/support/child.h"
#include "tests/support/programs.h"
#include "tests/support/requirement.h"
#include "tests/support/temp_dir.h"

namespace support {
namespace {

constexpr const char* config_text =
    R"({"root":{"path":"rootfs"},"process":{"args":["/bin/web"]},"mounts":[{"destination":"/run/web","source":"/srv"}],)"
    R"("hooks":{"prestart":[{"path":"/proc/7/exe"}]},"linux":{"namespaces":[{"type":"pid"}]}})";

/// A bundle, the host's manifests, and a runtime that only says how it was called.
struct RuntimeWrapper : testing::Test {
  void SetUp() override {
    if (geteuid() != 0) return skip("not root: no manifest here can belong to root");
    chmod(manifests.path().c_str(), 0755);
    write_file(place / "runtime", "#!/bin/sh\necho \"called with $*\"\nenv\npwd\nexit 7\n");
    write_file(place / "launcher", "");
    for (const auto* const program : {"runtime", "launcher"}) chmod((place / program).c_str(), 0755);
    mkdir(bundle().c_str(), 0700);
    write_config(config_text);
  }

  std::string bundle() const { return place / "bundle"; }
  std::string config_path() const { return bundle() + "/config.json"; }
  void write_config(const std::string& text) const { write_file(config_path(), text); }
  std::string config() const { return read_file(config_path()); }
  hook::BundleConfig parsed() const { return hook::parse_bundle_config(config(), "config.json").value(); }

  void own(const std::string& mount, const std::string& more = "", const std::string& name = "web.yaml") const {
    write_file(manifests / name, "version: 1\nowner: shop\nsockets: [{path: /run/web/web.sock}]\nmatch: {mounts: [" +
                                     mount + "]}\n" + more);
    chmod((manifests / name).c_str(), 0644);
  }

  Settings call(const std::vector<std::string>& words) const {
    Settings settings;
    settings.command = {solinit_hook(),    "runtime",          "--runtime-path",
                        place / "runtime", "--manifests",      manifests.path(),
                        "--launcher",      place / "launcher", "--"};
    settings.command.insert(settings.command.end(), words.begin(), words.end());
    return settings;
  }
  Child run(const std::vector<std::string>& words) const {
    Child child(call(words));
    child.ending();
    return child;
  }
  Child create() const { return run({"create", "--bundle", bundle(), "c1"}); }

  TempDir place, manifests;
};

TEST_F(RuntimeWrapper, BecomesTheRuntimeWithAllItWasGiven) {
  own("/run/web");
  auto settings = call({"--root", "/r", "start", "c 1"});
  settings.environment = {"ODD=\"x\""};
  settings.directory = bundle();
  Child child(settings);
  EXPECT_EQ(child.ending(), exited(7));
  EXPECT_NE(child.out().find("called with --root /r start c 1\n"), std::string::npos) << child.out();
  EXPECT_NE(child.out().find("ODD=\"x\"\n"), std::string::npos) << child.out();
  EXPECT_NE(child.out().find(bundle() + "\n"), std::string::npos) << child.out();
  EXPECT_EQ(child.log(), "");
  EXPECT_EQ(config(), config_text);
}

TEST_F(RuntimeWrapper, LeavesOpenWhatItWasGivenAndNothingElse) {
  own("/run/web");
  write_file(place / "given", "from nine");
  write_file(place / "runtime", "#!/bin/sh\nls /proc/self/fd | wc -l\ncat <&9\n");
  FILE* const given = fopen((place / "given").c_str(), "r");
  ASSERT_NE(given, nullptr);
  auto settings = call({"create", "--bundle", bundle(), "c1"});
  settings.descriptors = {{9, fileno(given)}};
  Child child(settings);
  EXPECT_EQ(child.ending(), exited(0)) << child.log();
  fclose(given);
  EXPECT_TRUE(child.out().ends_with("from nine")) << child.out();
  settings.command = {place / "runtime"};
  FILE* const again = fopen((place / "given").c_str(), "r");
  settings.descriptors = {{9, fileno(again)}};
  Child bare(settings);
  bare.ending();
  fclose(again);
  EXPECT_EQ(child.out(), bare.out());
}

TEST_F(RuntimeWrapper, AddsItsStagesAndKeepsTheRest) {
  own("/run/web");
  ASSERT_EQ(chown(config_path().c_str(), 7, 8), 0);
  ASSERT_EQ(chmod(config_path().c_str(), 0640), 0);
  auto child = create();
  EXPECT_EQ(child.ending(), exited(7));
  EXPECT_EQ(child.log(), "");
  const auto config = parsed();
  EXPECT_EQ(config.hooks.at("prestart").at(0).path, "/proc/7/exe");
  for (const std::string stage : {"createRuntime", "poststop"}) {
    ASSERT_EQ(config.hooks.at(stage).size(), 1u);
    const auto& entry = config.hooks.at(stage)[0];
    EXPECT_EQ(entry.path, solinit_hook());
    EXPECT_EQ(entry.args,
              (std::vector<std::string>{"solinit-hook", stage, "--timeout", "60", "--manifests", manifests.path()}));
    EXPECT_EQ(entry.env, (std::vector<std::string>{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}));
    EXPECT_EQ(entry.timeout, 60);
  }
  EXPECT_EQ(config.process.args, (std::vector<std::string>{"/bin/web"}));
  struct stat status {};
  ASSERT_EQ(stat(config_path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640u);
  EXPECT_EQ(status.st_uid, 7u);
  EXPECT_EQ(status.st_gid, 8u);
}

TEST_F(RuntimeWrapper, AddsThemOnce) {
  own("/run/web", "inject: true\n");
  create();
  const auto once = config();
  EXPECT_NE(once, config_text);
  auto again = create();
  EXPECT_EQ(config(), once);
  EXPECT_EQ(again.log(), "");
}

TEST_F(RuntimeWrapper, FindsTheBundleInTheWorkingDirectory) {
  own("/run/web");
  auto settings = call({"--debug", "run", "c1"});
  settings.directory = bundle();
  Child child(settings);
  EXPECT_EQ(child.ending(), exited(7));
  EXPECT_TRUE(parsed().hooks.contains("createRuntime"));
}

TEST_F(RuntimeWrapper, DoesNotTouchWhatNoManifestSpeaksOf) {
  own("/run/other");
  struct stat before {
  }, after{};
  ASSERT_EQ(stat(config_path().c_str(), &before), 0);
  auto child = create();
  EXPECT_EQ(child.ending(), exited(7));
  EXPECT_EQ(child.log(), "");
  ASSERT_EQ(stat(config_path().c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
  EXPECT_EQ(config(), config_text);
}

TEST_F(RuntimeWrapper, PassesABrokenConfigurationOnWithOneWarning) {
  own("/run/web");
  const std::string huge = std::string(R"({"root":{"path":"r"}})") + std::string(1 << 20, ' ');
  for (const std::string& text : {std::string("{"), std::string(""), std::string(R"({"mounts":7})"), huge}) {
    write_config(text);
    auto child = create();
    EXPECT_EQ(child.ending(), exited(7));
    EXPECT_NE(child.out().find("called with create"), std::string::npos);
    EXPECT_EQ(config(), text);
    const auto log = child.log();
    EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
    EXPECT_TRUE(log.starts_with("solinit-hook: warning: cannot ")) << log;
    EXPECT_NE(log.find(config_path() + ": the container starts without solinit: "), std::string::npos) << log;
  }
  unlink(config_path().c_str());
  auto child = create();
  EXPECT_EQ(child.ending(), exited(7));
  EXPECT_NE(child.log().find("No such file or directory"), std::string::npos) << child.log();
}

TEST_F(RuntimeWrapper, LetsTheStagesSayWhatIsWrongWithAManifest) {
  own("/run/other");
  own("/run/web", "sokets: []\n", "broken.yaml");
  auto child = create();
  EXPECT_EQ(child.ending(), exited(7));
  EXPECT_EQ(child.log(), "");
  EXPECT_TRUE(parsed().hooks.contains("createRuntime"));
}

TEST_F(RuntimeWrapper, InjectsTheLauncherWhereAManifestAsksForIt) {
  own("/run/web", "inject: true\n");
  auto child = create();
  EXPECT_EQ(child.log(), "");
  const auto config = parsed();
  EXPECT_EQ(config.process.args,
            (std::vector<std::string>{"/.solinit/solinit", "-m", "/.solinit/manifest.yaml", "--", "/bin/web"}));
  ASSERT_EQ(config.mounts.size(), 3u);
  EXPECT_EQ(config.mounts[1].source, place / "launcher");
  EXPECT_EQ(config.mounts[2].source, manifests / "web.yaml");
}

TEST_F(RuntimeWrapper, SaysOnceWhyItInjectsNothing) {
  own("/run/web", "inject: true\n");
  const auto warning = [&] {
    write_config(config_text);
    auto child = create();
    EXPECT_EQ(child.ending(), exited(7));
    EXPECT_EQ(parsed().process.args, (std::vector<std::string>{"/bin/web"}));
    EXPECT_EQ(parsed().mounts.size(), 1u);
    EXPECT_TRUE(parsed().hooks.contains("createRuntime"));
    return child.log();
  };
  const std::string beginning = "solinit-hook: warning: cannot inject the launcher of shop: ";
  chmod((place / "launcher").c_str(), 0644);
  EXPECT_EQ(warning(), beginning + place / "launcher" + " is no program that all may execute\n");
  chmod((place / "launcher").c_str(), 0757);
  EXPECT_EQ(warning(), beginning + place / "launcher" + " is not root's alone\n");
  unlink((place / "launcher").c_str());
  EXPECT_EQ(warning(), beginning + place / "launcher" + ": No such file or directory\n");
  own("/run/web", "inject: true\n", "zweb.yaml");
  EXPECT_EQ(warning(), beginning + manifests / "zweb.yaml" + " asks for another, and a container has one\n");
}

TEST_F(RuntimeWrapper, SaysThatThereIsNoRuntime) {
  auto settings = call({"state", "c1"});
  settings.command[3] = place / "nowhere";
  Child missing(settings);
  EXPECT_EQ(missing.ending(), exited(127));
  EXPECT_EQ(missing.log(),
            "solinit-hook: error: cannot run the runtime " + place / "nowhere" + ": No such file or directory\n");
  settings.command[3] = solinit_hook();
  Child circle(settings);
  EXPECT_EQ(circle.ending(), exited(64));
  EXPECT_NE(circle.log().find("it is solinit-hook itself"), std::string::npos) << circle.log();
  ASSERT_EQ(symlink(solinit_hook().c_str(), (place / "solinit-nonesuch").c_str()), 0);
  settings.command = {place / "solinit-nonesuch", "state", "c1"};
  Child by_name(settings);
  EXPECT_EQ(by_name.ending(), exited(127));
  EXPECT_NE(by_name.log().find("cannot run the runtime nonesuch: it is in none of /usr/local/sbin"), std::string::npos)
      << by_name.log();
}

}  // namespace
}  // namespace support
