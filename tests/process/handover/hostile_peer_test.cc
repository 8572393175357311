#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <optional>
#include <random>
#include <thread>
#include <tuple>

#include "tests/process/handover/peers.h"
#include "tests/support/load.h"

namespace support {
namespace {

/// A launcher serves; each test is what a peer does to it.
class HostilePeer : public Peers {
 protected:
  void SetUp() override {
    Peers::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    observer.emplace(socket);
    first.emplace(generation("first"));
    ASSERT_TRUE(serves(socket, "first")) << first->log();
  }
  /// Whatever was done: it serves, holds its lease, and hands over to whom it should.
  void TearDown() override {
    if (!first) return;
    EXPECT_TRUE(serves(socket, "first")) << first->log();
    EXPECT_TRUE(first->runs()) << first->log();
    EXPECT_TRUE(is_leased());
    expect_succession();
    observer->stop();
    EXPECT_EQ(observer->most_at_once(), 1U);
  }
  void expect_succession(const std::function<void()>& meanwhile = [] {}) {
    Child second(generation("second"));
    EXPECT_TRUE(second.logs("took over from", 60s)) << second.log() << first->log();
    EXPECT_TRUE(serves(socket, "second")) << second.log();
    EXPECT_EQ(first->ending(), exited(0)) << first->log();
    EXPECT_TRUE(is_leased());
    meanwhile();
  }

  Fd dial() const {
    const Fd where = records();
    Fd connection;
    wait_until([&] { return static_cast<bool>(connection = control::connect_to(where.get(), "web.sock")); });
    return connection;
  }
  static Message take() { return {.verb = Verb::take, .owner = "shop", .container = "peer"}; }
  std::string answer_to(const Message& message, const std::vector<int>& descriptors) const {
    const Fd connection = dial();
    EXPECT_TRUE(control::send_message(connection.get(), message, descriptors));
    return answer(connection);
  }

  std::optional<Observer> observer;
  std::optional<Child> first;
};

/// The sibling of all refusals: with the right descriptor it is granted, and a peer that then vanishes changes nothing.
TEST_F(HostilePeer, IsHeardWhereItSaysAndSendsTheRightThings) {
  auto line = launcher::make_life_line();
  ASSERT_TRUE(line);
  EXPECT_EQ(answer_to(take(), {line->watched.get()}).substr(0, 15), "solinit/1 GRANT");
}

TEST_F(HostilePeer, WithTheRightWordsButOtherDescriptorsIsRefused) {
  const auto line = launcher::make_life_line();
  ASSERT_TRUE(line);
  const int life_line = line->watched.get();
  const Fd file(open("/dev/null", O_RDWR | O_CLOEXEC)), directory = records(), lease = open_lease();
  const Fd elsewhere = bound_socket(volume / "other.sock", SOCK_STREAM, 8);
  const Fd impostor = bound_socket(volume / ".solinit/web.sock.0123456789abcdef.listen", SOCK_STREAM, -1);
  const Fd connection = connect_to(volume / "other.sock", SOCK_STREAM);
  const Fd nameless(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const std::string no_listener = "a descriptor that is no listener of its own for any of our sockets";
  const std::tuple<const char*, std::vector<int>, std::string> attempts[] = {
      {"none", {}, "no life line"},
      {"a pipe to write to", {life_line, line->held.get()}, no_listener},
      {"a device", {life_line, file.get()}, no_listener},
      {"a directory", {life_line, directory.get()}, no_listener},
      {"the lease's file", {life_line, lease.get()}, no_listener},
      {"a listener for another path", {life_line, elsewhere.get()}, no_listener},
      {"a socket that does not listen", {life_line, impostor.get()}, no_listener},
      {"a connection", {life_line, connection.get()}, no_listener},
      {"a socket without a name", {life_line, nameless.get()}, no_listener},
      {"a listener and no life line", {elsewhere.get()}, no_listener},
      {"136 of one", std::vector<int>(136, elsewhere.get()), no_listener},
  };
  for (const auto& [what, descriptors, why] : attempts)
    EXPECT_EQ(answer_to(take(), descriptors), "solinit/1 REFUSE why=" + why) << what;
  EXPECT_EQ(unlink((volume / ".solinit/web.sock.0123456789abcdef.listen").c_str()), 0);
}

TEST_F(HostilePeer, OfAnotherOwnerIsRefused) {
  auto line = launcher::make_life_line();
  ASSERT_TRUE(line);
  auto message = take();
  message.owner = "blog";
  EXPECT_EQ(answer_to(message, {line->watched.get()}), "solinit/1 REFUSE why=another owner");
}

/// A volume on which another user can reach the control socket at all: its permissions are opened here.
TEST_F(HostilePeer, OfAnotherUserIsNotHeard) {
  if (const auto lack = lack_of_root(); !lack.empty()) return skip(lack);
  const auto manifest = volume.manifest_owning("own/web.sock", "");
  const auto own = volume / "own";
  const uid_t user = nobody_else();
  ASSERT_EQ(mkdir(own.c_str(), 0755) | chown(own.c_str(), user, user), 0);
  auto settings = container("theirs", manifest, witness_server("theirs", own + "/web.sock"));
  settings.user = user;
  Child theirs(settings);
  ASSERT_TRUE(serves(own + "/web.sock", "theirs")) << theirs.log();
  const Fd where(open((own + "/.solinit").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ASSERT_EQ(chmod((own + "/.solinit").c_str(), 0755) | chmod((own + "/.solinit/web.sock.ctl").c_str(), 0666), 0);
  auto line = launcher::make_life_line();
  ASSERT_TRUE(line);
  const int life_line = line->watched.get();
  for (const uid_t peer : {user + 1, user}) {
    // This thread alone, as setresuid(2) of the kernel has it.
    ASSERT_EQ(syscall(SYS_setresuid, -1, peer, -1), 0);
    const Fd connection = control::connect_to(where.get(), "web.sock");
    ASSERT_EQ(syscall(SYS_setresuid, -1, 0, -1), 0);
    ASSERT_TRUE(connection) << peer;
    control::send_message(connection.get(), take(), {&life_line, 1});  // it may have hung up already
    EXPECT_EQ(answer(connection).substr(0, 15), peer == user ? "solinit/1 GRANT" : "hung up");
  }
  EXPECT_TRUE(serves(own + "/web.sock", "theirs")) << theirs.log();
}

TEST_F(HostilePeer, ThatSpeaksGarbageIsHungUpOn) {
  std::mt19937 chance(4);
  std::vector<std::string> texts = {"x",
                                    std::string(1024, 'a'),
                                    std::string(100'000, 'b'),
                                    std::string(64, '\0'),
                                    "solinit/1",
                                    "solinit/2 TAKE owner=shop container=x",
                                    "solinit/1 TAKE owner=shop owner=shop",
                                    "solinit/1 GRANT",
                                    "solinit/1 STOPPED",
                                    "solinit/1 BYE",
                                    "solinit/1 READY",
                                    "solinit/1 DRAIN"};
  for (int count = 0; count < 200; ++count) {
    std::string text(1 + chance() % 300, ' ');
    for (char& byte : text) byte = static_cast<char>(chance());
    texts.push_back(count % 2 == 0 ? text : "solinit/1 " + text);
  }
  for (const auto& text : texts) {
    const Fd connection = dial();
    ASSERT_EQ(send(connection.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    EXPECT_NE(answer(connection), "nothing") << text;
    EXPECT_EQ(answer(connection), "hung up") << text;
  }
}

TEST_F(HostilePeer, DoesNotKeepASuccessorOutWithAThousandConnections) {
  std::vector<Fd> crowd;
  for (int count = 0; count < 400; ++count) crowd.push_back(dial());
  std::atomic<bool> is_over = false;
  std::atomic<int> made = 0;
  std::thread more([&] {
    // Each that it makes replaces one of before: the crowd stays within the descriptors that a process has.
    for (std::size_t at = 0; !is_over; at = (at + 1) % crowd.size()) {
      crowd[at] = dial();
      ++made;
    }
  });
  EXPECT_TRUE(wait_until([&] { return made >= 600; }, 30s));
  Load load(socket, 2);
  expect_succession([&] {
    is_over = true;
    more.join();
    load.stop();
  });
  EXPECT_EQ(load.failed(), 0) << load.first_failure();
  first.reset();
}

}  // namespace
}  // namespace support
