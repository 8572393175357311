#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "control/control_socket.h"
#include "launcher/control_server.h"
#include "launcher/life_line.h"

using namespace launcher;
using namespace control;
using namespace std::chrono_literals;
using ownership::Fd;

namespace {

/// A server over a tenure of one socket in a directory of its own; nobody else knows of it.
class ControlTest : public testing::Test {
 protected:
  void SetUp() override {
    std::array<char, 32> name{"/tmp/solinit-control.XXXXXX"};
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name.data();
    ownership::Holding holding;
    holding.place.name = "web.sock";
    holding.place.path = directory_ + "/web.sock";
    holding.records.reset(open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    holding.lease.reset(open((directory_ + "/web.sock.lease").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    tenure_.claim.holdings.push_back(std::move(holding));
    tenure_.container = "here";
    tenure_.generation = 4;
    tenure_.superseded = {"old"};
    manifest_.owner = "shop";
    tenure_.line = std::move(*make_life_line());
    server_.emplace(manifest_, tenure_);
    ASSERT_TRUE(server_->open());
  }
  void TearDown() override {
    server_.reset();
    EXPECT_FALSE(std::filesystem::exists(directory_ + "/web.sock.ctl"));
    std::filesystem::remove_all(directory_);
  }

  int records() const { return tenure_.claim.holdings[0].records.get(); }
  Fd dial() const { return connect_to(records(), "web.sock"); }

  /// Lets the server work until it has an event or nothing more to do.
  std::optional<Event> run() {
    for (int round = 0; round < 100; ++round) {
      std::array<pollfd, 96> room;
      const auto count = server_->watch(room);
      if (poll(room.data(), count, 0) <= 0) return std::nullopt;
      if (auto event = server_->serve({room.data(), count})) return event;
    }
    return std::nullopt;
  }

  template <typename Wanted>
  bool happens() {
    const auto event = run();
    return event && std::holds_alternative<Wanted>(*event);
  }

  static std::string heard(const Fd& connection) {
    Received received;
    return receive(connection.get(), received) == Receipt::message ? std::string(received.text()) : "";
  }
  static bool is_hung_up(const Fd& connection) {
    Received received;
    return receive(connection.get(), received) == Receipt::hung_up;
  }
  static bool say(const Fd& connection, std::string_view text) {
    return send(connection.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }
  bool ask(const Fd& connection, std::string_view container = "new", std::string_view owner = "shop") const {
    const int line = line_.watched.get();
    return send_message(connection.get(),
                        {.verb = Verb::take, .owner = owner, .container = container, .is_pid_one = true}, {&line, 1});
  }
  /// Asks with these descriptors alone, and returns what is answered.
  std::string answer_to(std::span<const int> descriptors) {
    const Fd connection = dial();
    EXPECT_TRUE(send_message(connection.get(), {.verb = Verb::take, .owner = "shop", .container = "new"}, descriptors));
    EXPECT_FALSE(run());
    return heard(connection);
  }

  /// A successor that was granted and has asked to drain.
  Fd drained_successor() {
    Fd connection = dial();
    EXPECT_TRUE(ask(connection));
    EXPECT_TRUE(happens<TakeAsked>());
    EXPECT_TRUE(server_->tell(Word::grant, ""));
    EXPECT_TRUE(send_message(connection.get(), {.verb = Verb::drain}));
    EXPECT_TRUE(happens<DrainAsked>());
    return connection;
  }

  std::string directory_;
  manifests::Manifest manifest_;
  Tenure tenure_;
  LifeLine line_ = std::move(*make_life_line());  ///< the successor's
  std::optional<ControlServer> server_;
};

}  // namespace

TEST_F(ControlTest, MakesItsSocketAgainWhenItIsRemoved) {
  ASSERT_TRUE(std::filesystem::remove(directory_ + "/web.sock.ctl"));
  EXPECT_FALSE(dial());
  EXPECT_TRUE(server_->open());
  const auto connection = dial();
  ASSERT_TRUE(connection);
  EXPECT_TRUE(say(connection, "solinit/1 STATUS"));
  EXPECT_FALSE(run());
  EXPECT_TRUE(heard(connection).starts_with("solinit/1 STATE "));
}

TEST_F(ControlTest, GrantsTheLeasesAndItsLifeLine) {
  const Fd connection = dial();
  ASSERT_TRUE(ask(connection));
  ASSERT_TRUE(happens<TakeAsked>());
  ASSERT_TRUE(server_->tell(Word::grant, ""));
  Received received;
  ASSERT_EQ(receive(connection.get(), received), Receipt::message);
  EXPECT_EQ(received.text(), "solinit/1 GRANT container=here generation=4 init=0");
  ASSERT_EQ(received.descriptor_count, 2u);
  struct stat sent{}, arrived{};
  ASSERT_EQ(fstat(tenure_.claim.holdings[0].lease.get(), &sent), 0);
  ASSERT_EQ(fstat(received.descriptors[0].get(), &arrived), 0);
  EXPECT_EQ(arrived.st_ino, sent.st_ino);
  EXPECT_TRUE(is_life_line(received.descriptors[1].get()));
}

TEST_F(ControlTest, TurnsAwayAnotherOwnerAndWhoWasSuperseded) {
  const Fd other = dial();
  ASSERT_TRUE(ask(other, "new", "another"));
  EXPECT_FALSE(run());
  EXPECT_EQ(heard(other), "solinit/1 REFUSE why=another owner");
  const Fd old = dial();
  ASSERT_TRUE(ask(old, "old"));
  EXPECT_FALSE(run());
  EXPECT_EQ(heard(old), "solinit/1 REFUSE why=superseded");
}

TEST_F(ControlTest, TurnsAwayASecondSuccessor) {
  const Fd first = dial();
  ASSERT_TRUE(ask(first));
  ASSERT_TRUE(happens<TakeAsked>());
  const Fd second = dial();
  ASSERT_TRUE(ask(second, "another"));
  EXPECT_FALSE(run());
  EXPECT_EQ(heard(second), "solinit/1 REFUSE why=handing over to another");
}

TEST_F(ControlTest, HangsUpOnGarbage) {
  for (const std::string_view text : {"hello", "solinit/1 READY", "solinit/1 BYE", "solinit/9 TAKE owner=shop container=x",
                                      "GET / HTTP/1.0\r\n\r\n"}) {
    const Fd peer = dial();
    ASSERT_TRUE(say(peer, text));
    EXPECT_FALSE(run()) << text;
    EXPECT_EQ(heard(peer), "solinit/1 REFUSE why=malformed message") << text;
    EXPECT_TRUE(is_hung_up(peer)) << text;
  }
}

TEST_F(ControlTest, KeepsNoDescriptorThatAPeerSends) {
  const auto open_now = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
  };
  const auto before = open_now();
  {
    const Fd peer = dial();
    const std::vector<int> many(130, peer.get());
    ASSERT_TRUE(send_message(peer.get(), {.verb = Verb::ready}, many));
    EXPECT_FALSE(run());
  }
  EXPECT_FALSE(run());
  EXPECT_EQ(open_now(), before);
}

TEST_F(ControlTest, LetsANewcomerThroughACrowdOfSilentPeers) {
  std::vector<Fd> crowd;
  for (int i = 0; i < 100; ++i) {
    crowd.push_back(dial());
    run();
  }
  const Fd newcomer = dial();
  ASSERT_TRUE(ask(newcomer));
  EXPECT_TRUE(happens<TakeAsked>());
}

TEST_F(ControlTest, WantsALifeLine) {
  const Fd file(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int not_a_pipe = file.get();
  const int write_end = line_.held.get();
  EXPECT_EQ(answer_to({}), "solinit/1 REFUSE why=no life line");
  const std::string_view not_ours = "solinit/1 REFUSE why=a descriptor that is no listener of its own for any of our sockets";
  EXPECT_EQ(answer_to({&not_a_pipe, 1}), not_ours);
  EXPECT_EQ(answer_to({&write_end, 1}), not_ours);
}

TEST_F(ControlTest, HearsThatTheSuccessorIsReady) {
  const Fd connection = drained_successor();
  ASSERT_TRUE(server_->tell(Word::stopped, ""));
  ASSERT_TRUE(send_message(connection.get(), {.verb = Verb::ready}));
  EXPECT_TRUE(happens<SuccessorReady>());
  EXPECT_EQ(server_->successor(), "new");
}

TEST_F(ControlTest, TakesReadinessForAFaultBeforeItsOwnTreeIsGone) {
  const Fd connection = drained_successor();
  ASSERT_TRUE(send_message(connection.get(), {.verb = Verb::ready}));
  EXPECT_FALSE(run());
  EXPECT_TRUE(heard(connection).starts_with("solinit/1 GRANT"));
  EXPECT_TRUE(is_hung_up(connection));
}

TEST_F(ControlTest, WaitsForTheTreeOfASuccessorThatDied) {
  Fd connection = drained_successor();
  connection.reset();
  EXPECT_FALSE(run()) << "its web process may still be alive";
  line_.held.reset();
  EXPECT_TRUE(happens<SuccessorLost>());
}

TEST_F(ControlTest, TakesTheNextSuccessorWhenOneIsLost) {
  {
    const Fd connection = drained_successor();
    line_.held.reset();
  }
  EXPECT_TRUE(happens<SuccessorLost>());
  line_ = std::move(*make_life_line());
  const Fd next = dial();
  ASSERT_TRUE(ask(next));
  EXPECT_TRUE(happens<TakeAsked>());
}

TEST_F(ControlTest, LeavesTheNamesToItsSuccessor) {
  const Fd connection = drained_successor();
  ASSERT_TRUE(server_->tell(Word::bye, ""));
  server_.reset();
  EXPECT_TRUE(std::filesystem::exists(directory_ + "/web.sock.ctl"));
  std::filesystem::remove(directory_ + "/web.sock.ctl");
}

TEST_F(ControlTest, FindsTheControlSocketOfAVeryLongName) {
  const std::string name(100, 'n');
  const auto listener = listen_as(records(), name);
  ASSERT_TRUE(listener) << listener.error().why;
  EXPECT_TRUE(connect_to(records(), name));
  withdraw(records(), name, inode_of(records(), name));
  EXPECT_EQ(inode_of(records(), name), 0u);
}

TEST_F(ControlTest, DoesNotConnectToWhatIsNoSocket) {
  std::filesystem::create_symlink(directory_ + "/web.sock.ctl", directory_ + "/link.ctl");
  EXPECT_FALSE(connect_to(records(), "link"));
  EXPECT_FALSE(connect_to(records(), "missing"));
}
