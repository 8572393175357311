#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "tests/process/handover/peers.h"

// The other way round: who holds the lease is the enemy of whoever asks for it.

namespace support {
namespace {

/// Holds the lease, and answers on the control socket what a test says.
class HostileHolder : public Peers {
 protected:
  void SetUp() override {
    Peers::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    ASSERT_EQ(mkdir((volume / ".solinit").c_str(), 0700), 0);
    lease = open_lease();
    ASSERT_EQ(flock(lease.get(), LOCK_EX | LOCK_NB), 0);
    auto made = control::listen_as(records().get(), "web.sock");
    ASSERT_TRUE(made);
    door = std::move(*made);
  }
  Child newcomer() const {
    const auto manifest =
        volume.manifest_owning("web.sock", "    activation: inherit\ntakeover: {drain: 10ms, patience: 500ms}\n");
    return Child(container("newcomer", manifest, witness_server("newcomer", socket, {"--inherit"})));
  }
  /// Answers what somebody asks, where somebody does.
  void answer_one(const Message& message, const std::vector<int>& descriptors) const {
    const Fd connection(accept4(door.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    Received received;
    if (connection && next(connection, received) == Receipt::message)
      control::send_message(connection.get(), message, descriptors);
  }
  /// What a newcomer ends with that was answered so; it never starts a web process.
  Ending end_of_newcomer(const Message& message, const std::vector<int>& descriptors) {
    Observer observer(socket);
    Child asking = newcomer();
    EXPECT_TRUE(wait_until(
        [&] {
          answer_one(message, descriptors);
          return !asking.runs();
        },
        30s));
    observer.stop();
    EXPECT_EQ(observer.most_at_once(), 0U) << asking.log();
    EXPECT_TRUE(is_leased());
    return asking.ending();
  }

  Fd lease, door;
};

/// The sibling of all that makes no owner: with its own lease, and gone, it has a successor.
TEST_F(HostileHolder, ThatGrantsItsLeaseAndDiesHasASuccessor) {
  auto line = launcher::make_life_line();
  ASSERT_TRUE(line);
  const auto manifest =
      volume.manifest_owning("web.sock", "    activation: inherit\ntakeover: {drain: 10ms, patience: 60s}\n");
  Child successor(container("successor", manifest, witness_server("successor", socket, {"--inherit"})));
  const Message grant{.verb = Verb::grant, .container = "holder", .generation = 7};
  const std::array granted{lease.get(), line->watched.get()};
  const ownership::Patience patience(Clock::now() + 30s);
  ASSERT_EQ(patience.wait(door.get(), POLLIN), ownership::Woke::ready) << successor.log();
  const Fd connection(accept4(door.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  Received received;
  ASSERT_EQ(next(connection, received), Receipt::message) << successor.log();
  ASSERT_TRUE(control::send_message(connection.get(), grant, granted));
  EXPECT_EQ(answer(connection), "solinit/1 DRAIN") << successor.log();
  ASSERT_TRUE(control::send_message(connection.get(), {.verb = Verb::stopped}));
  EXPECT_TRUE(serves(socket, "successor")) << successor.log();
  lease.reset();
  EXPECT_TRUE(is_leased());
}

TEST_F(HostileHolder, ThatGrantsOtherThingsThanItsLeaseMakesNoOwner) {
  const auto line = launcher::make_life_line();
  ASSERT_TRUE(line);
  const int life_line = line->watched.get();
  const Fd file(open("/dev/null", O_RDWR | O_CLOEXEC)), unlocked = open_lease();
  const Fd other(open((volume / ".solinit/other.sock.lease").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_EQ(flock(other.get(), LOCK_EX | LOCK_NB), 0);
  const Fd elsewhere = bound_socket(volume / "other.sock", SOCK_STREAM, 8);
  const std::pair<const char*, std::vector<int>> grants[] = {
      {"nothing", {}},
      {"a life line alone", {life_line}},
      {"a pipe", {line->held.get(), life_line}},
      {"a device", {file.get(), life_line}},
      {"the lease of another path", {other.get(), life_line}},
      {"the lease's file, not locked", {unlocked.get(), life_line}},
      {"a listener for another path", {elsewhere.get(), life_line}},
  };
  const Message grant{.verb = Verb::grant, .container = "holder", .generation = 7};
  for (const auto& [what, descriptors] : grants) EXPECT_EQ(end_of_newcomer(grant, descriptors), exited(75)) << what;
}

TEST_F(HostileHolder, ThatSaysTheWrongWordMakesNoOwner) {
  for (const auto verb : {Verb::stopped, Verb::bye, Verb::take, Verb::state})
    EXPECT_EQ(end_of_newcomer({.verb = verb, .owner = "shop", .container = "holder"}, {}), exited(75));
}

TEST_F(HostileHolder, ThatIsSilentIsGivenUpOn) {
  door.reset();
  EXPECT_EQ(end_of_newcomer({}, {}), exited(75));
}

}  // namespace
}  // namespace support
