// Readiness as a service manager hears it: what the web process says, through solinit and podman, to systemd's socket.
#include <sys/socket.h>

#include <array>
#include <cstdlib>

#include "tests/engines/shop.h"
#include "tests/support/sockets.h"

namespace engines {
namespace {

struct Notified : UnderEngine {
  /// What has come within the time that a slow machine takes, up to both words, in whatever order: the one is the web
  /// process's, the other podman's own.
  static std::string heard_up_to(const std::string& one, const std::string& other, const ownership::Fd& socket) {
    std::string all;
    wait_until(
        [&] {
          std::array<char, 1024> room{};
          const auto size = ::recv(socket.get(), room.data(), room.size(), MSG_DONTWAIT);
          if (size > 0) all.append(room.data(), static_cast<std::size_t>(size)).append("\n");
          return all.find(one) != all.npos && all.find(other) != all.npos;
        },
        60s);
    return all;
  }
};

}  // namespace

TEST_P(Notified, HearsThatTheWebProcessIsReady) {
  shop.own_socket("ready: {when: notify}\n");
  const auto place = shop.on_host("/run/web/notify");
  const auto manager = support::bound_socket(place, SOCK_DGRAM, -1);
  auto recipe = shop.solinit("web", {"--notify"});
  recipe.tells_readiness = true;
  ASSERT_EQ(::setenv("NOTIFY_SOCKET", place.c_str(), 1), 0);
  Container web(kind(), recipe);
  ASSERT_EQ(::unsetenv("NOTIFY_SOCKET"), 0);
  const auto said = heard_up_to("READY=1", "MAINPID=", manager);
  EXPECT_NE(said.find("READY=1"), said.npos) << web.log();
  EXPECT_NE(said.find("MAINPID="), said.npos) << said;
  EXPECT_TRUE(shop.serves("web")) << web.log();
}

INSTANTIATE_TEST_SUITE_P(Under, Notified, testing::Values(Kind::podman), test_name);

}  // namespace engines
