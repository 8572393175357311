#include <csignal>
#include <cstdlib>

#include "tests/engines/hosted.h"

namespace engines {
namespace {

struct Injected : OnHost {
  static bool has_launcher(Hosted& web) {
    const auto words = web.first_process();
    return words.starts_with("/dev/.solinit/solinit -m /dev/.solinit/manifest.yaml -- /witness_server ") ||
           testing::AssertionFailure() << words;
  }
};

struct InjectedInAPod : Injected {};      ///< podman's alone
struct InjectedByEngine : Injected {};  ///< ctr has neither users, nor the host's pid namespace, nor restart

}  // namespace

TEST_P(Injected, AnUnmodifiedImageHasTheLauncher) {
  own_socket("inject: true\n");
  auto web = hosted(shop.blind("web"));
  const auto said = web.start();
  ASSERT_EQ(said.exit_code, 0) << said.err;
  ASSERT_TRUE(shop.serves("web")) << web.log();
  EXPECT_TRUE(has_launcher(web));
  EXPECT_EQ(web.exec({"/bin/sh", "-c", "echo x >/dev/.solinit/manifest.yaml"}).exit_code, 1) << "must be read-only";
  EXPECT_EQ(web.exec({"/bin/sh", "-c", "echo x >/dev/.solinit/solinit"}).exit_code, 1) << "must be read-only";
  web.kill(SIGTERM);
  EXPECT_EQ(web.exit_code(), 0) << web.log();
}

TEST_P(Injected, AStockImageServesAgainAfterSigkill) {
  own_socket("inject: true\n");
  auto web = hosted(shop.blind("web"));
  ASSERT_EQ(web.start().exit_code, 0);
  for (int turn = 0; turn < 2; ++turn) {
    ASSERT_TRUE(shop.serves("web")) << web.log();
    web.kill(SIGKILL);
    EXPECT_EQ(web.exit_code(), 137);
    const auto said = web.start();
    ASSERT_EQ(said.exit_code, 0) << said.err;
  }
  EXPECT_TRUE(shop.serves("web")) << web.log();
}

TEST_P(Injected, StockImagesHandOverToOneAnother) {
  own_socket("inject: true\n");
  auto first = hosted(shop.blind("first")), second = hosted(shop.blind("second"));
  ASSERT_EQ(first.start().exit_code, 0);
  ASSERT_TRUE(shop.serves("first")) << first.log();
  const Observer observer(shop.mark());
  const auto said = second.start();
  ASSERT_EQ(said.exit_code, 0) << said.err;
  EXPECT_TRUE(shop.serves("second")) << second.log();
  EXPECT_TRUE(!first.keeps_last_words() || first.says("superseded by")) << first.log();
  EXPECT_EQ(first.exit_code(), 0) << first.log();
  EXPECT_EQ(observer.most_at_once(), 1u);
}

TEST_P(InjectedByEngine, HoldsForAnotherUserAndAReadOnlyRoot) {
  own_socket("inject: true\n");
  shop.give_volume_to(1000);
  auto recipe = shop.blind("web");
  recipe.user = "1000";
  recipe.is_read_only = recipe.drops_capabilities = recipe.forbids_new_privileges = true;
  auto web = hosted(recipe);
  const auto said = web.start();
  ASSERT_EQ(said.exit_code, 0) << said.err;
  ASSERT_TRUE(shop.serves("web")) << web.log();
  EXPECT_TRUE(has_launcher(web));
}

TEST_P(Injected, LeavesNoTraceInTheImage) {
  own_socket("inject: true\n");
  auto web = hosted(shop.blind("web"));
  ASSERT_EQ(web.start().exit_code, 0);
  ASSERT_TRUE(shop.serves("web")) << web.log();
  EXPECT_EQ(web.exec({"/bin/ls", "-A", "/.solinit"}).exit_code, 1);
}

TEST_P(Injected, IsNotWhereAnInitIs) {
  own_socket("inject: true\n");
  auto recipe = shop.blind("web");
  recipe.command.insert(recipe.command.begin(), {"/tini", "--"});
  auto web = hosted(recipe);
  const auto said = web.start();
  ASSERT_EQ(said.exit_code, 0) << said.err;
  ASSERT_TRUE(shop.serves("web")) << web.log();
  EXPECT_TRUE(web.first_process().starts_with("/tini -- /witness_server ")) << web.first_process();
  if (GetParam() != Host::podman) {  // whose precreate speaks to podman's debug log
    EXPECT_TRUE(web.says("solinit-hook: warning: cannot inject the launcher of shop-web: it has an init already, tini"))
        << web.log();
  }
}

TEST_P(InjectedByEngine, IsNotWhereThePidNamespaceIsTheHosts) {
  own_socket("inject: true\n");
  auto web = hosted(shop.blind("web"), {"--pid", "host"});
  const auto said = web.start();
  ASSERT_EQ(said.exit_code, 0) << said.err;
  ASSERT_TRUE(shop.serves("web")) << web.log();
  EXPECT_EQ(web.exec({"/bin/ls", "/dev/.solinit"}).exit_code, 1);
}

TEST_P(Injected, IsNotWhereNoManifestAsksForIt) {
  own_socket();
  auto web = hosted(shop.blind("web"));
  ASSERT_EQ(web.start().exit_code, 0);
  ASSERT_TRUE(shop.serves("web")) << web.log();
  EXPECT_TRUE(web.first_process().starts_with("/witness_server ")) << web.first_process();
}

TEST_P(InjectedByEngine, ServesAgain) {
  own_socket("inject: true\n");
  auto web = hosted(shop.blind("web"));
  ASSERT_EQ(web.start().exit_code, 0);
  ASSERT_TRUE(shop.serves("web")) << web.log();
  const auto said = web.restart();
  EXPECT_EQ(said.exit_code, 0) << said.err;
  EXPECT_TRUE(shop.serves("web")) << web.log();
  EXPECT_TRUE(has_launcher(web));
}

TEST_P(InjectedByEngine, KeepsATerminal) {
  own_socket("inject: true\n");
  auto web = hosted(shop.blind("web"), {"-t"});
  ASSERT_EQ(web.start().exit_code, 0);
  ASSERT_TRUE(shop.serves("web")) << web.log();
  EXPECT_TRUE(has_launcher(web));
  auto shell = hosted(shop.recipe({"/bin/sh", "-i"}), {"-t"});
  ASSERT_EQ(shell.start().exit_code, 0);
  EXPECT_TRUE(shell.first_process().starts_with("/bin/sh -i")) << shell.first_process();
}

/// The front has the volume elsewhere, and the manifest speaks of /run/web.
TEST_P(InjectedInAPod, OneOfTwoContainersOnOneVolumeHasTheLauncher) {
  own_socket("inject: true\n");
  const auto volume = shop.on_host("/run/web"), file = volume + "/../pod.yaml", pod = "pod-" + shop.mark();
  const auto container = [](const std::string& name, const std::string& command, const std::string& place) {
    return "    - {name: " + name + ", image: localhost/solinit-test/busybox, imagePullPolicy: Never, command: " + command +
           ", volumeMounts: [{name: run, mountPath: " + place + "}]}\n";
  };
  write_file(file, "apiVersion: v1\nkind: Pod\nmetadata: {name: " + pod +
                       "}\nspec:\n  hostNetwork: true\n  restartPolicy: Never\n  containers:\n" +
                       container("web", "[/witness_server, --mark, " + shop.mark() + ", web, " + socket_path + "]", "/run/web") +
                       container("front", "[/bin/sleep, \"1000\"]", "/front") +
                       "  volumes:\n    - {name: run, hostPath: {path: " + volume + "}}\n");
  const auto podman = [](Argv words) {
    words.insert(words.begin(), {"podman", "--hooks-dir", std::string(std::getenv("SOLINIT_ENGINES")) + "/hooks.d"});
    return run(words);
  };
  const auto first_process = [&](const std::string& name) {
    return podman({"exec", pod + "-" + name, "/bin/cat", "/proc/1/cmdline"}).out;
  };
  // The second time over what SIGKILL left: an unmodified web server would find its address in use.
  for (int turn = 0; turn < 2; ++turn) {
    const auto played = turn == 0 ? podman({"kube", "play", file}) : podman({"start", pod + "-web"});
    EXPECT_EQ(played.exit_code, 0) << played.err;
    EXPECT_TRUE(shop.serves("web")) << podman({"logs", pod + "-web"}).out;
    EXPECT_TRUE(first_process("web").starts_with("/dev/.solinit/solinit")) << first_process("web");
    podman({"kill", "-s", "KILL", pod + "-web"});
    podman({"wait", pod + "-web"});
  }
  EXPECT_TRUE(first_process("front").starts_with("/bin/sleep")) << first_process("front");
  podman({"pod", "rm", "-f", "-t", "0", pod});
}

INSTANTIATE_TEST_SUITE_P(By, Injected, every_host, host_name);
INSTANTIATE_TEST_SUITE_P(By, InjectedInAPod, testing::Values(Host::podman), host_name);
INSTANTIATE_TEST_SUITE_P(By, InjectedByEngine, engines_alone, host_name);

}  // namespace engines
