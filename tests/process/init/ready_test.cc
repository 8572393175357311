#include <csignal>

#include "tests/process/init/under_init.h"
#include "tests/support/volume.h"

namespace support {
namespace {

class Readiness : public testing::Test {
 protected:
  Settings with(const std::string& ready, std::vector<std::string> options) {
    manifest = volume.manifest_owning("web.sock", "ready: {" + ready + "}\n");
    return launched("test", manifest, witness_server("first", volume / "web.sock", std::move(options)));
  }
  /// What a HEALTHCHECK does.
  bool is_ready() const {
    Settings settings;
    settings.command = {solinit(), "--manifest", manifest, "--ready"};
    return Child(settings).ending() == exited(0);
  }
  void expect_not_ready(const Settings& settings) const {
    Child launcher(settings);
    const auto took = duration_of([&] { EXPECT_EQ(launcher.ending(), exited(69)) << launcher.log(); });
    EXPECT_GE(took, 300ms);
    EXPECT_LT(took, 2s);
    EXPECT_NE(launcher.log().find("ready.timeout"), std::string::npos) << launcher.log();
  }

  Volume volume;
  std::string manifest;
};

TEST_F(Readiness, ComesWhenTheWebProcessListens) {
  Child launcher(with("timeout: 20s", {"--start-delay", "300"}));
  ASSERT_TRUE(wait_until([&] { return launcher.log() != "" || !children_of(launcher.pid()).empty(); }));
  EXPECT_FALSE(is_ready());
  EXPECT_TRUE(wait_until([&] { return is_ready(); })) << launcher.log();
  launcher.signal(SIGTERM);
  EXPECT_EQ(launcher.ending(), exited(0)) << launcher.log();
  EXPECT_FALSE(is_ready());
}

TEST_F(Readiness, DoesNotComeFromASocketThatIsOnlyBound) { expect_not_ready(with("timeout: 300ms", {"--no-listen"})); }

TEST_F(Readiness, ComesWhenTheWebProcessNotifies) {
  Child launcher(with("when: notify, timeout: 20s", {"--notify-late", "300"}));
  ASSERT_NE(launcher.witness(), 0) << launcher.log();
  EXPECT_FALSE(is_ready());
  EXPECT_TRUE(wait_until([&] { return is_ready(); })) << launcher.log();
  EXPECT_TRUE(launcher.runs()) << launcher.log();
}

TEST_F(Readiness, DoesNotComeWithoutTheNotification) { expect_not_ready(with("when: notify, timeout: 300ms", {})); }

TEST_F(Readiness, ComesWhenHttpSaysSo) {
  Child launcher(with("when: {http: /healthz}, timeout: 20s", {}));
  EXPECT_TRUE(wait_until([&] { return is_ready(); })) << launcher.log();
}

TEST_F(Readiness, DoesNotComeWhenHttpSaysOtherwise) {
  expect_not_ready(with("when: {http: /healthz}, timeout: 300ms", {"--http-status", "503"}));
}

TEST_F(Readiness, DoesNotComeFromAServerThatAcceptsNothing) {
  expect_not_ready(with("when: {http: /healthz}, timeout: 300ms", {"--no-accept"}));
}

TEST_F(Readiness, ComesFromADatagramSocketThatIsBound) {
  manifest = volume.manifest(
      "version: 1\nowner: shop\nsockets:\n  - {path: VOLUME/web.sock, type: dgram}\nready: {timeout: 20s}\n");
  Child launcher(launched("test", manifest, witness_server("first", volume / "web.sock", {"--dgram"})));
  EXPECT_TRUE(wait_until([&] { return is_ready(); })) << launcher.log();
}

}  // namespace
}  // namespace support
