#include <algorithm>
#include <csignal>

#include "tests/process/init/under_init.h"
#include "tests/support/observer.h"
#include "tests/support/sockets.h"
#include "tests/support/volume.h"

namespace support {
namespace {

class RestartPolicy : public testing::Test {
 protected:
  /// A web process that notes each start and ends with `code`.
  Settings ending_with(int code, const std::string& restart) const {
    const auto manifest =
        volume.manifest("version: 1\nowner: shop\npid_files: [VOLUME/web.pid]\nrestart: {" + restart + "}\n");
    return launched("test", manifest,
                    {"/bin/sh", "-c", "echo start >>" + starts_file + "; exit " + std::to_string(code)});
  }
  long starts() const { return std::ranges::count(read_file(starts_file), '\n'); }

  Volume volume;
  std::string starts_file = volume / "starts";
};

TEST_F(RestartPolicy, NeverIsTheDefault) {
  Child launcher(ending_with(3, ""));
  EXPECT_EQ(launcher.ending(), exited(3)) << launcher.log();
  EXPECT_EQ(starts(), 1);
}

TEST_F(RestartPolicy, OnFailureRestartsUntilItsLimit) {
  Child launcher(ending_with(3, "policy: on-failure, backoff: 10ms, limit: 3/60s"));
  EXPECT_EQ(launcher.ending(), exited(3)) << launcher.log();
  EXPECT_EQ(starts(), 1 + 3);
  EXPECT_NE(launcher.log().find("restart.limit"), std::string::npos) << launcher.log();
}

TEST_F(RestartPolicy, OnFailureLeavesASuccessAlone) {
  Child launcher(ending_with(0, "policy: on-failure, backoff: 10ms"));
  EXPECT_EQ(launcher.ending(), exited(0)) << launcher.log();
  EXPECT_EQ(starts(), 1);
}

TEST_F(RestartPolicy, AlwaysRestartsAfterASuccessToo) {
  Child launcher(ending_with(0, "policy: always, backoff: 10ms, limit: 2/60s"));
  EXPECT_EQ(launcher.ending(), exited(0)) << launcher.log();
  EXPECT_EQ(starts(), 1 + 2);
}

TEST_F(RestartPolicy, WaitsLongerEachTimeUpToItsMaximum) {
  const auto took = duration_of([&] {
    Child launcher(ending_with(3, "policy: always, backoff: 100ms, max_backoff: 200ms, limit: 5/60s"));
    EXPECT_EQ(launcher.ending(), exited(3)) << launcher.log();
  });
  EXPECT_GE(took, 100ms + 4 * 200ms);
  EXPECT_LT(took, 100ms + 200ms + 400ms + 800ms + 1600ms);
}

TEST_F(RestartPolicy, EndsItsWaitWhenItShallStop) {
  Child launcher(ending_with(3, "policy: always, backoff: 60s, max_backoff: 60s"));
  ASSERT_TRUE(launcher.logs("restarting")) << launcher.log();
  const auto took = duration_of([&] {
    launcher.signal(SIGTERM);
    EXPECT_NE(launcher.ending().kind, Ending::Kind::runs) << launcher.log();
  });
  EXPECT_LT(took, 1s);
  EXPECT_EQ(starts(), 1);
}

TEST_F(RestartPolicy, DoesNotRestartWhatWasStopped) {
  const auto manifest = volume.manifest_owning("web.sock", "restart: {policy: always, backoff: 10ms}\n");
  Child launcher(launched("test", manifest, witness_server("first", volume / "web.sock")));
  ASSERT_TRUE(serves(volume / "web.sock", "first")) << launcher.log();
  launcher.signal(SIGTERM);
  EXPECT_EQ(launcher.ending(), exited(0)) << launcher.log();
}

TEST_F(RestartPolicy, ClearsWhatTheDeadWebProcessLeft) {
  const auto manifest = volume.manifest_owning("web.sock", "restart: {policy: always, backoff: 10ms}\n");
  Child launcher(launched("test", manifest, witness_server("first", volume / "web.sock")));
  ASSERT_TRUE(serves(volume / "web.sock", "first")) << launcher.log();
  const pid_t before = launcher.witness();
  kill(before, SIGKILL);
  // The witness does not unlink: without the launcher it would find its own stale socket and give up.
  EXPECT_TRUE(wait_until([&] { return launcher.witness() != before; })) << launcher.log();
  EXPECT_TRUE(serves(volume / "web.sock", "first")) << launcher.log();
}

TEST_F(RestartPolicy, LeavesNoStrayOfTheDeadWebProcess) {
  const auto manifest =
      volume.manifest_owning("web.sock", "restart: {policy: always, backoff: 10ms}\nstop: {grace: 500ms}\n");
  Child launcher(launched("test", manifest, witness_server("first", volume / "web.sock", {"--fork-workers", "3"})));
  ASSERT_TRUE(serves(volume / "web.sock", "first")) << launcher.log();
  const pid_t before = launcher.witness();
  kill(before, SIGKILL);
  EXPECT_TRUE(wait_until([&] { return launcher.witness() != before && ask(volume / "web.sock") == "first"; }))
      << launcher.log();
  EXPECT_EQ(witnesses_alive(volume / "web.sock").size(), 4U);
}

}  // namespace
}  // namespace support
