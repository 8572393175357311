#include "launcher/listener.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "ownership/unix_diag.h"
#include "tests/support/sockets.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"

namespace launcher {
namespace {

using ownership::Fd;
using ownership::Item;
using support::TempDir;

Listener recognised(Fd received, const manifests::Socket& socket, const ownership::Holding& holding) {
  return recognise(received, socket, holding);
}

class ListenerAt : public testing::Test {
 protected:
  void SetUp() override {
    const Item item{Item::Kind::socket, dir / "web.sock"};
    const Item other{Item::Kind::socket, dir / "other.sock"};
    auto claimed = ownership::try_claim(std::array{item, other}, false);
    claim = std::move(std::get<ownership::Claim>(claimed.value()));
    wanted.path = item.path;
  }
  const ownership::Holding& holding() const { return claim.holdings[1]; }
  const ownership::Holding& other() const { return claim.holdings[0]; }
  Listener make() const { return make_listener(wanted, holding()).value(); }
  static Fd copy(const Listener& listener) { return Fd(fcntl(listener.socket.get(), F_DUPFD_CLOEXEC, 0)); }
  std::string record(const std::string& name) const { return dir / (".solinit/" + name); }
  std::size_t names() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(dir / ".solinit"))
      if (entry.path().extension() != ".lease") ++count;
    return count;
  }

  TempDir dir;
  ownership::Claim claim;
  manifests::Socket wanted;
};

TEST_F(ListenerAt, IsReachedBeforeItIsPublished) {
  const auto listener = make();
  EXPECT_FALSE(is_published(listener, holding()));
  EXPECT_FALSE(std::filesystem::exists(dir / "web.sock"));
  EXPECT_TRUE(connect_to_listener(listener, holding()));
  EXPECT_FALSE(is_queue_empty(listener));
}

TEST_F(ListenerAt, IsPublishedOverAnotherAndBack) {
  const auto first = make();
  const auto second = make();
  for (const auto* listener : {&first, &first, &second, &first}) {
    ASSERT_TRUE(publish_listener(*listener, holding()));
    EXPECT_TRUE(is_published(*listener, holding()));
    EXPECT_NE(is_published(first, holding()), is_published(second, holding()));
    EXPECT_EQ(names(), 2U);
  }
}

TEST_F(ListenerAt, IsPublishedAgainAfterThePathWasRemoved) {
  const auto listener = make();
  ASSERT_TRUE(publish_listener(listener, holding()));
  std::filesystem::remove(dir / "web.sock");
  ASSERT_TRUE(publish_listener(listener, holding()));
  EXPECT_TRUE(support::connect_to(dir / "web.sock", SOCK_STREAM));
}

TEST_F(ListenerAt, IsRecognisedByItsPeer) {
  const auto listener = make();
  const auto theirs = recognised(copy(listener), wanted, holding());
  ASSERT_TRUE(theirs);
  EXPECT_STREQ(theirs.name(), listener.name());
  EXPECT_TRUE(answers_at_its_name(theirs, holding()));
  EXPECT_TRUE(is_queue_empty(listener));
}

TEST_F(ListenerAt, IsNotMistakenForThatOfAnotherPath) {
  EXPECT_FALSE(recognised(copy(make()), wanted, other()));
  // The names of long files are cut: they must not be mixed up either.
  const std::string stem(40, 'x');
  EXPECT_FALSE(is_listener_name(std::string(32, 'x') + ".0000000000000000.listen", stem));
}

TEST_F(ListenerAt, IsNoPipeNoConnectionNoOtherTypeAndNothingElse) {
  std::array<int, 2> ends;
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  EXPECT_FALSE(recognised(Fd(ends[0]), wanted, holding()));
  EXPECT_FALSE(recognised(Fd(ends[1]), wanted, holding()));
  EXPECT_FALSE(recognised(Fd(), wanted, holding()));
  EXPECT_FALSE(recognised(Fd(open("/dev/null", O_RDWR | O_CLOEXEC)), wanted, holding()));
  EXPECT_FALSE(recognised(Fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), wanted, holding()));
  EXPECT_FALSE(recognised(Fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), wanted, holding()));
  EXPECT_FALSE(recognised(support::bound_socket(dir / "stranger.sock", SOCK_STREAM, 1), wanted, holding()));
  const auto listener = make();
  EXPECT_FALSE(recognised(connect_to_listener(listener, holding()), wanted, holding()));
  auto seqpacket = wanted;
  seqpacket.type = manifests::SocketType::seqpacket;
  EXPECT_FALSE(recognised(copy(listener), seqpacket, holding()));
}

TEST_F(ListenerAt, IsNoImpostorUnderItsName) {
  auto listener = make();
  const auto impostor = recognised(copy(make()), wanted, holding());
  ASSERT_TRUE(impostor);
  std::filesystem::rename(record(listener.name()), record(impostor.name()));
  EXPECT_FALSE(answers_at_its_name(impostor, holding()));
}

TEST_F(ListenerAt, DoesNotHoldUsUpWhenAnotherTakesTheKnock) {
  const auto listener = make();
  const int flags = fcntl(listener.socket.get(), F_GETFL);
  ASSERT_EQ(fcntl(listener.socket.get(), F_SETFL, flags & ~O_NONBLOCK), 0);
  std::atomic<bool> is_over = false;
  std::thread thief([&] {
    while (!is_over) {
      pollfd knock{listener.socket.get(), POLLIN, 0};
      if (poll(&knock, 1, 0) == 1) Fd(accept4(listener.socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
    }
  });
  const auto took = support::duration_of([&] {
    const auto end = support::Clock::now() + std::chrono::seconds(5);
    for (int i = 0; i < 5000 && support::Clock::now() < end; ++i) answers_at_its_name(listener, holding());
  });
  is_over = true;
  thief.join();
  EXPECT_LT(took, std::chrono::seconds(60));
}

TEST_F(ListenerAt, OfAnyTypeIsMade) {
  for (const auto type : {manifests::SocketType::stream, manifests::SocketType::seqpacket, manifests::SocketType::dgram}) {
    wanted.type = type;
    const auto listener = make();
    EXPECT_TRUE(recognised(copy(listener), wanted, holding()));
    EXPECT_TRUE(answers_at_its_name(listener, holding()));
  }
}

TEST_F(ListenerAt, IsSweptWhenNobodyHoldsIt) {
  const auto living = make();
  {
    const auto dead = make();
    ASSERT_TRUE(publish_listener(dead, holding()));
  }
  std::filesystem::create_hard_link(dir / "web.sock", record(std::string(living.name()) + ".new"));
  sweep_listeners(other());
  EXPECT_EQ(names(), 3U);
  sweep_listeners(holding());
  EXPECT_EQ(names(), 1U);
  EXPECT_TRUE(connect_to_listener(living, holding()));
}

TEST_F(ListenerAt, TellsWhoseConnectionWasAccepted) {
  const auto listener = make();
  const auto first = connect_to_listener(listener, holding());
  const auto second = connect_to_listener(listener, holding());
  EXPECT_EQ(ownership::is_accepted(first.get()), false);
  const Fd accepted(accept4(listener.socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
  EXPECT_EQ(ownership::is_accepted(first.get()), true);
  EXPECT_EQ(ownership::is_accepted(second.get()), false);
}

TEST_F(ListenerAt, HasExactlyTheModeThatIsAskedFor) {
  for (const mode_t mode : {0600U, 0666U, 0777U, 0U}) {
    wanted.mode = mode;
    const auto listener = make();
    struct stat status{};
    ASSERT_EQ(lstat((record(listener.name())).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, mode);
  }
}

}  // namespace
}  // namespace launcher
