#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <csignal>
#include <cstdlib>

#include "ownership/fd.h"
#include "tests/engines/hooked.h"
#include "tests/support/requirement.h"

namespace engines {
namespace {

struct UnderHook : UnderEngine {
  void leave_stale_socket() const { const auto bound = bound_socket(); }
  ownership::Fd bound_socket() const {
    ownership::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    shop.on_host(socket_path).copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return socket;
  }
  bool has_socket() const {
    struct stat found {};
    return ::lstat(shop.on_host(socket_path).c_str(), &found) == 0;
  }
  /// What the user of the engine reads; crun tells the exit code alone.
  void is_refused(const Recipe& recipe, const std::string& why) const {
    Recipe refused = recipe;
    refused.may_be_refused = true;
    Container container(kind(), refused);
    const std::string told = container.refusal();
    EXPECT_NE(told, "") << "it was started";
    EXPECT_NE(told.find(kind() == Kind::crun ? "(exit code: 75)" : why), std::string::npos) << told;
    EXPECT_NE(hook.report().find(why), std::string::npos) << hook.report();
  }

  const Hooked hook{shop};
};

}  // namespace

TEST_P(UnderHook, AStaleSocketGivesWayForAServerThatKnowsNothingOfIt) {
  hook.own();
  leave_stale_socket();
  Container web(kind(), hook.with_hook(shop.blind("first")));
  EXPECT_TRUE(shop.serves("first")) << web.log() << hook.report();
}

TEST_P(UnderHook, AStaleSocketOfSigkillGivesWayToTheNextStart) {
  hook.own();
  Container web(kind(), hook.with_hook(shop.blind("first")));
  ASSERT_TRUE(shop.serves("first")) << web.log() << hook.report();
  web.kill(SIGKILL);
  ASSERT_EQ(web.exit_code(), 137);
  web.start();
  EXPECT_TRUE(shop.serves("first")) << web.log() << hook.report();
}

TEST_P(UnderHook, PoststopRemovesWhatSigkillLeft) {
  hook.own();
  {
    Container web(kind(), hook.with_hook(shop.blind("first")));
    ASSERT_TRUE(shop.serves("first")) << web.log();
    web.kill(SIGKILL);
    ASSERT_EQ(web.exit_code(), 137);
  }
  EXPECT_TRUE(wait_until([this] { return !has_socket(); })) << hook.report();
}

TEST_P(UnderHook, ALeakedPredecessorInAnotherContainerIsEvicted) {
  hook.own();
  Container old(kind(), hook.with_hook(shop.blind("old")));
  ASSERT_TRUE(shop.serves("old")) << old.log();
  Container young(kind(), hook.with_hook(shop.blind("young")));
  EXPECT_TRUE(shop.serves("young")) << young.log() << hook.report();
  EXPECT_TRUE(old.exit_code()) << "it still runs";
  EXPECT_NE(hook.report().find("evicted a stranger from /run/web/web.sock"), std::string::npos) << hook.report();
}

TEST_P(UnderHook, ALeakedPredecessorIsRefusedByPolicyWithItsName) {
  hook.own("takeover: {strangers: refuse}\n");
  Container old(kind(), hook.with_hook(shop.blind("old")));
  ASSERT_TRUE(shop.serves("old")) << old.log();
  is_refused(hook.with_hook(shop.blind("young")), "witness_server pid=" + std::to_string(old.pid()));
  EXPECT_EQ(shop.answer(), "old");
}

TEST_P(UnderHook, AStrangerThatNoRecordKnowsIsRefusedWithItsName) {
  hook.own();
  Container old(kind(), shop.blind("old"));
  ASSERT_TRUE(shop.serves("old")) << old.log();
  is_refused(hook.with_hook(shop.blind("young")), "witness_server pid=" + std::to_string(old.pid()));
  EXPECT_EQ(shop.answer(), "old");
  EXPECT_TRUE(old.is_running());
}

TEST_P(UnderHook, AServerThatIsBoundAndDoesNotListenIsNeverRemoved) {
  hook.own();
  const auto bound = bound_socket();
  is_refused(hook.with_hook(shop.blind("young")), "serves it without a lease");
  EXPECT_TRUE(has_socket());
}

TEST_P(UnderHook, AForeignFileIsRefusedAndStays) {
  hook.own();
  write_file(shop.on_host(socket_path), "precious");
  Recipe recipe = hook.with_hook(shop.blind("young"));
  recipe.may_be_refused = true;
  Container young(kind(), recipe);
  EXPECT_NE(young.refusal(), "");
  EXPECT_NE(hook.report().find("a regular file stands there"), std::string::npos) << hook.report();
  EXPECT_EQ(read_file(shop.on_host(socket_path)), "precious");
}

TEST_P(UnderHook, ALivingLauncherIsLeftToTheOneThatComes) {
  hook.own();
  shop.own_socket();
  Container old(kind(), hook.with_hook(shop.solinit("old")));
  ASSERT_TRUE(shop.serves("old")) << old.log();
  Container young(kind(), hook.with_hook(shop.solinit("young")));
  EXPECT_TRUE(shop.serves("young")) << young.log() << hook.report();
  EXPECT_EQ(old.exit_code(), 0) << old.log();
}

TEST_P(UnderHook, ALivingLauncherIsEndedWhereNoneComes) {
  hook.own();
  shop.own_socket();
  Container old(kind(), hook.with_hook(shop.solinit("old")));
  ASSERT_TRUE(shop.serves("old")) << old.log();
  Container young(kind(), hook.with_hook(shop.blind("young")));
  EXPECT_TRUE(shop.serves("young")) << young.log() << hook.report();
  EXPECT_TRUE(old.exit_code()) << old.log();
}

/// A pod whose two containers share a volume: both are settled, and the second finds the first one's socket alive.
TEST(HookInAPod, SettlesForBothContainersOnOneVolume) {
  if (const auto limit = limit_of(Kind::podman); !limit.empty()) return support::skip("podman: " + limit);
  const Shop shop;
  const Hooked hook(shop);
  hook.own();
  const auto web = shop.on_host("/run/web"), pod = web + "/../pod.yaml", name = "pod-" + shop.mark();
  const auto container = [&](const std::string& each, const std::string& command) {
    return "    - name: " + each + "\n      image: localhost/solinit-test/busybox\n      imagePullPolicy: Never\n      command: " + command +
           "\n      volumeMounts: [{name: run, mountPath: /run/web}]\n";
  };
  write_file(pod, "apiVersion: v1\nkind: Pod\nmetadata:\n  name: " + name + "\n  annotations: {io.solinit.owner: " + shop.mark() +
                      "}\nspec:\n  hostNetwork: true\n  restartPolicy: Never\n  containers:\n" +
                      container("web", "[/witness_server, --mark, " + shop.mark() + ", web, /run/web/web.sock]") +
                      container("front", "[/bin/sleep, \"1000\"]") + "  volumes:\n    - name: run\n      hostPath: {path: " + web + "}\n");
  {
    ownership::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    shop.on_host(socket_path).copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  const auto played = run({"podman", "--hooks-dir", hook.hooks_dir(), "kube", "play", pod});
  // Whichever comes second evicts the first one's server, if it serves already: the manifest gives the socket to both.
  EXPECT_NE(hook.report().find("removed the stale socket /run/web/web.sock"), std::string::npos)
      << played.out << played.err << hook.report();
  EXPECT_EQ(played.exit_code, 0) << played.err << hook.report();
  run({"podman", "pod", "rm", "-f", "-t", "0", name});
}

INSTANTIATE_TEST_SUITE_P(Under, UnderHook, testing::Values(Kind::podman, Kind::runc, Kind::crun), test_name);

}  // namespace engines
