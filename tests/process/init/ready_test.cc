#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>

#include "ownership/fd.h"
#include "tests/process/init/under_init.h"
#include "tests/support/volume.h"

namespace support {
namespace {

std::string variable_of(pid_t process, const std::string& name) {
  std::ifstream environment("/proc/" + std::to_string(process) + "/environ");
  for (std::string entry; std::getline(environment, entry, '\0');)
    if (entry.starts_with(name + '=')) return entry.substr(name.size() + 1);
  return {};
}

/// One datagram to the abstract name `@name`.
void send_to(const std::string& name, std::string_view text) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  ASSERT_TRUE(name.starts_with('@') && name.size() < sizeof address.sun_path) << name;
  std::ranges::copy(name, address.sun_path);
  address.sun_path[0] = '\0';
  const ownership::Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  EXPECT_EQ(sendto(socket.get(), text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&address), length),
            static_cast<ssize_t>(text.size()))
      << strerrordesc_np(errno);
}

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

  /// The launcher with a web process that says nothing, and READY=1 said for it by the test.
  Child notified_by_us(As as) {
    auto settings = with("when: notify, timeout: 2s", {});
    settings.as = as;
    Child launcher(settings);
    EXPECT_NE(launcher.witness(), 0) << launcher.log();
    const auto web = executed_by(launcher.pid());
    EXPECT_EQ(web.size(), 1U);
    if (!web.empty()) send_to(variable_of(web.front(), "NOTIFY_SOCKET"), "READY=1");
    return launcher;
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

TEST_F(Readiness, ComesFromAnyProcessOfThePidNamespace) {
  Child launcher(notified_by_us(As::process));
  EXPECT_TRUE(wait_until([&] { return is_ready(); })) << launcher.log();
}

TEST_F(Readiness, DoesNotComeFromOutsideThePidNamespace) {
  if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
  Child launcher(notified_by_us(As::pid_one));
  EXPECT_EQ(launcher.ending(), exited(69)) << launcher.log();
}

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
