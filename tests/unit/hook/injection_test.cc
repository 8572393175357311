#include "hook/injection.h"

#include <gtest/gtest.h>

namespace hook {
namespace {

const LauncherFiles files{"/usr/libexec/solinit/solinit", "/etc/solinit/manifests.d/shop.yaml"};

BundleConfig stock(std::vector<std::string> args = {"gunicorn", "shop.wsgi"}) {
  BundleConfig config;
  config.root = "rootfs";
  config.process.args = std::move(args);
  config.namespaces = {{"mount", ""}, {"pid", ""}};
  config.mounts = {{"/proc", "proc", "proc", {}}, {"/dev", "tmpfs", "tmpfs", {"nosuid"}}};
  return config;
}

std::string refusal(const BundleConfig& config) {
  const auto injection = plan_injection(config, files);
  return injection ? "injected" : injection.error().why;
}

TEST(Injection, PutsTheLauncherBeforeTheCommand) {
  const auto injection = plan_injection(stock(), files);
  ASSERT_TRUE(injection) << injection.error().why;
  EXPECT_EQ(injection->command,
            (std::vector<std::string>{"/dev/.solinit/solinit", "-m", "/dev/.solinit/manifest.yaml", "--"}));
  ASSERT_EQ(injection->mounts.size(), 2u);
  const std::vector<std::string> options{"bind", "ro", "nosuid", "nodev"};
  EXPECT_EQ(injection->mounts[0], (ConfigMount{"/dev/.solinit/solinit", files.launcher, "bind", options}));
  EXPECT_EQ(injection->mounts[1], (ConfigMount{"/dev/.solinit/manifest.yaml", files.manifest, "bind", options}));
}

TEST(Injection, WritesNothingIntoADevOfTheHost) {
  auto config = stock();
  config.mounts.push_back({"/dev", "/dev", "bind", {"rbind"}});
  const auto injection = plan_injection(config, files);
  ASSERT_TRUE(injection);
  EXPECT_EQ(injection->mounts[0].destination, "/.solinit/solinit");
  EXPECT_EQ(injection->command[0], "/.solinit/solinit");
  config.mounts.clear();
  const auto without = plan_injection(config, files);
  ASSERT_TRUE(without);
  EXPECT_EQ(without->mounts[0].destination, "/.solinit/solinit");
}

TEST(Injection, NeedsAPidNamespaceOfTheContainersOwn) {
  auto shared = stock();
  shared.namespaces = {{"mount", ""}};
  EXPECT_EQ(refusal(shared), "it shares the host's pid namespace, where it is no PID 1");
  shared.namespaces = {{"pid", "/proc/7/ns/pid"}};
  EXPECT_EQ(refusal(shared), "it joins another pid namespace, where it is no PID 1");
}

TEST(Injection, LeavesAnInitThatIsThere) {
  for (const std::string init :
       {"/sbin/docker-init", "/run/podman-init", "tini", "/usr/bin/tini-static", "/tini", "/usr/bin/dumb-init",
        "catatonit", "/init", "/bin/s6-svscan", "/sbin/my_init", "/lib/systemd/systemd"})
    EXPECT_EQ(refusal(stock({init, "--", "web"})),
              "it has an init already, " + init.substr(init.find_last_of('/') == init.npos ? 0 : init.rfind('/') + 1));
  EXPECT_EQ(refusal(stock({"/bin/busybox", "init"})), "it has an init already, busybox init");
  EXPECT_EQ(refusal(stock({"/bin/busybox", "httpd"})), "injected");
  EXPECT_EQ(refusal(stock({"/bin/busybox"})), "injected");
}

TEST(Injection, HasNothingToSayWhereTheImageBringsSolinit) {
  EXPECT_EQ(refusal(stock({"/sbin/solinit", "--", "web"})), "");
  EXPECT_EQ(refusal(stock({"/dev/.solinit/solinit", "-m", "x", "--", "web"})), "");
}

TEST(Injection, LeavesAPersonTheirTerminal) {
  auto config = stock({"/bin/bash"});
  EXPECT_EQ(refusal(config), "injected");
  config.process.has_terminal = true;
  EXPECT_EQ(refusal(config), "a shell on a terminal is no web process");
  config.process.args = {"sh", "-l", "-i"};
  EXPECT_EQ(refusal(config), "a shell on a terminal is no web process");
  config.process.args = {"agetty", "tty1"};
  EXPECT_EQ(refusal(config), "a shell on a terminal is no web process");
  config.process.args = {"sh", "-c", "exec gunicorn shop.wsgi"};
  EXPECT_EQ(refusal(config), "injected");
  config.process.args = {"gunicorn", "shop.wsgi"};
  EXPECT_EQ(refusal(config), "injected");
}

TEST(Injection, NeedsACommand) {
  EXPECT_EQ(refusal(stock({})), "it has no command");
  EXPECT_EQ(refusal(stock({""})), "it has no command");
}

}  // namespace
}  // namespace hook
