#include <csignal>
#include <string>

#include "tests/process/hook/staged.h"
#include "tests/support/programs.h"
#include "tests/support/sockets.h"
#include "tests/support/volume.h"

namespace support {
namespace {

/// What the host sees of containers.
struct HookStatus : Staged {
  void SetUp() override {
    Staged::SetUp();
    if (!IsSkipped()) own();
  }
  /// The lines about the owner "shop", tab separated.
  std::string status(const std::vector<std::string>& more = {}, int code = 0) const {
    Settings settings;
    settings.command = {solinit_hook(), "status", "--manifests", place_ / "manifests", "--records", place_ / "rec"};
    settings.command.insert(settings.command.end(), more.begin(), more.end());
    Child hook(settings);
    EXPECT_EQ(hook.ending(20s), exited(code)) << hook.log();
    return hook.out();
  }
};

bool has(const std::string& text, const std::string& piece) { return text.find(piece) != std::string::npos; }

TEST_F(HookStatus, NamesAnOwnerWithoutAContainer) {
  EXPECT_TRUE(has(status(), "/run/web/web.sock\tnothing\tshop\t")) << status();
  EXPECT_TRUE(has(status(), "\tno container that runs has it\n")) << status();
}

TEST_F(HookStatus, SeesAServerThatBringsNoLauncherInItsContainer) {
  const auto go = place_ / "go";
  auto child = container({"/bin/sh", "-c", "until [ -e \"$0\" ]; do sleep 0.01; done; exec \"$@\"", go,
                          program("witness_server"), "one", socket()});
  ASSERT_EQ(create(child).ending(), exited(0));
  write_file(go, "");
  ASSERT_NE(child.witness(), 0);
  EXPECT_TRUE(has(status(), "/run/web/web.sock\tserving\tshop\t" + std::to_string(child.pid()) + "\t")) << status();
}

TEST_F(HookStatus, SeesWhatAKilledServerLeft) {
  const auto child = container();
  ASSERT_EQ(create(child).ending(), exited(0));
  leave_stale_socket(socket());
  EXPECT_TRUE(has(status(), "/run/web/web.sock\tstale\tshop\t")) << status();
  EXPECT_TRUE(stands(socket())) << "nothing is removed";
}

TEST_F(HookStatus, SeesAStrangerOfNoContainerThatItLetStart) {
  const auto child = container();
  ASSERT_EQ(create(child).ending(), exited(0));
  const auto other = server("other");
  EXPECT_TRUE(has(status(), "/run/web/web.sock\tstranger\tshop\t" + std::to_string(other.pid()) + "\t")) << status();
}

TEST_F(HookStatus, AsksLaunchersInTheirNamespacesAndSeesWhoStandsBy) {
  const Volume shared;
  const auto manifest = shared.manifest_owning("api.sock");
  const auto path = shared / "api.sock";
  Child first(support::container("c-one", manifest, witness_server("first", path)));
  ASSERT_TRUE(serves(path, "first")) << first.log();
  auto waiting = support::container("c-two", manifest, witness_server("second", path));
  waiting.command.insert(waiting.command.begin() + 1, {"--takeover", "standby"});
  const Child second(waiting);
  const auto web = executed_by(first.pid());
  ASSERT_EQ(web.size(), 1U);
  const auto line = path + "\tserving\tshop\t" + std::to_string(web.front()) + "\t";
  EXPECT_TRUE(wait_until([&] { return has(status(), line) && has(status(), path + "\tstanding by\tshop\t"); })) << status();
  EXPECT_TRUE(has(status(), "\t0/16\t")) << "the queue is that of a socket in another network namespace\n" << status();
}

TEST_F(HookStatus, SpeaksJsonAndOpenmetrics) {
  EXPECT_TRUE(has(status({"--json"}), "\"path\":\"/run/web/web.sock\"")) << status({"--json"});
  EXPECT_TRUE(status({"--openmetrics"}).ends_with("# EOF\n"));
  EXPECT_EQ(status({"--json", "--openmetrics"}, 64), "");
  EXPECT_EQ(status({"--jsn"}, 64), "");
}

}  // namespace
}  // namespace support
